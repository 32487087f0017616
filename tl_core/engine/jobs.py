"""A job's life inside a worker: running, then done, cancelled or failed, all written to the run book."""

import logging
import threading
import traceback
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tl_core import files, runs
from tl_core.engine.loss import EngineLost, engine_lost
from tl_core.engine.sentences import error_values, sentence_of
from tl_core.engine.tasks import JOBS, resolve
from tl_core.errors import EngineUnavailable, JobCancelled, LabError
from tl_core.machine import memory
from tl_core.machine.refusals import REFUSED, explain
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState, snapshot

logger = logging.getLogger(__name__)

BEAT_SECONDS = 3.0
FAULT = "fault.txt"
"""In the folder of a run that met a fault of the program: its code, and what Python said."""


def run_job(run_id: str) -> int:
    """Run a job of the run book to its end; how it ends is written there.

    Called again after the death of a worker: a job's function must go on where it finds its run.

    Returns:
        the bytes of memory that this process holds afterwards.

    Raises:
        EngineLost: the engine went while the job ran: that is no verdict on the job.
        LabError: why it failed, if the disk does not take that; the queue writes it when there is room.
    """
    run = runs.get_run(run_id)
    # One that is done already: its worker died between the last word and the answer.
    if snapshot(run).state is not JobState.DONE:
        _carry_out(run)
    memory.tidy()
    return memory.held()


def _carry_out(run: Run) -> None:
    state, error = _outcome(run)
    try:
        run.append("state", state=state, **error_values(error))
    except REFUSED:
        if error:
            raise error from None


def _outcome(run: Run) -> tuple[JobState, LabError | None]:
    try:
        run.append("state", state=JobState.RUNNING)
        with _heartbeat(run):
            resolve(JOBS[run.kind])(run)
    except JobCancelled:
        return JobState.CANCELLED, run.cancel_reason
    except EngineLost:
        raise
    except LabError as error:
        if engine_lost(seconds=0):
            raise EngineLost(run.id) from error
        return JobState.FAILED, error
    except Exception as error:
        if engine_lost():
            raise EngineLost(run.id) from error
        return JobState.FAILED, explain(error) or _fault(run, error)
    return JobState.DONE, None


def _fault(run: Run, error: Exception) -> LabError:
    if type(error).__name__ == "KilledWorker":  # by a part of the job
        return sentence_of(error)
    code = uuid.uuid4().hex[:8]
    logger.error("job %s of run %s failed, code %s", run.kind, run.id, code, exc_info=error)
    told = "".join(traceback.format_exception(error))
    with suppress(*REFUSED):  # logs are kept for three starts, and this as long as the run
        files.write_bytes(run.folder / FAULT, f"code {code}\n{told}".encode())
    return EngineUnavailable(
        "This job met a fault of the program (code {code} in the engine's log). "
        "Change a setting and try again.",
        code=code,
    )


@contextmanager
def _heartbeat(run: Run) -> Iterator[None]:
    """Beat in the background for as long as the block runs."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(BEAT_SECONDS):
            with suppress(OSError):  # a disk may be back at the next beat
                run.beat()

    run.beat()
    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
