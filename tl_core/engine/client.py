"""The web process's side of the engine: start it, watch it, ask it, queue jobs on it.

Policy. One `Engine` a web process, shared by all sessions. A supervisor thread keeps a connection: it
starts the embedded engine (or connects to ``TL_SCHEDULER``), notices when it is gone and starts again;
jobs that were running go on from their last shard or epoch. Gone is also an engine that hangs, or that
has lost a worker for good. Questions (`ask`) go to Dask at once. Jobs wait in this process, in a queue for
each of `tasks.LANES`: `fair` says who is next, `beside` who need not wait, `limits` what is too much. Only
as many as there are slots are given to Dask: a job that is not there yet can be cancelled at once, has an
exact position, and cannot be blamed for the death of a worker that another job killed. Everything about a
job that a page shows is in the run book.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from typing import Any

from tl_core import settings
from tl_core.engine.attempts import Attempt, Foresee, Job
from tl_core.engine.connection import SILENT_SECONDS, Connection, patience
from tl_core.engine.questions import Answer, Question
from tl_core.engine.queue import JobQueue
from tl_core.engine.status import EngineState, EngineStatus
from tl_core.engine.submission import submit
from tl_core.engine.tasks import BESIDE, LANES, lane_of
from tl_core.engine.versions import admit
from tl_core.errors import EngineUnavailable, LabError
from tl_core.people import NOBODY, Person, has_key, ownership
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.teacher import is_pupil, only_the_teacher

logger = logging.getLogger(__name__)

WATCH_SECONDS, COMING_SECONDS, LOOK_SECONDS = 0.5, 0.1, 0.5
"""Between two looks at the engine, at one that is not ready yet, and at the queues."""
ATTEMPTS = 2
"""Starts in a row without success after which the engine is called unreachable; it goes on trying."""


class Engine:
    """A connection to the workers that survives the loss of any of them.

    Args:
        config: the settings; `settings.current()` unless a test says otherwise.
        chore: what else to do again and again, such as `housekeeping.sweep_when_due`.
        foresee: tells about what a job takes, as `run_book.expected_cost` does.
        check: refuses a job that somebody may not ask for, as `teacher.photos.check_photos` does.
    """

    def __init__(
        self,
        config: settings.Settings,
        chore: Callable[[], object] = lambda: None,
        foresee: Foresee = lambda run: None,
        check: Callable[[Run, Person], object] = lambda run, by: None,
    ) -> None:
        self.settings = config
        self._chore, self._check = chore, check
        self._one_worker = config.profile == "cloud" and not config.scheduler
        self._connection: Connection | None = None
        self._slots, self._measuring = dict[str, float](), threading.Lock()
        self._problems: tuple[LabError, ...] = ()
        self._failed_starts, self._was_ready, self._expected = 0, False, float("-inf")
        self._stopped, self._answers, self._ready = (threading.Event() for _ in range(3))
        self._threads = [
            threading.Thread(target=work, name="engine", daemon=True)
            for work in (self._supervise, self._look_after_queue)
        ]
        lanes = ("train", "score") if self._one_worker else LANES
        self._queues = {
            lane: JobQueue(config.queue_limit, self._hard_stop, lane, foresee) for lane in lanes
        }

    # Life

    def start(self) -> None:
        """Begin to start or connect, and return at once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Disconnect, and end the embedded engine if there is one."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()
        for queue in self._queues.values():
            queue.end()

    def wait(self, seconds: float) -> bool:
        """Wait until the engine is ready, for jobs too; returns whether it is."""
        return self._ready.wait(seconds)

    @property
    def status(self) -> EngineStatus:
        """What the engine is doing now."""
        running, queued = map(
            sum, zip(*(queue.counts() for queue in self._queues.values()), strict=True)
        )
        if self._answers.is_set():
            state = EngineState.BUSY if running or queued else EngineState.READY
        elif self._failed_starts >= ATTEMPTS:
            state = EngineState.UNREACHABLE
        else:
            state = EngineState.RESTARTING if self._was_ready else EngineState.STARTING
        return EngineStatus(state=state, running=running, queued=queued, problems=self._problems)

    # Work

    def ask(self, question: Question[Answer], /, *, seconds: float, **arguments: Any) -> Answer:
        """Return a worker's answer.

        Where one worker does everything, questions that can wait are put one at a time, and beside no job.

        Args:
            question: one of `tl_core.engine.questions`.
            seconds: how long to wait for the answer.
            **arguments: its arguments.

        Raises:
            EngineUnavailable: the engine is not ready, or gave no answer in time.
            EngineBusy: the measurement has to wait for a job.
            LabError: what the worker raised.
        """
        if question.can_wait and self._one_worker:
            with self._measuring, self._held_back():
                return self._answer(question, seconds, arguments)
        return self._answer(question, seconds, arguments)

    def _answer(
        self, question: Question[Answer], seconds: float, arguments: dict[str, Any]
    ) -> Answer:
        from distributed import CancelledError  # heavy: only in the process that has an engine
        from distributed.comm import CommClosedError

        if question.keras:
            self.expect_training()  # whoever looks at what Keras alone knows is about to train
        connection = self._connection
        if connection is None or not self._answers.is_set():
            for problem in self._problems:
                raise problem
            raise EngineUnavailable("The engine is still starting. Try again in a few seconds.")
        key = f"{question.name}-{uuid.uuid4().hex}"
        future = submit(connection.client, question.name, key, question.resource, arguments)
        try:
            answer: Answer = future.result(timeout=seconds)
            return answer
        except TimeoutError:
            future.cancel()
            raise EngineUnavailable(
                "The engine gave no answer within {seconds} seconds. Try again when it is less busy.",
                seconds=round(seconds),
            ) from None
        except (CancelledError, CommClosedError):
            raise EngineUnavailable(
                "The engine is restarting. Try again in a few seconds."
            ) from None

    def submit(self, run: Run, by: Person = NOBODY) -> None:
        """Queue a job; does nothing when the same job waits, runs or is done, but that it is theirs too.

        What is done and nobody's, as of earlier versions, stays nobody's.

        Raises:
            QueueFull: too many jobs are waiting, or too many of this pupil; the run is left as it was.
            LabError: they may not ask for it.
        """
        self._check(run, by)
        nobodys = snapshot(run).state is JobState.DONE and not ownership.people_of(run.folder)
        always = by.teacher and has_key()
        self._queue_of(run).add(run, by.id, limited=is_pupil(by), always=always)
        if not nobodys:
            ownership.join(run.folder, by.id)

    def put_first(self, run: Run, by: Person) -> None:
        """Let a job that waits here start before all others.

        Raises:
            NotAllowed: somebody else than the teacher asks.
        """
        only_the_teacher(by)
        self._queue_of(run).put_first(run)

    def expect_training(self) -> None:
        """Note that somebody has opened what trains: see `tl_core.engine.readiness`."""
        self._expected = time.monotonic()

    def jobs(self) -> tuple[list[Attempt], list[Job]]:
        """Return what runs, and what waits in the order of each line."""
        active, waiting = zip(*(queue.jobs() for queue in self._queues.values()), strict=True)
        return [*chain(*active)], [*chain(*waiting)]

    def cancel(self, run: Run, by: Person = NOBODY) -> None:
        """Stop a job in any phase: at once while it waits, within 5 s while it runs.

        Raises:
            NotAllowed: it is not theirs alone.
        """
        ownership.check(run.folder, by, ownership.RUN, alone=True)
        self._queue_of(run).cancel(run)

    def position(self, run: Run) -> int | None:
        """Return how many jobs start before this one, or None if it does not wait, here or elsewhere."""
        return self._queue_of(run).position(run)

    def seconds_until_start(self, run: Run) -> float | None:
        """Return in how many seconds a waiting job starts, or None if nothing tells."""
        return self._queue_of(run).seconds_until_start(run)

    def _queue_of(self, run: Run) -> JobQueue:
        lane = lane_of(run.kind)
        return self._queues[lane if lane in self._queues else LANES[0]]

    @contextmanager
    def _held_back(self) -> Iterator[None]:
        """Give the engine no job inside the block; raises `EngineBusy` as `JobQueue.held_back` does."""
        with ExitStack() as stack:
            for queue in self._queues.values():
                stack.enter_context(queue.held_back())
            yield

    # Supervision

    def _supervise(self) -> None:
        while not self._stopped.is_set():
            try:
                self._chore()
                began = time.monotonic()
                self._connection = Connection(self.settings, self._stopped.is_set)
                for queue in self._queues.values():
                    queue.attach(self._connection.jobs.submit)
                self._failed_starts = 0
                self._watch(self._connection, patience(time.monotonic() - began))
            except Exception as error:  # whatever went wrong, the answer is to start again
                self._failed_starts += 1
                self._problems = (error,) if isinstance(error, LabError) else ()
                logger.warning("the engine did not start: %s", error)
            self._answers.clear()
            self._ready.clear()
            self._disconnect()
            for queue in self._queues.values():
                queue.detach()
            self._stopped.wait(min(2**self._failed_starts, 15) if self._failed_starts else 0)

    def _watch(self, connection: Connection, patience: float) -> None:
        """Keep the count of slots up to date until the engine is lost or stopped.

        Args:
            connection: to the engine.
            patience: seconds that a resource may be missing before the embedded engine is called lost.
        """
        complete = time.monotonic()
        while not self._stopped.wait(WATCH_SECONDS if self._ready.is_set() else COMING_SECONDS):
            self._chore()
            if connection.lost:
                return
            try:
                workers = connection.workers()
                self._slots, self._problems = admit(workers.values(), self.settings)
            except TimeoutError:
                logger.warning("the scheduler has not answered for %s s", SILENT_SECONDS)
                return
            connection.jobs.readiness.look(self._expected, workers)
            if "infer" in self._slots:  # questions need no more than that
                self._answers.set()
            else:
                self._answers.clear()
                self._ready.clear()
            if {"infer", "train"} <= self._slots.keys():
                complete, self._was_ready = time.monotonic(), True
                self._ready.set()
                for lane, queue in self._queues.items():
                    aside = self._slots.get(BESIDE, 0) if lane == LANES[0] else 0
                    queue.set_slots(int(self._slots.get(lane, 0)), int(aside))
                continue
            if connection.embedded and time.monotonic() - complete > patience:
                logger.warning("a worker has been missing for %.0f s", patience)
                return

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection:
            connection.close()

    def _hard_stop(self, future: Any) -> None:
        if connection := self._connection:  # or the engine is gone, and the job with it
            connection.jobs.hard_stop(future)

    def _look_after_queue(self) -> None:
        """Apart from `_supervise`, which may wait for an engine that is slow to start or to answer."""
        while not self._stopped.wait(LOOK_SECONDS):
            for queue in self._queues.values():
                try:
                    queue.look()
                except Exception:  # whatever it was, the next look may do better
                    logger.exception("the queue could not be looked after")
