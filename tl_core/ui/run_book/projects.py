"""Take runs of the run book home with their datasets, and open those of another lab."""

from collections.abc import Sequence

import streamlit as st

from tl_core.run_book import Entry
from tl_core.ui import lesson
from tl_core.ui.datasets.bring import show_job
from tl_core.ui.datasets.changes import show_news
from tl_core.ui.datasets.jobs import job_shown
from tl_core.ui.projects.opening import show_open
from tl_core.ui.projects.taking import offer_runs
from tl_core.ui.run_book.names import Names
from tl_core.ui.text import t, tn


def show_taking(chosen: Sequence[Entry], names: Names) -> None:
    """Draw what is taken home of the chosen runs; nothing where none is chosen."""
    whole = [entry for entry in chosen if entry.metrics and not (entry.state and entry.state.live)]
    if not whole or lesson.hidden("export"):
        return
    label = tn("Take {n} run home", "Take {n} runs home", len(whole))
    box = st.expander(label, icon=":material/home:", key="take-runs-home", on_change="rerun")
    if not box.open:
        return
    with box:
        if len(whole) < len(chosen):
            st.caption(t("Runs without a result stay here."))
        title = names.title(whole[0]) if len(whole) == 1 else tn("{n} run", "{n} runs", len(whole))
        offer_runs(title, [entry.run for entry in whole])


def show_opening() -> None:
    """Draw the upload of a project, and the job that opens it."""
    show_news()
    shown = job_shown()
    box = st.expander(
        t("Open a project"),
        icon=":material/folder_open:",
        key="open-project",
        expanded=shown,
        on_change="rerun",
    )
    if box.open:
        with box:
            show_open()
            show_job()
