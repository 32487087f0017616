"""The one way to have a button whose press the script answers, not a callback: no press gets lost.

Streamlit tells of a press to one run. If that run is cut short before the button is drawn, by a part of the
page that polls and has the whole page drawn, the next run knows nothing of it. Here a press is noted before
anything runs, until the button is drawn.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from tl_core.ui.errors import callback
from tl_core.ui.kept import kept


def pressed(label: str, *, key: str, draw: Callable[..., bool] = st.button, **look: Any) -> bool:
    """Draw a button; returns whether it was pressed since it was drawn last.

    For a press that needs what the controls say by now: a callback would have what the last run drew, and a
    press can overtake the change of a setting.

    Args:
        label: translated text.
        key: unique on all pages.
        draw: ``st.button`` or ``st.form_submit_button``.
        **look: further arguments of it. One that is disabled can be pressed by other means than a mouse.
    """
    draw(label, key=key, on_click=callback(_note), args=[key], **look)
    presses = kept().presses
    noted = key in presses
    presses.discard(key)
    return noted


def forget() -> None:
    """Forget the presses of buttons that are not there any more: when a page has been drawn."""
    kept().presses.clear()


def _note(key: str) -> None:
    kept().presses.add(key)
