"""What a page shows of a job at one moment: what its progress file says, and whether it still lives.

The file alone cannot tell the second: that is so as long as the process that queued it is
there and has it in its queue. In that process the queue is asked (`hold`).
"""

import socket
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol
from weakref import WeakValueDictionary

import psutil

from tl_core import runs
from tl_core.checks import Json
from tl_core.errors import LabError
from tl_core.machine.refusals import of_the_machine
from tl_core.runs.progress import JobState, Snapshot, read_progress
from tl_core.runs.run import PROGRESS, Run
from tl_core.wording import Sentence

__all__ = ["JobState", "Snapshot", "Standing", "hold", "owner_of", "recorded", "snapshot"]

HEARTBEAT_SECONDS = 15.0
"""A run on a shared cluster that gave no sign for this long is no longer running."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What the queue that holds a run knows of it and no file says; fields as in a `Snapshot`."""

    state: JobState | None = None
    """How it ended, if the disk has not taken that yet; None while it waits or runs."""
    error: Sentence | None = None
    cancelling: bool = False


class _Queue(Protocol):
    def standing(self, run_id: str) -> Standing | None:
        """Return how a run stands, or None if the queue does not hold it."""


_queues: WeakValueDictionary[str, _Queue] = WeakValueDictionary()
"""Those of this process, by the token that a run's owner names."""


def hold(token: str, queue: _Queue) -> None:
    """Ask `queue` from now on about the runs whose owner names `token`."""
    _queues[token] = queue


def snapshot(run: Run) -> Snapshot:
    """Return what a page shows of `run` now; costs a `stat` when nothing has changed.

    Raises:
        RunNotFound: the progress file is no file, or cannot be opened.
    """
    shot, owned_by = recorded(run)
    if not shot.state.live:
        return shot
    queue = _queues.get(str(owned_by.get("queue")))
    if queue is not None:
        return _held(run, shot, queue)
    if not _alive(run, owned_by):
        return replace(shot, state=JobState.INTERRUPTED)
    return replace(shot, cancelling=run.cancel_requested)


def recorded(run: Run) -> tuple[Snapshot, Json]:
    """Return what the progress file says, whether or not the run still lives, and the run's owner.

    Raises:
        RunNotFound: the progress file is no file, or cannot be opened.
    """
    path = run.folder / PROGRESS
    try:
        found = path.stat()
        return read_progress(path, run.kind, found.st_mtime_ns, found.st_size)
    except FileNotFoundError:
        return Snapshot(state=JobState.INTERRUPTED), {}
    except OSError as error:
        if of_the_machine(error):
            raise
        raise runs.damaged(run.id, PROGRESS) from None


def owner_of(run: Run) -> Json:
    """Return who queued a run last, as `runs.owner` described itself; empty if nobody has, or it is lost."""
    with suppress(LabError):
        return recorded(run)[1]
    return {}


def _held(run: Run, shot: Snapshot, queue: _Queue) -> Snapshot:
    standing = queue.standing(run.id)
    if standing is None:
        again, _ = recorded(run)  # its last word may have come in between
        return replace(again, state=JobState.INTERRUPTED) if again.state.live else again
    if standing.state is not None:
        return replace(shot, state=standing.state, error=standing.error)
    return replace(shot, cancelling=standing.cancelling or run.cancel_requested)


def _alive(run: Run, owned_by: Json) -> bool:
    """Whether somebody will still move a live run on.

    The embedded engine dies with the web process that started it; a cluster's job outlives it and beats.
    """
    if owned_by.get("scheduler"):
        with suppress(FileNotFoundError):
            if time.time() - (run.folder / "heartbeat").stat().st_mtime < HEARTBEAT_SECONDS:
                return True
    if owned_by.get("host") != socket.gethostname():
        return False
    try:
        created = psutil.Process(int(owned_by["pid"])).create_time()
        return bool(abs(created - float(owned_by.get("started", 0))) < 1)
    except (psutil.Error, *runs.WRONG_SHAPE):
        return False
