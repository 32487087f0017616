"""Jobs in order of arrival, in the web process; see `tl_core.engine.client` for the policy.

What a job is doing is what this queue holds, and the file follows: a word that the disk does not take is kept
and written again (`look`), and a stop holds whether or not the flag for it could be written.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from tl_core import runs, settings
from tl_core.engine import places
from tl_core.engine.attempts import Attempt, Job, SubmitJob
from tl_core.engine.last_words import LastWords
from tl_core.engine.loss import losses_borne
from tl_core.engine.pace import Pace
from tl_core.engine.sentences import queue_full, sentence_of
from tl_core.engine.tasks import LANES
from tl_core.errors import EngineBusy, LabError, RunNotFound
from tl_core.machine.refusals import REFUSED
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState, Standing, hold, owner_of, recorded, snapshot

logger = logging.getLogger(__name__)

GRACE_SECONDS = 3.5
"""How long a running job gets to see its cancel flag before its worker is restarted."""


class JobQueue:
    """Which jobs wait, and which are with the engine. Safe to use from any thread.

    Args:
        limit: most jobs that may wait.
        hard_stop: ends the worker that runs a future; may take seconds.
        lane: what its jobs need of a worker, one of `tasks.LANES`.
    """

    def __init__(self, limit: int, hard_stop: Callable[[Any], None], lane: str = LANES[0]) -> None:
        self._lane, self._limit = lane, limit
        self._hard_stop = hard_stop
        self._lock = threading.RLock()
        self._waiting: dict[str, Job] = {}
        self._active: dict[str, Attempt] = {}
        self._stopping: set[str] = set()
        self._enforced: set[str] = set()
        self._words = LastWords()
        self._held_back = False
        self._submit: SubmitJob | None = None
        self._slots = 0
        self._pace = Pace()
        self._token = uuid.uuid4().hex
        self._board = places.Board(self._token)
        hold(self._token, self)

    # What is where

    def counts(self) -> tuple[int, int]:
        """Return how many jobs run and how many wait."""
        with self._lock:
            return len(self._active), len(self._waiting)

    def position(self, run: Run) -> int | None:
        """Return how many jobs are before `run`, those that run included; None if it does not wait."""
        with self._lock:
            job = self._waiting.get(run.id)
            before = len(self._active) + list(self._waiting).index(run.id) if job else 0
        scheduler = settings.current().scheduler
        if job is None:
            return places.position(owner_of(run).get("queue", ""), run.id)
        if not scheduler:
            return before
        return before + sum(
            line.before(job.arrived) for line in self._board.others(scheduler, self._lane)
        )

    def seconds_until_start(self, run: Run) -> float | None:
        """Return in how many seconds a waiting job starts, by the pace so far; None if nothing tells."""
        with self._lock:
            if run.id not in self._waiting:
                return None
            waiting = (self.position(run) or 0) - len(self._active)
            return self._pace.seconds_until_start(self._left(), waiting, self._slots)

    def standing(self, run_id: str) -> Standing | None:
        """Return how a run stands here, or None if it is not held."""
        with self._lock:
            if run_id not in self._waiting and (ended := self._words.standing(run_id)):
                return ended
            if run_id in self._waiting or run_id in self._active:
                return Standing(cancelling=run_id in self._stopping)
            return None

    # What people ask

    def add(self, run: Run) -> None:
        """Append a job, unless it waits, runs, or is done already.

        Raises:
            QueueFull: `limit` jobs are waiting.
            DiskUnusable: the disk does not take it.
        """
        with self._lock:
            state = snapshot(run).state
            if run.id in self._waiting or state is JobState.DONE:
                return
            if state.live:  # here, or with another web process of the same cluster
                return
            if len(self._waiting) >= self._limit:
                known = [seconds for seconds in self._left() if seconds is not None]
                raise queue_full(self._limit, min(known, default=None))
            run.withdraw_cancel()
            self._enqueue(run)
            self._words.forget(run)
            self._stopping.discard(run.id)
            self._waiting[run.id] = Job(run=run)
            self._pump()

    def cancel(self, run: Run) -> None:
        """Take a job out of the queue, or ask its worker to stop and see to it that it does."""
        with self._lock:
            if self._waiting.pop(run.id, None):
                self._close(run, JobState.CANCELLED)
                return
            if not snapshot(run).state.live:
                return
            attempt = self._active.get(run.id)
            if attempt:
                self._see_to_stop(attempt)
            try:
                run.request_cancel()
            except REFUSED:
                if not attempt:  # another process has it, and cannot be told
                    raise

    def look(self) -> None:
        """Heed what other processes ask for, and write what could not be written; called twice a second."""
        with self._lock:
            for job in list(self._waiting.values()):
                if job.run.cancel_requested:
                    self.cancel(job.run)
            for attempt in list(self._active.values()):
                if attempt.job.run.cancel_requested:
                    self._see_to_stop(attempt)
            for word in self._words.kept():
                self._close(*word)
            active, waiting = [a.job for a in self._active.values()], [*self._waiting.values()]
        self._board.show(places.line_of(self._lane, active, waiting))

    def end(self) -> None:
        """Let go of all jobs: nobody moves them on any more."""
        with self._lock:
            self._waiting, self._active = {}, {}
        self._board.remove()

    # What the engine does

    def attach(self, submit: SubmitJob) -> None:
        """Begin to give jobs to an engine."""
        with self._lock:
            self._submit = submit

    def set_slots(self, slots: int) -> None:
        """Tell how many jobs the engine can run at once."""
        with self._lock:
            self._slots = slots
            self._pump()

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Give the engine no job inside the block; one block at a time.

        Raises:
            EngineBusy: a job runs or waits: it comes first.
        """
        with self._lock:
            if self._active or self._waiting:
                raise EngineBusy("A job is running. This is measured when the engine is free.")
            self._held_back = True
        try:
            yield
        finally:
            with self._lock:
                self._held_back = False
                self._pump()

    def detach(self) -> None:
        """Take the jobs of a lost engine back, in front of those that wait."""
        with self._lock:
            self._submit, self._slots = None, 0
            lost, self._active = self._active, {}
            returned = {}
            for attempt in lost.values():
                if self._returns(attempt.job.run):
                    returned[attempt.job.run.id] = attempt.job
            self._waiting = returned | self._waiting

    def _returns(self, run: Run) -> bool:
        """Whether the job of a lost attempt is to go on; writes what it is now."""
        if self._to_stop(run):
            self._close(run, JobState.CANCELLED)
            return False
        try:
            if not recorded(run)[0].state.live:
                return False
            self._enqueue(run)
        except RunNotFound:
            return False
        except REFUSED:  # it waits all the same, and the file says that it lives
            logger.warning("run %s: its place in the queue could not be written", run.id)
        return True

    def _enqueue(self, run: Run) -> None:
        run.append("state", state=JobState.QUEUED, owner=runs.owner(self._token))

    def _pump(self) -> None:
        while self._submit and len(self._active) < self._slots and not self._held_back:
            # A job may be resumed before the engine has said that its last attempt is over.
            ready = [job for job in self._waiting.values() if job.run.id not in self._active]
            if not ready:
                return
            job, token = ready[0], uuid.uuid4().hex
            try:
                future = self._submit(job.run, job.key, partial(self._ended, job.run, token))
            except Exception as error:  # it keeps its place until the engine is there again
                logger.warning("a job could not be given to the engine: %s", error)
                return
            del self._waiting[job.run.id]
            self._active[job.run.id] = Attempt(job, token, future, time.monotonic())

    def _ended(self, run: Run, token: str, error: BaseException | None) -> None:
        with self._lock:
            attempt = self._active.get(run.id)
            if attempt is None or attempt.token != token:
                return  # an attempt on an engine that is gone
            del self._active[run.id]
            if self._to_stop(run):
                self._close(run, JobState.CANCELLED)
            elif error is not None and attempt.job.losses < losses_borne(error):
                self._take_back(attempt)
                return  # its turn comes with the next look at the engine, if that is still there
            elif error is not None:
                self._close(run, JobState.FAILED, sentence_of(error))
            else:
                self._pace.add(time.monotonic() - attempt.started)
                self._close(run, JobState.DONE)  # its worker could not write that
            self._pump()

    def _take_back(self, attempt: Attempt) -> None:
        run = attempt.job.run
        if self._returns(run) and run.id not in self._waiting:
            again = Job(run=run, arrived=attempt.job.arrived, losses=attempt.job.losses + 1)
            self._waiting = {run.id: again} | self._waiting

    # Stopping, and the last word

    def _to_stop(self, run: Run) -> bool:
        return run.id in self._stopping or run.cancel_requested

    def _see_to_stop(self, attempt: Attempt) -> None:
        self._stopping.add(attempt.job.run.id)
        if attempt.token in self._enforced:
            return
        self._enforced.add(attempt.token)
        timer = threading.Timer(GRACE_SECONDS, self._enforce, [attempt])
        timer.daemon = True
        timer.start()

    def _enforce(self, attempt: Attempt) -> None:
        run = attempt.job.run
        with self._lock:
            self._enforced.discard(attempt.token)
            current = self._active.get(run.id)
            if current is None or current.token != attempt.token:
                return
            # Its worker can add nothing to this: only the last word on the state counts.
            self._close(run, JobState.CANCELLED)
        try:
            self._hard_stop(attempt.future)
        except Exception as error:  # the engine is going, and takes its workers along
            logger.warning("the worker of run %s could not be restarted: %s", run.id, error)
        with self._lock:
            if self._active.get(run.id) is current:
                del self._active[run.id]
            self._pump()

    def _close(self, run: Run, state: JobState, error: LabError | None = None) -> None:
        """Write how a job ended, unless its worker has, or somebody has resumed it since."""
        self._words.forget(run)
        if run.id not in self._waiting:
            self._stopping.discard(run.id)
            self._words.write(run, state, error)

    def _left(self) -> list[float | None]:
        return [self._pace.seconds_left(a.job.run, a.started) for a in self._active.values()]
