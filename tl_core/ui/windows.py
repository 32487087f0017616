"""Windows above the page, each behind its button: one at a time, on the page where it was opened.

    window_button(t("Recipes"), draw, key="recipes", icon=":material/menu_book:")

A button in the window that has done what it was opened for calls `close_window`.
"""

from collections.abc import Callable

import streamlit as st

from tl_core.ui.errors import callback, dialog
from tl_core.ui.redrawing import want_page

OPEN_KEY = "_window_open"
"""Which window is open, and on which page."""


def window_button(
    label: str,
    draw: Callable[[], object],
    *,
    key: str,
    icon: str,
    help: str | None = None,
    wide: bool = False,
) -> None:
    """Draw a button that opens a window; nothing of what is in it is computed before that.

    Args:
        label: translated text, and the window's title.
        draw: draws in the window.
        key: unique on its page.
        icon: of Material, for both.
        help: translated text about the button.
        wide: whether there is much to read in the window.
    """
    # Not for one run alone: the page may run again by itself, such as when the engine is ready.
    here = (key, st.context.url)
    st.button(
        label,
        icon=icon,
        key=key,
        help=help,
        width="stretch",
        on_click=callback(_set_open),
        args=[here],
    )
    if st.session_state.get(OPEN_KEY) == here:
        dialog(label, draw, icon=icon, on_close=close_window, wide=wide)


def close_window() -> None:
    """Close the window that is open: in a callback."""
    _set_open(None)


def _set_open(here: tuple[str, str | None] | None) -> None:
    want_page()  # a window above the page is the page's
    st.session_state[OPEN_KEY] = here
