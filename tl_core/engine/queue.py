"""Jobs in order of arrival, in the web process; see `tl_core.engine.client` for the policy."""

import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from tl_core import runs
from tl_core.errors import EngineUnavailable, LabError, QueueFull
from tl_core.runs import Run
from tl_core.snapshots import JobState, snapshot

Ended = Callable[[BaseException | None], None]
SubmitJob = Callable[[Run, Ended], Any]
"""Starts a job and returns its future; calls back once with what it raised, or None."""

GRACE_SECONDS = 3.5
"""How long a running job gets to see its cancel flag before its worker is restarted."""


@dataclass(frozen=True)
class _Attempt:
    run: Run
    token: str
    future: Any


class JobQueue:
    """Which jobs wait, and which are with the engine. Safe to use from any thread.

    Args:
        limit: most jobs that may wait.
        hard_stop: ends the worker that runs a future; may take seconds.
    """

    def __init__(self, limit: int, hard_stop: Callable[[Any], None]) -> None:
        self._limit = limit
        self._hard_stop = hard_stop
        self._lock = threading.RLock()
        self._waiting: dict[str, Run] = {}
        self._active: dict[str, _Attempt] = {}
        self._submit: SubmitJob | None = None
        self._slots = 0

    def counts(self) -> tuple[int, int]:
        """Return how many jobs run and how many wait."""
        with self._lock:
            return len(self._active), len(self._waiting)

    def position(self, run: Run) -> int | None:
        """Return how many jobs are before `run`, those that run included; None if it does not wait."""
        with self._lock:
            if run.id not in self._waiting:
                return None
            return len(self._active) + list(self._waiting).index(run.id)

    def add(self, run: Run) -> None:
        """Append a job, unless it waits, runs, or is done already.

        Raises:
            QueueFull: `limit` jobs are waiting.
        """
        with self._lock:
            state = snapshot(run).state
            if run.id in self._waiting or state is JobState.DONE:
                return
            if state.live:  # here, or with another web process of the same cluster
                return
            if len(self._waiting) >= self._limit:
                raise QueueFull(
                    "{limit} jobs are waiting already. Wait until some have ended, then try again.",
                    limit=self._limit,
                )
            run.withdraw_cancel()
            self._enqueue(run)
            self._waiting[run.id] = run
            self._pump()

    def cancel(self, run: Run) -> None:
        """Take a job out of the queue, or ask its worker to stop and see to it that it does."""
        with self._lock:
            if self._waiting.pop(run.id, None):
                run.append("state", state=JobState.CANCELLED)
                return
            if not snapshot(run).state.live:
                return
            run.request_cancel()
            attempt = self._active.get(run.id)
        if attempt:
            timer = threading.Timer(GRACE_SECONDS, self._enforce, [attempt])
            timer.daemon = True
            timer.start()

    def attach(self, submit: SubmitJob) -> None:
        """Begin to give jobs to an engine."""
        with self._lock:
            self._submit = submit

    def set_slots(self, slots: int) -> None:
        """Tell how many jobs the engine can run at once."""
        with self._lock:
            self._slots = slots
            self._pump()

    def detach(self) -> None:
        """Take the jobs of a lost engine back, in front of those that wait."""
        with self._lock:
            self._submit, self._slots = None, 0
            lost, self._active = self._active, {}
            returned = {}
            for attempt in lost.values():
                with suppress(LabError, OSError):
                    if attempt.run.cancel_requested:
                        self._close(attempt.run, JobState.CANCELLED)
                    elif snapshot(attempt.run).state.live:
                        self._enqueue(attempt.run)
                        returned[attempt.run.id] = attempt.run
            self._waiting = returned | self._waiting

    def _enqueue(self, run: Run) -> None:
        run.append("state", state=JobState.QUEUED, owner=runs.owner())

    def _pump(self) -> None:
        while self._submit and len(self._active) < self._slots:
            # A job may be resumed before the engine has said that its last attempt is over.
            ready = [run for run in self._waiting.values() if run.id not in self._active]
            if not ready:
                return
            run = self._waiting.pop(ready[0].id)
            token = uuid.uuid4().hex
            future = self._submit(run, partial(self._ended, run, token))
            self._active[run.id] = _Attempt(run, token, future)

    def _ended(self, run: Run, token: str, error: BaseException | None) -> None:
        with self._lock:
            attempt = self._active.get(run.id)
            if attempt is None or attempt.token != token:
                return  # an attempt on an engine that is gone
            if isinstance(error, EngineUnavailable) and not run.cancel_requested:
                return  # `detach` takes it back
            del self._active[run.id]
            if run.cancel_requested:
                self._close(run, JobState.CANCELLED)
            elif error is not None:
                self._close(run, JobState.FAILED, _sentence(error))
            self._pump()

    def _enforce(self, attempt: _Attempt) -> None:
        with self._lock:
            current = self._active.get(attempt.run.id)
            if current is None or current.token != attempt.token:
                return
            # Its worker can add nothing to this: only the last word on the state counts.
            self._close(attempt.run, JobState.CANCELLED)
        self._hard_stop(attempt.future)
        with self._lock:
            if self._active.get(attempt.run.id) is current:
                del self._active[attempt.run.id]
            self._pump()

    def _close(self, run: Run, state: JobState, error: LabError | None = None) -> None:
        """Write how a job ended, unless its worker has, or somebody has resumed it since."""
        # A folder that is gone or damaged must not hold up the others.
        with suppress(LabError, OSError):
            if run.id not in self._waiting and snapshot(run).state.live:
                run.append("state", state=state, **error_values(error))


def error_values(error: LabError | None) -> dict[str, Any]:
    """Return an error as it stands in a progress file."""
    return {"template": error.template, "values": error.values} if error else {}


def _sentence(error: BaseException) -> LabError:
    if isinstance(error, LabError):
        return error
    if type(error).__name__ == "KilledWorker":
        return EngineUnavailable(
            "The worker ended again and again while it ran this, most likely for lack of memory. "
            "Choose a smaller image size, batch or backbone."
        )
    return EngineUnavailable(
        "The engine could not run this job ({kind}). Start it again; if it fails again, tell your teacher.",
        kind=type(error).__name__,
    )
