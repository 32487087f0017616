"""The channels of the last feature map that spoke loudest for a class, each with what it saw where."""

import streamlit as st

from tl_core.engine.questions import LOUD_CHANNELS
from tl_core.images.heat import covered
from tl_core.prediction.reasons import LoudChannels, is_linear
from tl_core.ui.asking import ask_of_run
from tl_core.ui.heat import place_of, show_legend
from tl_core.ui.numbers import adding_up, signed
from tl_core.ui.pictures import show_picture
from tl_core.ui.prediction.shown import Shown
from tl_core.ui.text import escaped, t

COLUMNS = 4
NARROWEST = 120


def show(shown: Shown, label: int) -> None:
    """Draw the loudest channels of a class, and the sum that they are part of."""
    with st.spinner(t("Asking the channels …")):
        found = ask_of_run(LOUD_CHANNELS, shown.run, pixels=shown.pixels, label=label)
    name = escaped(shown.names[label])
    if not found.channels:
        st.markdown(t("No channel spoke for **{name}** in this photo.", name=name))
        return
    with st.grid(COLUMNS, min_column_width=NARROWEST, gap="small"):
        for place in range(len(found.channels)):
            _channel(shown, found, place)
    show_legend(t("nothing"), t("most"))
    st.markdown(_sum(found))
    st.caption(_meaning(shown))


def _channel(shown: Shown, found: LoudChannels, place: int) -> None:
    channel, part, heat = found.channels[place], found.parts[place], found.maps[place]
    with st.container(gap="xxsmall"):
        show_picture(
            covered(shown.pixels, heat),
            alt=t(
                "What channel {channel} saw; hottest: {place}",
                channel=channel,
                place=place_of(heat),
            ),
        )
        st.caption(t("Channel {channel}: {part}", channel=channel, part=f"+{part:.3f}"))


def _sum(found: LoudChannels) -> str:
    parts = (sum(found.parts), found.others, found.bias)
    loud, rest, bias = map(signed, adding_up(parts, found.evidence))
    return t(
        "These {n} add **{loud}**, the other {others} together {rest}, the bias {bias}: the evidence is "
        "**{evidence}**.",
        n=len(found.channels),
        loud=loud,
        others=found.count - len(found.channels),
        rest=rest,
        bias=bias,
        evidence=signed(found.evidence),
    )


def _meaning(shown: Shown) -> str:
    evidence = t(
        "Evidence is the class's logit above the mean of all classes': what all of them share changes no "
        "score."
    )
    if is_linear(shown.run.settings):
        way = t(
            "A channel adds its mean activation times its weight: with one Dense layer that is exact."
        )
    else:
        way = t(
            "A channel adds its activation times the slope of the evidence at this photo: with more than a "
            "mean and one layer that is an approximation, and what is missing is in the bias."
        )
    return f"{way} {evidence}"
