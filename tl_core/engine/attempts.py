"""A job in the queue, and an attempt to run it."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tl_core.runs import Run
from tl_core.runs.cost import Cost

Ended = Callable[[BaseException | None], None]
SubmitJob = Callable[[Run, str, Ended, str], Any]
"""Starts a job under a key and returns its future; calls back once with what it raised, or None. The last
argument names the place that it takes: what it needs of a worker."""


Foresee = Callable[[Run], Cost | None]
"""Tells about what a job takes, or None if nothing tells."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One job of a queue.

    Args:
        run: its folder in the run book.
        key: what the engine knows it by: the same again after a lost connection, so that a cluster that
            still runs the job is not given it twice.
        arrived: when it was queued, seconds since the epoch.
        losses: how many of its attempts were lost on an engine that was still there.
        person: mark of who asked for it; empty for nobody in particular.
        limited: whether it may run no longer than a pupil's.
        cost: about what it takes, or None if nothing tells.
        spent: seconds that earlier attempts ran, here or before a restart.
    """

    run: Run
    key: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    arrived: float = field(default_factory=time.time)
    losses: int = 0
    person: str = ""
    limited: bool = False
    cost: Cost | None = None
    spent: float = 0.0


@dataclass(frozen=True)
class Attempt:
    """One time that a job is with the engine.

    Args:
        job: which.
        token: tells it from earlier attempts.
        future: the engine's.
        started: when, as `time.monotonic` counts.
        place: what it takes of a worker, see `tl_core.engine.tasks`.
    """

    job: Job
    token: str
    future: Any
    started: float
    place: str

    @property
    def spent(self) -> float:
        """Seconds that all attempts of the job have run, this one until now."""
        return self.job.spent + time.monotonic() - self.started
