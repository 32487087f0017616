"""The section for many photos: bring them, see how far the job is, and what came out."""

import streamlit as st

from tl_core.datasets.bringing.waiting import release
from tl_core.errors import LabError
from tl_core.people import ownership
from tl_core.prediction.scored import read_scored
from tl_core.run_book import delete_run
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState
from tl_core.training import get_training
from tl_core.ui.errors import callback, shown_in_place
from tl_core.ui.frame import PAGES, page_link
from tl_core.ui.job_panel import job_panel
from tl_core.ui.prediction.many.bringing import (
    KEY,
    earlier_jobs,
    forget_job,
    show_uploads,
    take_job,
)
from tl_core.ui.prediction.many.table import show_result
from tl_core.ui.prediction.networks import choose_networks, trained_runs
from tl_core.ui.run_titles import run_title
from tl_core.ui.text import escaped, t
from tl_core.ui.visitor import disallowed, visitor

EARLIER = "many_earlier"


def show() -> None:
    """Draw the section."""
    run = take_job()
    if run is None:
        _bring()
        return
    _choose_earlier(run)
    st.subheader(escaped(str(run.config.get("title", ""))), anchor=False)
    st.caption(_network(run))
    state = job_panel(run).state
    if state is JobState.DONE:
        with shown_in_place():
            show_result(run, read_scored(run))
    _ways_on(run, live=state.live)


def _bring() -> None:
    network = choose_networks(compared=False).run
    if network is not None:
        show_uploads(network)
    elif trained_runs():
        st.info(t("Many photos are shown to a trained network: choose a network above."))
    else:
        st.info(
            t("Nothing is trained yet. Train a network first; it usually takes less than a minute.")
        )
        page_link(PAGES.train)


def _network(run: Run) -> str:
    try:
        title = run_title(get_training(str(run.config.get("run", ""))))
    except LabError:
        return t("The network has been deleted since.")
    return t("Looked at by {network}", network=escaped(title))


def _choose_earlier(run: Run) -> None:
    """Draw the choice among what this session has brought, if that is more than what is shown."""
    found = {one.id: one for one in earlier_jobs()}
    if found.keys() <= {run.id}:
        return
    found[run.id] = run
    st.session_state[EARLIER] = run.id

    def title(identifier: str) -> str:
        return str(found[identifier].config.get("title", "")) or identifier

    st.selectbox(
        t("Photos that you have brought"),
        list(found)[::-1],
        key=EARLIER,
        format_func=title,
        on_change=callback(_open_earlier),
    )


def _open_earlier() -> None:
    st.session_state[KEY] = st.session_state[EARLIER]


def _ways_on(run: Run, *, live: bool) -> None:
    with st.container(horizontal=True, gap="small"):
        st.button(
            t("Bring other photos"),
            icon=":material/add_photo_alternate:",
            on_click=callback(forget_job),
        )
        if not live:
            _offer_deletion(run)


def _offer_deletion(run: Run) -> None:
    with st.popover(t("Delete this table"), icon=":material/delete:"):
        st.markdown(
            t(
                "The table and its small pictures are lost for good, also for others who have its link, "
                "unless somebody else has brought the same photos."
            )
        )
        st.button(
            t("Delete for good"),
            icon=":material/delete:",
            key=f"delete-{run.id}",
            **disallowed(ownership.losing(run.folder, visitor(), ownership.RUN)),
            on_click=callback(_delete),
            args=[run],
        )


def _delete(run: Run) -> None:
    if delete_run(run.id, visitor()):
        release(run)  # of one that was stopped or failed the photos still wait
    forget_job()
