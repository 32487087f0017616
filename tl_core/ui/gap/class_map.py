"""The class map that comes with GAP: the classifier's own weights, read place by place."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from tl_core.backbones import DEFAULT_BACKBONE, BackboneSpec, get_backbone
from tl_core.engine.questions import CLASS_MAPS
from tl_core.images.heat import covered
from tl_core.prediction.class_maps import ClassMaps
from tl_core.prediction.imagenet import imagenet_classes
from tl_core.ui.asking import ask
from tl_core.ui.charts import number_grid
from tl_core.ui.heat import place_of, show_legend
from tl_core.ui.numbers import signed
from tl_core.ui.pictures import show_picture
from tl_core.ui.state import url_choice
from tl_core.ui.text import escaped, language, t
from tl_core.wording import percent

GUESSES = ("1", "2", "3", "4", "5")
"""Names in the URL, the surest first: which classes they are depends on the photo."""


def show(spec: BackboneSpec, pixels: NDArray[np.uint8]) -> None:
    """Draw the map of one of the best guesses, and the sum that it is a part of.

    Args:
        spec: the backbone of the section.
        pixels: the photo as that sees it, ``(size, size, 3)``.
    """
    st.subheader(t("The class map that GAP gives for free"), anchor=False)
    if spec.name != DEFAULT_BACKBONE:
        st.caption(
            t(
                "Only {network} is here with the classifier that it was published with. Choose it above, or "
                "look at a network of yours on the page Predict, in the part Why?",
                network=get_backbone(DEFAULT_BACKBONE).title,
            )
        )
        return
    with st.spinner(t("Computing the class map …")):
        found = ask(CLASS_MAPS, pixels=pixels)
    names = [imagenet_classes()[label].name(language()) for label in found.labels]
    chosen: str = st.selectbox(
        t("One of the five best of {count} classes", count=f"{found.classes:,}"),
        **url_choice("guess", GUESSES, default=GUESSES[0]),
        format_func=lambda each: f"{names[int(each) - 1]} · {percent(found.shares[int(each) - 1])}",
        width=420,
    )
    _draw(found, int(chosen) - 1, names, pixels)


def _draw(found: ClassMaps, place: int, names: list[str], pixels: NDArray[np.uint8]) -> None:
    name, values = names[place], found.maps[place]
    picture, grid, words = st.columns([4, 3, 4], gap="medium")
    with picture:
        show_picture(
            covered(pixels, values),
            alt=t(
                "The photo with the class map of {name}; hottest: {place}",
                name=name,
                place=place_of(values),
            ),
        )
        show_legend(t("nothing"), t("most"))
    with grid:
        number_grid(
            values,
            alt=t(
                "{height} × {width} places, what each says for {name}: {low} to {high}.",
                height=values.shape[0],
                width=values.shape[1],
                name=name,
                low=signed(values.min()),
                high=signed(values.max()),
            ),
            height=220,
            key="class-map",
        )
    with words:
        # Rounded before they are added up: whoever checks the sum finds it.
        bias = round(found.biases[place], 2)
        mean = round(found.evidence(place) - found.biases[place], 2)
        st.markdown(
            t(
                "Mean of the {count} places {mean}, bias {bias}: evidence for {name} **{evidence}**",
                count=values.size,
                mean=signed(mean),
                bias=signed(bias),
                name=escaped(name),
                evidence=signed(mean + bias),
            )
        )
        weights = found.channels * found.classes + found.classes
        st.caption(
            t(
                "Each place is the sum of its {channels} channels times the weights of this class: the very "
                "{channels} weights that multiply GAP's vector, out of {channels} × {classes} + {classes} = "
                "{weights}. A mean can be taken before that sum or after it, so the map costs no further "
                "weight. It is above the mean of all classes; red speaks for the class, blue against it.",
                channels=f"{found.channels:,}",
                classes=f"{found.classes:,}",
                weights=f"{weights:,}",
            )
        )
        st.caption(
            t(
                "The same weights serve any input size: take this network above and move its input size. "
                "The map gets more places, the head no weight; one with Flatten fits one size only."
            )
        )
