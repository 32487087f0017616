"""Section "Now": who is here, what runs and waits, and what the machine has left."""

import time

import streamlit as st

from tl_core.engine.attempts import Job
from tl_core.runs import Run
from tl_core.runs.snapshots import snapshot
from tl_core.teacher.presence import PRESENCE
from tl_core.ui.engine_status import engine
from tl_core.ui.errors import callback, fragment
from tl_core.ui.numbers import seconds_text
from tl_core.ui.teacher import machine
from tl_core.ui.teacher.names import job_title, person_title
from tl_core.ui.text import escaped, t, t_marked, tn
from tl_core.ui.visitor import visitor

POLL_SECONDS = 3.0
AWAY_SECONDS = 20 * 60
"""After so long somebody is no longer counted as here."""


def show() -> None:
    """Draw the class at this moment; it follows by itself."""
    fragment(_show, run_every=POLL_SECONDS)()


def _show() -> None:
    line, people = st.columns(2, gap="large")
    with line:
        _line()
    with people:
        _people()
        machine.show()


def _line() -> None:
    running, waiting = engine().jobs()
    st.subheader(t("What runs and waits"), anchor=False)
    if not running and not waiting:
        st.caption(t("Nothing. What your class starts is listed here, in the order of its turns."))
    for attempt in running:
        since = seconds_text(time.monotonic() - attempt.started)
        _row(attempt.job, t("running for {time}", time=since))
    for number, job in enumerate(waiting, start=1):
        _row(job, t("waits, number {number}", number=number), first=True)
    if waiting:
        st.caption(
            t(
                "Everybody's first job comes before anybody's second, unless you press First. Trainings, "
                "imports, exports and tables of photos wait in lines of their own; with a single worker "
                "only the tables do."
            )
        )


def _row(job: Job, state: str, *, first: bool = False) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{job_title(job.run)}  \n:small[{person_title(job.person)} · {state}]")
        if first:
            st.button(
                t("First"),
                icon=":material/vertical_align_top:",
                key=f"first-{job.run.id}",
                help=t("Let this start before all others."),
                on_click=callback(_put_first),
                args=[job.run],
            )
        st.button(
            t("Stop"),
            icon=":material/stop_circle:",
            key=f"end-{'waiting' if first else 'running'}-{job.run.id}",
            disabled=snapshot(job.run).cancelling,
            on_click=callback(_stop),
            args=[job.run],
        )


def _put_first(run: Run) -> None:
    engine().put_first(run, visitor())


def _stop(run: Run) -> None:
    engine().cancel(run, visitor())


def _people() -> None:
    now = time.time()
    here = [visit for visit in PRESENCE.visits() if now - visit.seen < AWAY_SECONDS]
    st.subheader(tn("{n} person here", "{n} people here", len(here)), anchor=False)
    rows = [
        {
            t("Name"): visit.person.nickname
            or t("without a name ({mark})", mark=visit.person.id[:4]),
            t("Page"): t_marked(visit.page),
            t("Last click"): t("{time} ago", time=seconds_text(now - visit.seen)),
        }
        for visit in here
    ]
    st.dataframe(rows, hide_index=True, height=min(38 + 35 * len(rows), 320))
    st.caption(
        escaped(
            t(
                "Who has clicked on this server in the last {minutes} minutes. A browser is a person.",
                minutes=AWAY_SECONDS // 60,
            )
        )
    )
