"""The draft of a dataset: photos that wait on disk until they are imported."""

import streamlit as st

from tl_core.datasets.bringing.staging import Staging, new_token
from tl_core.ui.state import url_text
from tl_core.ui.visitor import visitor

DRAFT_KEY = "draft"
"""Names the waiting files in the URL, so that a refresh finds them again."""


def take_draft() -> Staging | None:
    """Return the waiting files that the URL names, or None; call it once in every run."""
    url_text(DRAFT_KEY, check=Staging)
    token = st.session_state[DRAFT_KEY]
    return Staging(token) if token else None


def forget_empty_draft() -> None:
    """Begin a new draft with the next photo, if the last one was imported."""
    token = st.session_state.get(DRAFT_KEY)
    if token and not Staging(token).classes():
        st.session_state[DRAFT_KEY] = ""


def draft_to_write() -> Staging:
    """Return the draft to write to, a new one if there is none; for callbacks."""
    if not st.session_state.get(DRAFT_KEY):
        st.session_state[DRAFT_KEY] = new_token()
    draft = Staging(st.session_state[DRAFT_KEY])
    draft.begin(visitor())
    return draft
