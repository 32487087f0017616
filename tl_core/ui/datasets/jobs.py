"""The job that brings a dataset in, in the page's address: a look into an archive, or an import."""

import streamlit as st

from tl_core import runs
from tl_core.checks import JobConfig
from tl_core.datasets.job_configs import (
    DownloadConfig,
    ImportConfig,
    ImportFilesConfig,
    ScanConfig,
    UnpackConfig,
)
from tl_core.datasets.jobs import read_imported, share_imported
from tl_core.errors import LabError
from tl_core.run_book import begin_anew
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.ui.engine_status import engine
from tl_core.ui.state import url_text
from tl_core.ui.visitor import visitor

JOB_KEY = "job"
KINDS = tuple(
    job.KIND for job in (ScanConfig, ImportConfig, ImportFilesConfig, DownloadConfig, UnpackConfig)
)


def job_shown() -> bool:
    """Take the job from the URL, once in a run; returns whether there is one to show."""
    url_text(JOB_KEY, check=lambda text: runs.get_run(text, *KINDS))
    return bool(st.session_state[JOB_KEY])


def shown_job() -> runs.Run:
    """Return the job that the URL names."""
    return runs.get_run(st.session_state[JOB_KEY])


def open_import(config: JobConfig) -> runs.Run:
    """Return the run of an import; one that is done begins anew if its dataset can no longer be had."""
    run = runs.open_job(config)
    if snapshot(run).state is not JobState.DONE:
        return run
    try:
        read_imported(run)
    except LabError:
        return begin_anew(run)
    return run


def start_job(run: runs.Run) -> None:
    """Queue a job, and show it."""
    engine().submit(run, visitor())
    if run.kind != ScanConfig.KIND and snapshot(run).state is JobState.DONE:
        share_imported(run, visitor())
    st.session_state[JOB_KEY] = run.id


def forget_job() -> None:
    """Show no job any more."""
    st.session_state[JOB_KEY] = ""
