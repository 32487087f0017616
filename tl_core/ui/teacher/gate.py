"""Who may see the teacher's page, and how somebody becomes the teacher."""

import streamlit as st

from tl_core.ui.errors import callback
from tl_core.ui.text import t
from tl_core.ui.visitor import take_key, visitor

KEY = "teacher_key"


def is_open() -> bool:
    """Whether the visitor is the teacher; draws how to become that otherwise."""
    if visitor().teacher:
        return True
    st.info(
        t(
            "This page is the teacher's. Open the address with the key that the server printed when it "
            "started, or type the key here."
        ),
        icon=":material/lock:",
    )
    with st.form("teacher-key", border=False, clear_on_submit=True):
        st.text_input(t("The teacher's key"), type="password", key=KEY, max_chars=200)
        st.form_submit_button(t("Open"), icon=":material/key:", on_click=callback(_try))
    return False


def _try() -> None:
    take_key(st.session_state[KEY])
