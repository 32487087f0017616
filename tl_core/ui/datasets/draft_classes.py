"""The classes of a draft: choosing the one that photos go to, adding, renaming and removing one."""

from functools import partial

import streamlit as st

from tl_core.datasets.bringing.staging import Staging
from tl_core.ui.datasets.changes import attempt
from tl_core.ui.datasets.draft import draft_to_write
from tl_core.ui.errors import callback
from tl_core.ui.state import url_choice
from tl_core.ui.text import escaped, t
from tl_core.ui.visitor import disallowed, visitor

CLASS_KEY = "collect_class"


def choose_class(counts: dict[str, int]) -> str | None:
    """Draw the classes and a way to add one; returns the chosen one, None if there is none."""
    with (
        st.form("new-class", border=False, clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom", gap="small"),
    ):
        st.text_input(t("Name of a class"), key="collect_new", max_chars=80)
        st.form_submit_button(t("Add class"), icon=":material/add:", on_click=callback(_add_class))
    if not counts:
        st.info(
            t("Name at least two classes: what the network shall learn to tell apart."),
            icon=":material/arrow_upward:",
        )
        return None
    chosen: str | None = st.segmented_control(
        t("Class that the photos go to"),
        **url_choice(CLASS_KEY, list(counts), default=next(iter(counts))),
        # Without its count: Streamlit knows a choice by its label, which must not change meanwhile.
        format_func=escaped,
        required=True,
    )
    st.caption(" · ".join(f"{escaped(name)}: {count:,}" for name, count in counts.items()))
    return chosen


def _add_class() -> None:
    def add() -> None:
        st.session_state[CLASS_KEY] = draft_to_write().add_class(
            str(st.session_state["collect_new"])
        )

    attempt(add)


def change_class(draft: Staging, name: str) -> None:
    """Draw a way to give a class another name, and one to remove it with its photos."""
    with (
        st.expander(t("Change the class {name}", name=escaped(name)), icon=":material/edit:"),
        st.container(horizontal=True, vertical_alignment="bottom", gap="small"),
    ):
        key = f"collect-rename-{name}"
        whose = disallowed(draft.refusal(visitor()))
        st.text_input(t("New name"), key=key, max_chars=80)
        st.button(
            t("Rename"),
            icon=":material/edit:",
            on_click=callback(attempt),
            args=[partial(_rename, draft, name, key)],
            **whose,
        )
        st.button(
            t("Remove this class and its photos"),
            icon=":material/delete:",
            on_click=callback(_remove),
            args=[draft, name],
            **whose,
        )


def _rename(draft: Staging, name: str, key: str) -> None:
    st.session_state[CLASS_KEY] = draft.rename_class(name, str(st.session_state[key]), visitor())


def _remove(draft: Staging, name: str) -> None:
    draft.remove_class(name, visitor())
