"""A job that is done, and is asked for again because what it made is no longer what is wanted."""

import threading
from collections.abc import Callable

from tl_core import runs
from tl_core.checks import JobConfig
from tl_core.run_book import begin_anew
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState, snapshot

_beginning = threading.Lock()


def open_anew(config: JobConfig, outdated: Callable[[Run], bool]) -> Run:
    """Return the run of a job; one that is done begins anew, once for all who ask at the same time.

    Args:
        config: of the job.
        outdated: whether a run that is done has to begin anew.
    """
    with _beginning:
        job = runs.open_job(config)
        if snapshot(job).state is JobState.DONE and outdated(job):
            return begin_anew(job)
        return job
