"""Jobs that wait and jobs that run, in the web process; see `tl_core.engine.client` for the policy.

What a job is doing is what this queue holds, and the file follows: a word that the disk does not take is kept
and written again (`look`), and a stop holds whether or not the flag for it could be written.
"""

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any

from tl_core import runs
from tl_core.engine import beside, places
from tl_core.engine.attempts import Attempt, Foresee, Job, SubmitJob
from tl_core.engine.fair import FairLine
from tl_core.engine.held import Held
from tl_core.engine.limits import QueueLimits
from tl_core.engine.loss import losses_borne
from tl_core.engine.sentences import sentence_of
from tl_core.engine.stops import Stops
from tl_core.engine.tasks import BESIDE, LANES
from tl_core.errors import EngineBusy, LabError, RunNotFound
from tl_core.machine.refusals import REFUSED
from tl_core.people import ownership
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState, hold, recorded, snapshot

logger = logging.getLogger(__name__)


class JobQueue(Held):
    """Which jobs wait, and which are with the engine. Safe to use from any thread.

    Args:
        limit: most jobs that may wait.
        hard_stop: ends the worker that runs a future; may take seconds.
        lane: what its jobs need of a worker, one of `tasks.LANES`.
        foresee: tells about what a job takes.
    """

    def __init__(
        self,
        limit: int,
        hard_stop: Callable[[Any], None],
        lane: str = LANES[0],
        foresee: Foresee = lambda run: None,
    ) -> None:
        super().__init__(lane)
        self._hard_stop, self._foresee = hard_stop, foresee
        self._limits = QueueLimits(limit)
        self._stops = Stops(self._enforce)
        self._held_back = False
        self._submit: SubmitJob | None = None
        self._slots_beside = 0
        hold(self._token, self)

    # What people ask

    def add(
        self, run: Run, person: str = "", *, limited: bool = False, always: bool = False
    ) -> None:
        """Let a job wait for its turn, unless it waits, runs, or is done already.

        Args:
            run: the job.
            person: mark of who asks for it, and is listed as its owner; empty for nobody in particular.
            limited: whether a pupil asks, who may have so many waiting, and running for so long.
            always: whether the teacher of a class asks, for whom there is always room.

        Raises:
            QueueFull: `limit` jobs are waiting, or as many of this pupil as may.
            NotAllowed: this pupil's job was stopped for its time, and would be again.
            DiskUnusable: the disk does not take it.
        """
        with self._lock:
            shot = snapshot(run)
            if run.id in self._waiting or shot.state is JobState.DONE:
                return
            if shot.state.live:  # here, or with another web process of the same cluster
                return
            if limited:
                self._limits.check_time(shot.error, shot.spent)
            if not always:
                self._limits.check(
                    self._waiting, person if limited else None, self._others(), self._left()
                )
            ownership.join(run.folder, person)  # before it begins: the job may ask whose it is
            run.withdraw_cancel()
            self._enqueue(run, person)
            self._words.forget(run)
            self._stops.forget(run)
            cost = self._foresee(run)
            job = Job(run=run, person=person, limited=limited, cost=cost, spent=shot.spent)
            self._waiting.put(job)
            self._pump()

    def put_first(self, run: Run) -> None:
        """Let a job that waits start before all others."""
        with self._lock:
            if job := self._waiting.get(run.id):
                self._waiting.put_ahead(job)

    def cancel(self, run: Run) -> None:
        """Take a job out of the queue, or ask its worker to stop and see to it that it does."""
        with self._lock:
            if self._waiting.remove(run.id):
                self._close(run, JobState.CANCELLED)
                return
            if not snapshot(run).state.live:
                return
            attempt = self._active.get(run.id)
            if attempt:
                self._stops.see_to(attempt)
            try:
                run.request_cancel()
            except REFUSED:
                if not attempt:  # another process has it, and cannot be told
                    raise

    def look(self) -> None:
        """Heed what other processes ask for, and write what could not be written; called twice a second."""
        with self._lock:
            for job in list(self._waiting):
                if job.run.cancel_requested:
                    self.cancel(job.run)
            for attempt in list(self._active.values()):
                if attempt.job.run.cancel_requested:
                    self._stops.see_to(attempt)
                elif reason := self._limits.overdue(attempt):
                    self._stops.see_to(attempt, reason)
                    with suppress(*REFUSED):  # its worker is ended all the same
                        attempt.job.run.request_cancel(reason)
            for word in self._words.kept():
                self._close(*word)
            active, waiting = [a.job for a in self._active.values()], list(self._waiting)
        self._board.show(places.line_of(self._lane, active, waiting))

    def end(self) -> None:
        """Let go of all jobs: nobody moves them on any more."""
        with self._lock:
            self._waiting, self._active = FairLine(), {}
        self._board.remove()

    # What the engine does

    def attach(self, submit: SubmitJob) -> None:
        """Begin to give jobs to an engine."""
        with self._lock:
            self._submit = submit

    def set_slots(self, slots: int, beside: int = 0) -> None:
        """Tell how many jobs the engine can run at once, and how many small ones beside those."""
        with self._lock:
            self._slots, self._slots_beside = slots, beside
            self._pump()

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Give the engine no job inside the block; one block at a time.

        Raises:
            EngineBusy: a job runs or waits: it comes first.
        """
        with self._lock:
            if self._active or self._waiting:
                raise EngineBusy(
                    "A job is running or waiting. This is measured when the engine is free."
                )
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
            self._submit, self._slots, self._slots_beside = None, 0, 0
            lost, self._active = self._active, {}
            back = (replace(a.job, spent=a.spent) for a in lost.values() if self._returns(a.job))
            self._waiting.put_ahead(*back)

    def _returns(self, job: Job) -> bool:
        """Whether the job of a lost attempt is to go on; writes what it is now."""
        run = job.run
        if self._stops.wanted(run):
            self._close(run, JobState.CANCELLED, self._stops.reason(run))
            return False
        try:
            if not recorded(run)[0].state.live:
                return False
            self._enqueue(run, job.person)
        except RunNotFound:
            return False
        except REFUSED:  # it waits all the same, and the file says that it lives
            logger.warning("run %s: its place in the queue could not be written", run.id)
        return True

    def _enqueue(self, run: Run, person: str) -> None:
        run.append("state", state=JobState.QUEUED, owner=runs.owner(self._token, person))

    def _pump(self) -> None:
        while self._submit and not self._held_back and (found := self._next()):
            (job, place), token = found, uuid.uuid4().hex
            try:
                future = self._submit(job.run, job.key, partial(self._ended, job.run, token), place)
            except Exception as error:  # it keeps its place until the engine is there again
                logger.warning("a job could not be given to the engine: %s", error)
                return
            self._waiting.start(job.run.id)
            self._active[job.run.id] = Attempt(job, token, future, time.monotonic(), place)

    def _next(self) -> tuple[Job, str] | None:
        """Return the job that is to start now, and the place that it takes."""
        # A job may be resumed before the engine has said that its last attempt is over.
        ready = [job for job in self._waiting if job.run.id not in self._active]
        running = list(self._active.values())
        if (taken := beside.main_places(running)) < self._slots and ready:
            return ready[0], self._lane
        if len(running) - taken < self._slots_beside and (small := beside.choose(ready, running)):
            return small, BESIDE
        return None

    def _ended(self, run: Run, token: str, error: BaseException | None) -> None:
        with self._lock:
            attempt = self._active.get(run.id)
            if attempt is None or attempt.token != token:
                return  # an attempt on an engine that is gone
            del self._active[run.id]
            if self._stops.wanted(run):
                self._close(run, JobState.CANCELLED, self._stops.reason(run))
            elif error is not None and attempt.job.losses < losses_borne(error):
                self._take_back(replace(attempt.job, spent=attempt.spent))
                return  # its turn comes with the next look at the engine, if that is still there
            elif error is not None:
                self._close(run, JobState.FAILED, sentence_of(error))
            else:
                self._pace.add(time.monotonic() - attempt.started)
                self._close(run, JobState.DONE)  # its worker could not write that
            self._pump()

    def _take_back(self, job: Job) -> None:
        if self._returns(job) and job.run.id not in self._waiting:
            self._waiting.put_ahead(replace(job, losses=job.losses + 1))

    # Stopping, and the last word

    def _enforce(self, attempt: Attempt) -> None:
        run = attempt.job.run
        with self._lock:
            self._stops.over(attempt)
            current = self._active.get(run.id)
            if current is None or current.token != attempt.token:
                return
            # Its worker can add nothing to this: only the last word on the state counts.
            self._close(run, JobState.CANCELLED, self._stops.reason(run))
        with self._stops.expecting_loss(run):
            self._hard_stop(attempt.future)
        with self._lock:
            if self._active.get(run.id) is current:
                del self._active[run.id]
            self._pump()

    def _close(self, run: Run, state: JobState, error: LabError | None = None) -> None:
        """Write how a job ended, unless its worker has, or somebody has resumed it since."""
        self._words.forget(run)
        if run.id not in self._waiting:
            self._stops.forget(run)
            self._words.write(run, state, error)
