"""The address of the page that is open, as the visitor's own browser reaches it."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

import streamlit as st


def page_address(parameters: Mapping[str, str]) -> str:
    """Return it with these parameters and no others; `whole_address` is the one for other devices."""
    query = urlencode(parameters, quote_via=quote, safe=",~")
    return f"{st.context.url or ''}?{query}" if query else st.context.url or ""
