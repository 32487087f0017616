"""Why: where the network looked, what its score needs, and which channels spoke, for any of its classes."""

from collections.abc import Callable

import streamlit as st

from tl_core.engine.questions import HEAT_MAP
from tl_core.images.heat import covered
from tl_core.prediction.reasons import is_linear
from tl_core.ui.asking import ask_of_run
from tl_core.ui.heat import place_of, show_legend
from tl_core.ui.pictures import show_picture
from tl_core.ui.prediction import channels, covering
from tl_core.ui.prediction.class_choice import choose_class
from tl_core.ui.prediction.shown import Shown
from tl_core.ui.state import url_choice, url_number
from tl_core.ui.text import escaped, t, t_marked
from tl_core.wording import N_

STRENGTH = 60
"""Percent of the picture that the hottest place covers."""


def show(shown: Shown) -> None:
    """Draw the choice of a way to find out and of a class, and what that finds."""
    way = st.segmented_control(
        t("How to find out"),
        **url_choice("why-way", list(WAYS), default="map"),
        format_func=lambda name: t_marked(WAYS[name][0]),
        required=True,
    )
    WAYS[way][1](shown)


def _show_map(shown: Shown) -> None:
    """Draw the heat map of a class over the photo."""
    label, strength = _choose_class_and_strength(shown)
    with st.spinner(t("Computing the heat map …")):
        (heat,) = ask_of_run(HEAT_MAP, shown.run, pixels=shown.pixels, label=label).maps
    name = shown.names[label]
    picture, words = st.columns([2, 3], gap="large")
    with picture:
        show_picture(
            covered(shown.pixels, heat, strength),
            alt=t(
                "The photo with a heat map of what spoke for {name}; hottest: {place}",
                name=name,
                place=place_of(heat),
            )
            if heat.any()
            else t("The photo; nothing in it spoke for {name}", name=name),
        )
        show_legend(t("nothing"), t("most"))
    with words:
        if not heat.any():
            st.markdown(t("Nothing in this photo spoke for **{name}**.", name=escaped(name)))
        st.markdown(_how_exact(shown))
        st.caption(
            t(
                "Look for heat beside the thing itself: then the network may go by the background; cover it "
                "to see. The map has {side} × {side} places; what is between them is drawn smooth.",
                side=len(heat),
            )
        )


def _how_exact(shown: Shown) -> str:
    if is_linear(shown.run.settings):
        return t(
            "This is **exact**: after global average pooling there is one Dense layer, so every place adds "
            "its part of the logit by itself; parts that speak against the class are not drawn. It is the "
            "class activation map (Zhou et al. 2016)."
        )
    return t(
        "This is an **approximation** (Grad-CAM, Selvaraju et al. 2017): between the feature map and the "
        "logit is more than a mean and one layer, so channels are weighted by the slope of the logit at "
        "this photo."
    )


def _choose_class_and_strength(shown: Shown) -> tuple[int, float]:
    left, right = st.columns([2, 3], gap="large")
    with left:
        label = choose_class(shown)
    with right:
        percent = st.slider(
            t("Strength of the colours (%)"), **url_number("why-strength", 0, 100, default=STRENGTH)
        )
    return label, float(percent) / 100


def _show_squares(shown: Shown) -> None:
    covering.show_squares(shown, *_choose_class_and_strength(shown))


def _show_spot(shown: Shown) -> None:
    covering.show_spot(shown, choose_class(shown))


def _show_channels(shown: Shown) -> None:
    channels.show(shown, choose_class(shown))


WAYS: dict[str, tuple[str, Callable[[Shown], object]]] = {
    "map": (N_("Where it looked"), _show_map),
    "squares": (N_("Cover every part"), _show_squares),
    "spot": (N_("Cover one spot"), _show_spot),
    "channels": (N_("Loudest channels"), _show_channels),
}
"""Name in the URL -> title, and what draws it."""
