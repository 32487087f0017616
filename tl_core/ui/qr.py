"""QR codes: a phone opens what this browser shows, and nobody spells an address.

    qr_button(t("On a phone"), lambda: whole_address({"run": run.id}, PAGES.predict.script), key="qr_run")

An address that only this machine understands, such as localhost, becomes one that phones reach.
"""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import PurePosixPath
from urllib.parse import quote, urlencode, urlsplit

import streamlit as st

from tl_core.classroom.addresses import for_others, is_here, lan_addresses
from tl_core.classroom.codes import code_svg
from tl_core.classroom.door import Door, by_the_door
from tl_core.settings import PROJECT
from tl_core.ui.text import t
from tl_core.ui.windows import window_button

ICON = ":material/qr_code_2:"
WIDTH = 400
"""Pixels: large enough to be read from the last row on a projector."""


def qr_button(label: str, address: Callable[[], str], *, key: str, note: str = "") -> None:
    """Draw a button that shows a QR code, large and above the page; nothing is computed before that.

    Args:
        label: translated text.
        address: returns what the code leads to, such as `whole_address` makes it; may raise `LabError`.
        key: unique on its page.
        note: translated text above the code: what happens where it leads.
    """

    def draw() -> None:
        if note:
            st.markdown(note)
        show_qr(address())

    window_button(label, draw, key=key, icon=ICON)


def show_qr(address: str) -> None:
    """Draw the QR code of a whole address, and the address itself to be read, copied or typed."""
    alt = t("QR code with this address: {address}", address=address)
    st.image(_code(address), width=WIDTH, alt=alt)
    st.code(address, language=None, wrap_lines=True)
    if urlsplit(address).scheme == "http" and not Door.opened:
        st.caption(
            t(
                "Over http a phone takes photos with its own camera app. For a live camera start the lab "
                "with `python classroom.py`."
            )
        )


def whole_address(parameters: Mapping[str, str], script: str = "") -> str:
    """Return the address of a page of the lab as other devices reach it.

    Args:
        parameters: of the page, by their names in the URL.
        script: the page's file as in `PAGES`; the page that is shown by default.

    Raises:
        LabError: no other device reaches this lab.
    """
    url = st.context.url or f"http://localhost:{st.get_option('server.port')}"
    allowed = [str(one) for one in st.get_option("server.allowedHosts")]
    bound = str(st.get_option("server.address") or "")
    found = for_others(_page_url(url, script), () if is_here(bound) else lan_addresses(), allowed)
    found = by_the_door(found)
    query = urlencode(parameters, quote_via=quote, safe=",~")
    return f"{found}?{query}" if query else found


def _page_url(url: str, script: str) -> str:
    """Return `url` with the path of the page `script`, below the lab's own."""
    parts = urlsplit(url)
    path = PurePosixPath(parts.path or "/")
    if script:
        lab = path.parent if path.name in _page_names() else path
        path = lab / _page_name(script)
    return parts._replace(path=str(path), query="", fragment="").geturl()


def _page_name(script: str) -> str:
    """Return the last part of a page's address: ``pages/3_train.py`` is ``train``, the home page is empty."""
    return PurePosixPath(script).stem.partition("_")[2] if script.startswith("pages/") else ""


@cache
def _page_names() -> frozenset[str]:
    return frozenset(_page_name(f"pages/{each.name}") for each in PROJECT.glob("pages/*.py"))


@st.cache_data(show_spinner=False, max_entries=200)
def _code(address: str) -> str:
    return code_svg(address)
