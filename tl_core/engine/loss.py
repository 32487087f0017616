"""Whether a job's engine is still there: what fails because it is being ended says nothing of the job."""

import multiprocessing
import time
from typing import Any

NOTICE_SECONDS = 2.0
"""How long the news of a lost scheduler may take to the worker: its job hears of it on another connection."""
LOOK_SECONDS = 0.05

LOSSES = 3
"""How often an attempt may be lost on an engine that is still there."""


class EngineLost(Exception):
    """The engine went while a job ran; the job goes on when there is one again."""


def losses_borne(error: BaseException) -> int:
    """Return how often an attempt may end in `error` before the job has failed."""
    if type(error).__name__ == "KilledWorker":  # four deaths: memory, or somebody's kills
        return 1
    return LOSSES if isinstance(error, EngineLost) else 0


def engine_lost(seconds: float = NOTICE_SECONDS) -> bool:
    """Whether this worker has lost its scheduler, or the process that started it.

    Args:
        seconds: how long to wait for the news.
    """
    from distributed import get_worker  # heavy, and there already where it matters

    try:
        worker = get_worker()
    except ValueError:
        return False  # not inside a worker
    deadline = time.monotonic() + seconds
    while not _is_lost(worker):
        if time.monotonic() >= deadline:
            return False
        time.sleep(LOOK_SECONDS)
    return True


def _is_lost(worker: Any) -> bool:
    from distributed.core import Status

    parent = multiprocessing.parent_process()
    if parent is not None and not parent.is_alive():
        return True
    if worker.status not in (Status.running, Status.paused):
        return True
    stream = worker.batched_stream
    return stream is None or bool(stream.closed())
