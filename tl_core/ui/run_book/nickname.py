"""What a visitor wants to be called by the others: on wish, without an account."""

import streamlit as st

from tl_core.people import LONGEST_NICKNAME, write_nickname
from tl_core.ui.errors import callback
from tl_core.ui.text import escaped, t
from tl_core.ui.visitor import visitor

KEY = "nickname"


def show() -> None:
    """Draw who the visitor is for the others, and a way to change it."""
    known = visitor().nickname
    label = t("You are {name}", name=escaped(known)) if known else t("Say who you are")
    with st.popover(label, icon=":material/badge:", key="nickname_box", on_change="rerun") as box:
        if not box.open:
            return
        st.session_state.setdefault(KEY, known)
        st.text_input(
            t("Nickname"),
            key=KEY,
            max_chars=LONGEST_NICKNAME,
            help=t("Leave it empty to have none."),
            on_change=callback(_keep),
        )
        st.caption(
            t(
                "Everybody who uses this lab sees it beside what you train. Take no full name. If somebody "
                "else has it, a number stands behind yours. This browser remembers which runs are yours; "
                "there is no account."
            )
        )


def _keep() -> None:
    st.session_state[KEY] = write_nickname(visitor(), st.session_state[KEY])
