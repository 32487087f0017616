"""Let Back lead to the page or the section before, and to nothing in between.

Streamlit makes a step of the browser's history of every change of the address, and the address has every
control: whoever moved a slider ten times went Back ten times, and a page that writes into its address what it
shows could not be left at all by going Back once.
"""

from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from tl_core.ui.errors import callback, fragment
from tl_core.ui.stage.component import declare

KEPT_KEY = "_steps_kept"
"""The browser has said that it does: it goes on for as long as the session."""


def keep_steps() -> None:
    """Draw nothing; from then on the browser's history has a step for each page and section."""
    if KEPT_KEY not in st.session_state:
        fragment(_keep)()


def _keep() -> None:
    if KEPT_KEY not in st.session_state:
        _component()(key="history_steps", on_kept_change=callback(_hear))


def _hear() -> None:
    st.session_state[KEPT_KEY] = True


@cache
def _component() -> ComponentRenderer:
    return declare("steps", folder=Path(__file__).parent)
