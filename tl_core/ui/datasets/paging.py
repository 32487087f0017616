"""A page of a long list."""

from collections.abc import Hashable

import streamlit as st

from tl_core.ui.state import url_number


def choose_page(name: str, count: int, size: int, *, of: Hashable = None) -> range:
    """Draw the choice of a page, if there are several; returns the places in the list that it holds.

    Args:
        name: in the URL; pages are counted from 1 there.
        count: how long the list is.
        size: how many places a page has.
        of: what the list is of; the list of something else begins at its first page.
    """
    shown = f"_{name}_of"
    if st.session_state.get(shown, of) != of:
        st.session_state[name] = 1
    st.session_state[shown] = of
    pages = max(1, -(-count // size))
    key = url_number(name, 1, pages, default=1)["key"]
    page = st.pagination(pages, key=key) if pages > 1 else 1
    return range((page - 1) * size, min(page * size, count))
