"""Windows above the page: one at a time, on the page where it was opened, until somebody leaves that place.

    window_button(t("Recipes"), draw, key="recipes", icon=":material/menu_book:")

A button in the window that has done what it was opened for calls `close_window`.
"""

from collections.abc import Callable

import streamlit as st

from tl_core.ui.errors import callback, dialog
from tl_core.ui.redrawing import want_page

OPEN_KEY, DRAWN_KEY = "_window_open", "_window_drawn"
"""Which window is open and on which page, and whether this run has come to its place."""


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
    st.button(
        label,
        icon=icon,
        key=key,
        help=help,
        width="stretch",
        on_click=callback(open_window),
        args=[key, st.context.url],
    )
    show_window(label, draw, key=key, icon=icon, wide=wide)


def show_window(
    title: str, draw: Callable[[], object], *, key: str, icon: str, wide: bool = False
) -> None:
    """Draw a window if it is open: what `window_button` does, for one that something else opens.

    Not for one run alone: the page may run again by itself, such as when the engine is ready.
    """
    if st.session_state.get(OPEN_KEY) == (key, st.context.url):
        st.session_state[DRAWN_KEY] = True
        dialog(title, draw, icon=icon, on_close=close_window, wide=wide)


def open_window(key: str, url: str | None) -> None:
    """Open a window: in a callback.

    Args:
        key: of the window.
        url: ``st.context.url`` of the page that it belongs to; other pages may have one of the same key.
    """
    want_page()  # a window above the page is the page's
    st.session_state[OPEN_KEY] = (key, url)


def close_window() -> None:
    """Close the window that is open: in a callback."""
    want_page()
    st.session_state.pop(OPEN_KEY, None)


def close_left() -> None:
    """Forget the window whose place is not drawn any more: last thing on every page.

    Who goes back in the browser leaves it so, and it would cover the page when they come again.
    """
    if not st.session_state.pop(DRAWN_KEY, False):
        st.session_state.pop(OPEN_KEY, None)
