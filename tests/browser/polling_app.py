"""A page where a callback chooses while a part of it looks again all the time; for the browser tests."""

import time

import streamlit as st

from tl_core.ui.errors import callback, fragment

POLL_SECONDS = 0.2
TAKES_SECONDS = 1.5
"""How long the controls take after the choice: the browser looks several times without knowing of it."""


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
    st.text(f"chosen: {st.session_state['choice']}, words: {st.session_state['words']!r}")


fragment(look, run_every=POLL_SECONDS)()
fragment(part)()
