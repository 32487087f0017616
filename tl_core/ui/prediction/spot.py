"""The square that somebody moves over the photo: by pressing a place, with arrow keys, or with sliders."""

import base64
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.components.v2.types import ComponentRenderer

from tl_core.prediction.reasons import GREY, SHARE_OF_SIDE, with_square
from tl_core.ui.errors import callback
from tl_core.ui.pictures import encode
from tl_core.ui.stage.component import declare
from tl_core.ui.state import url_number
from tl_core.ui.text import t

KEY = "spot"
ACROSS, DOWN, SIDE = "spot-x", "spot-y", "spot-side"
"""Names in the URL, of per cent of the photo's side."""


def choose_spot(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Draw where the square is and how large; returns the photo with it, ``(size, size, 3) uint8``."""
    size = len(pixels)
    across = st.slider(t("From the left (%)"), **url_number(ACROSS, 0, 100, default=50))
    down = st.slider(t("From the top (%)"), **url_number(DOWN, 0, 100, default=50))
    share = st.slider(
        t("Side of the square (%)"), **url_number(SIDE, 0, 100, default=100 // SHARE_OF_SIDE)
    )
    side = round(size * share / 100)
    left, top = (round(size * middle / 100 - side / 2) for middle in (across, down))
    return with_square(pixels, left, top, side)


def show_spot(pixels: NDArray[np.uint8], *, alt: str) -> None:
    """Draw the photo with the square where `choose_spot` has it, to be pressed.

    Args:
        pixels: the photo without it.
        alt: what it shows, in translated words.
    """
    data, kind = encode(pixels)
    _component()(
        key=KEY,
        data={
            "photo": f"data:image/{kind.lower()};base64,{base64.b64encode(data).decode('ascii')}",
            "place": [st.session_state[ACROSS], st.session_state[DOWN]],
            "side": st.session_state[SIDE],
            "colour": f"rgb{GREY}",
            "text": {
                "photo": alt,
                "hint": t("Press the place to cover, or move the square with the arrow keys"),
                "label": t(
                    "The square: {across} percent from the left, {down} percent from the top; arrow keys "
                    "move it"
                ),
            },
        },
        on_place_change=callback(_take),
    )


def _take() -> None:
    """Move the square where it was pressed; what the browser says is checked like any user's input."""
    report: Any = st.session_state.get(KEY)
    place = report.get("place") if isinstance(report, Mapping) else None
    if not isinstance(place, list) or [type(one) for one in place] != [int, int]:
        return
    if min(place) >= 0 and max(place) <= 100:
        st.session_state[ACROSS], st.session_state[DOWN] = place


@cache
def _component() -> ComponentRenderer:
    return declare("spot", folder=Path(__file__).parent)
