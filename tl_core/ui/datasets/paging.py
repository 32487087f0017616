"""A page of a long list."""

import streamlit as st

from tl_core.ui.state import url_number


def choose_page(name: str, count: int, size: int) -> range:
    """Draw the choice of a page, if there are several; returns the places in the list that it holds.

    Args:
        name: in the URL; pages are counted from 1 there.
        count: how long the list is.
        size: how many places a page has.
    """
    pages = max(1, -(-count // size))
    key = url_number(name, 1, pages, default=1)["key"]
    page = st.pagination(pages, key=key) if pages > 1 else 1
    return range((page - 1) * size, min(page * size, count))
