"""A page that is drawn in parts while one of them looks again all the time; for the browser tests."""

import time

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests

from tl_core.ui.errors import callback, fragment

POLL_SECONDS = 0.2
TAKES_SECONDS = 1.5
"""How long the controls take after the choice: the browser looks several times without knowing of it."""
BUSY_SECONDS = 0.05
"""How long the server is at each look, as if a class used it: runs end meanwhile."""
LINES = 20


@st.cache_resource
def be_busy() -> None:
    take = ScriptRequests.request_rerun

    def taken(requests: ScriptRequests, new_data: RerunData) -> bool:
        if new_data.is_auto_rerun:
            time.sleep(BUSY_SECONDS)
        return take(requests, new_data)

    ScriptRequests.request_rerun = taken  # type: ignore[assignment,method-assign]


def look() -> None:
    if st.session_state.pop("page_wanted", False):
        st.rerun()


def choose() -> None:
    st.session_state["choice"], st.session_state["words"] = "second", ""
    st.session_state["slow"] = True


def part() -> None:
    st.button("Choose the second", on_click=callback(choose))
    if st.session_state.pop("slow", False):
        time.sleep(TAKES_SECONDS)
        st.session_state["page_wanted"] = True
    st.selectbox("Choice", ["first", "second", "third"], key="choice")
    st.text_input("Words", key="words")
    for number in range(LINES):
        time.sleep(0.001)
        st.text(f"{number}: {st.session_state['choice']}, {st.session_state['words']!r}")


be_busy()
fragment(look, run_every=POLL_SECONDS)()
fragment(part)()
