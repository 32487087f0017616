"""Everything of a class as one zip, and back again: a part of the teacher's page."""

import time
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from tl_core import runs, settings
from tl_core.datasets.catalogue import discard
from tl_core.datasets.job_configs import UnpackConfig
from tl_core.projects import PackConfig, Packed, find_packed, pack_everything
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.teacher import only_the_teacher
from tl_core.ui.archives import keep_file
from tl_core.ui.datasets.bring import show_job
from tl_core.ui.datasets.changes import attempt, show_news
from tl_core.ui.datasets.jobs import job_shown, shown_job, start_job
from tl_core.ui.errors import callback, shown_in_place
from tl_core.ui.job_panel import job_panel, start
from tl_core.ui.presses import pressed
from tl_core.ui.projects.opening import look, show_open, show_opened
from tl_core.ui.projects.taking import contents, download
from tl_core.ui.text import t
from tl_core.ui.visitor import visitor

FOLDER = "projects"
"""In the data folder: where whoever runs the server puts a file that is too large for a browser."""


def show() -> None:
    """Draw how everything of a class is packed, and how it comes back; for others a sentence."""
    with shown_in_place():
        only_the_teacher(visitor())
        _show()


def _show() -> None:
    show_news()
    shown = job_shown()
    st.caption(
        t(
            "All datasets, finished trainings with their names and notes, and the photos that still wait to "
            "become a dataset, in one file: to go on next week, on another computer, or after the lab was "
            "emptied."
        )
    )
    _pack()
    st.markdown(f"**{t('Open a project')}**")
    show_open()
    _from_the_server()
    if shown:
        _show_job(shown_job())


def _show_job(job: Run) -> None:
    if job.kind == UnpackConfig.KIND and snapshot(job).state is JobState.DONE:
        show_opened(job, elsewhere=True)
    else:
        show_job()


def _pack() -> None:
    jobs = _packings()
    newest = jobs[0] if jobs else None
    if newest and snapshot(newest).state is not JobState.DONE:
        job_panel(newest)
    found = _newest_whole(jobs)
    if newest and snapshot(newest).state.live:
        return
    clicked = pressed(
        t("Pack everything again") if found else t("Pack everything"),
        icon=":material/package_2:",
        key="pack_everything",
    )
    if clicked:
        _begin(jobs)


def _newest_whole(jobs: Sequence[Run]) -> Packed | None:
    """Draw the newest file that is whole, and only now remove those that were made before it."""
    for number, job in enumerate(jobs):
        if found := find_packed(job):
            packed = time.strftime("%Y-%m-%d %H:%M", time.localtime(job.created))
            st.markdown(f"**{t('Packed on {time}', time=packed)}** · {contents(found)}")
            download(job, found, str(job.config["title"]))
            _discard(jobs[number + 1 :])
            return found
    return None


def _discard(jobs: Sequence[Run]) -> None:
    for job in jobs:
        if not snapshot(job).state.live:
            discard(job.folder)


def _begin(before: Sequence[Run]) -> None:
    with shown_in_place():
        title = t("Class of {day}", day=time.strftime("%Y-%m-%d"))
        job = runs.open_job(pack_everything(title, visitor()))
        if start(job):
            _discard([one for one in before if not find_packed(one)])
            st.rerun()


def _packings() -> list[Run]:
    """Return the jobs that have packed everything, newest first."""
    return [run for run in runs.list_runs(PackConfig.KIND) if run.config.get("everything")]


def _from_the_server() -> None:
    """Draw the choice among files that lie on the server: a browser sends none of several gigabytes."""
    folder = settings.current().data_dir / FOLDER
    with st.expander(t("The file is too large to be sent"), key="project-on-server"):
        st.caption(
            t(
                "Copy it on the server into this folder, and choose it here; it stays there afterwards."
            )
        )
        st.code(str(folder), language=None, wrap_lines=True)
        names = sorted(path.name for path in folder.glob("*.zip"))
        if not names:
            return
        name = st.selectbox(t("File"), names, key="project-file")
        st.button(
            t("Look into it"),
            icon=":material/search:",
            on_click=callback(_take),
            args=[folder / name],
        )


def _take(path: Path) -> None:
    attempt(lambda: keep_file(path, look, start_job))
