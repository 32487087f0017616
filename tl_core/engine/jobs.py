"""A job's life inside a worker: running, then done, cancelled or failed, all written to the run book."""

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from distributed import CancelledError
from distributed.client import ClosedClientError
from distributed.comm import CommClosedError

from tl_core import runs
from tl_core.engine.queue import error_values
from tl_core.engine.tasks import JOBS, resolve
from tl_core.errors import EngineUnavailable, JobCancelled, LabError
from tl_core.runs import Run
from tl_core.snapshots import JobState, snapshot

logger = logging.getLogger(__name__)

BEAT_SECONDS = 3.0


def run_job(run_id: str) -> None:
    """Run a job of the run book to its end; what it raises is written there, not passed on.

    Called again after the death of a worker: a job's function must go on where it finds its run.
    """
    run = runs.get_run(run_id)
    if snapshot(run).state is JobState.DONE:
        return  # its worker died between the last word and the answer
    run.append("state", state=JobState.RUNNING)
    try:
        with _heartbeat(run):
            resolve(JOBS[run.kind])(run)
    except JobCancelled:
        run.append("state", state=JobState.CANCELLED)
    except LabError as error:
        run.append("state", state=JobState.FAILED, **error_values(error))
    except (CancelledError, CommClosedError, ClosedClientError):
        # The scheduler is out of reach: the last word is with the worker to which it gives the job next.
        raise
    except Exception:
        code = uuid.uuid4().hex[:8]
        logger.exception("job %s of run %s failed, code %s", run.kind, run.id, code)
        bug = EngineUnavailable(
            "This job met a fault of the program (code {code} in the engine's log). "
            "Change a setting and try again.",
            code=code,
        )
        run.append("state", state=JobState.FAILED, **error_values(bug))
    else:
        run.append("state", state=JobState.DONE)


@contextmanager
def _heartbeat(run: Run) -> Iterator[None]:
    """Beat in the background for as long as the block runs."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(BEAT_SECONDS):
            run.beat()

    run.beat()
    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
