"""One photo of the camera, taken on the page, or by a phone's own camera app where a page gets no camera."""

import base64
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from tl_core.ui.errors import callback
from tl_core.ui.stage.component import declare
from tl_core.ui.stage.webcam import webcam_words
from tl_core.ui.text import t

MOST_BYTES = 1_000_000
"""Of the file; 1,024 pixels square need a third of it."""


def take_snapshot(take: Callable[[bytes], object], *, key: str) -> None:
    """Draw the camera with a button that takes the square in the middle of its picture.

    Args:
        take: is called with a JPEG file before the page runs; may raise `LabError`.
        key: name of the component, unique on its page.
    """
    _component()(
        key=key,
        data={"most_bytes": MOST_BYTES, "text": _words()},
        on_photo_change=callback(partial(_take, key, take)),
    )


def _take(key: str, take: Callable[[bytes], object]) -> None:
    """Hand a photo on; what the component would not send is dropped."""
    photo: Any = st.session_state.get(key, {}).get("photo")
    if isinstance(photo, str) and len(photo) <= 2 * MOST_BYTES:
        try:
            data = base64.b64decode(photo, validate=True)
        except ValueError:
            return
        take(data)


@cache
def _component() -> ComponentRenderer:
    return declare("snapshot")


def _words() -> dict[str, str]:
    return {
        "shoot": t("Take the photo"),
        "running": t("The square in the middle is kept: what you see here."),
        **webcam_words(
            insecure=t(
                "A camera on the page needs an https address: whoever runs the lab starts it with python "
                "classroom.py. Without it, take the photo with this device; the square in its middle is kept."
            ),
            off=t("The camera is off. A photo leaves this browser when you take it."),
        ),
    }
