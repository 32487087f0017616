"""What every heat map says beside its colours: which end is which, and in words where it is hottest."""

import streamlit as st

from tl_core.images.heat import Heat, hottest, scale
from tl_core.ui.pictures import show_picture
from tl_core.ui.text import escaped, t, t_marked
from tl_core.wording import N_

WIDTH, HEIGHT = 160, 14
PLACES = (
    (N_("top left"), N_("top"), N_("top right")),
    (N_("left"), N_("middle"), N_("right")),
    (N_("bottom left"), N_("bottom"), N_("bottom right")),
)


def show_legend(cold: str, hot: str) -> None:
    """Draw the scale with what its ends mean.

    Args:
        cold: translated, of the dark end.
        hot: translated, of the bright end.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(escaped(cold), width="content")
        show_picture(
            scale(WIDTH, HEIGHT),
            alt=t("From dark purple, {cold}, to yellow, {hot}", cold=cold, hot=hot),
            width=WIDTH,
            depends_on=("heat scale",),
        )
        st.caption(escaped(hot), width="content")


def place_of(heat: Heat) -> str:
    """Return in translated words where a heat map is hottest, for those who do not see it."""
    row, column = hottest(heat, len(PLACES))
    return t_marked(PLACES[row][column])
