"""Section "After the lesson": what pupils have left behind, and its end."""

import streamlit as st

from tl_core.teacher.cleaning import Left, clean_up, left_behind, this_morning
from tl_core.ui import news
from tl_core.ui.errors import callback
from tl_core.ui.teacher.names import KINDS
from tl_core.ui.text import t, t_marked, tn
from tl_core.ui.visitor import visitor

FOUND_KEY, SURE_KEY, GONE_KEY = "_left_behind", "clean_up_sure", "_cleaned_up"


def show() -> None:
    """Draw the way to clean up: look first, then confirm."""
    st.subheader(t("Clean up"), anchor=False)
    st.caption(
        t(
            "Deletes what pupils have made today: their runs, datasets and photos. What is yours or older "
            "stays, and so does what still runs, what you have laid out for the class, and a dataset that a "
            "run uses that stays."
        )
    )
    st.button(t("Look what there is"), icon=":material/search:", on_click=callback(_look))
    gone = news.said(GONE_KEY)
    if gone is not None:
        st.success(tn("{n} thing is gone.", "{n} things are gone.", gone))
    found: Left | None = st.session_state.get(FOUND_KEY)
    if found is None:
        return
    if not found:
        st.info(t("Pupils have left nothing behind today."), icon=":material/check:")
        return
    _preview(found)
    sure = st.checkbox(t("Delete all of this for good"), key=SURE_KEY)
    st.button(
        t("Delete"),
        icon=":material/delete:",
        type="primary",
        disabled=not sure,
        on_click=callback(_clean_up),
    )


def _preview(found: Left) -> None:
    kinds = {
        t("Runs"): [t_marked(KINDS.get(title, title)) for title in found.runs.values()],
        t("Datasets"): list(found.datasets.values()),
        t("Collected photos"): list(found.drafts.values()),
        t("Photos looked at"): [title or t("from the camera") for title in found.photos.values()],
    }
    rows = [
        {t("What"): kind, t("How many"): len(titles), t("Among them"): ", ".join(titles[:5])}
        for kind, titles in kinds.items()
    ]
    st.dataframe(rows, hide_index=True, height="content")


def _look() -> None:
    st.session_state[FOUND_KEY] = left_behind(this_morning(), visitor())
    st.session_state[SURE_KEY] = False


def _clean_up() -> None:
    """Delete what was shown, if that was confirmed: the button can be pressed by other means than a mouse."""
    found: Left | None = st.session_state.get(FOUND_KEY)
    if found and st.session_state.get(SURE_KEY):
        news.leave(GONE_KEY, clean_up(found, this_morning(), visitor()))
    st.session_state[FOUND_KEY] = None
