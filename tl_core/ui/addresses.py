"""Addresses that somebody copies: whole, as the visitor's own browser reaches this server."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

import streamlit as st


def page_address(parameters: Mapping[str, str]) -> str:
    """Return the address of the page that is open with these parameters and no others.

    It begins as the visitor's browser says, so that it is right behind a proxy and under a name in the
    network too. Only where no browser has said it (a script without one) it begins with ``?``.
    """
    query = urlencode(parameters, quote_via=quote, safe=",~")
    return f"{st.context.url or ''}{'?' if query else ''}{query}"


def reaches_others(address: str) -> bool:
    """Whether another machine could open it: an address of this machine itself only works here."""
    host = address.partition("://")[2].partition("/")[0]
    return not host.startswith(("localhost", "127.", "[::1]", "0.0.0.0"))
