"""The web process's side of the engine: start it, watch it, ask it, queue jobs on it.

Policy. One `Engine` a web process, shared by all sessions. A supervisor thread keeps a connection: it
starts the embedded engine (or connects to ``TL_SCHEDULER``), notices when it is gone and starts again;
jobs that were running go on from their last shard or epoch. Questions (`ask`) go to Dask at once. Jobs
wait in this process, oldest first, and only as many as there are training slots are given to Dask: a job
that is not there yet can be cancelled at once, has an exact position, and cannot be blamed for the death
of a worker that another job killed. Everything about a job that a page shows is in the run book.
"""

import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tl_core import settings
from tl_core.datasets import catalogue
from tl_core.engine.embedded import EmbeddedEngine
from tl_core.engine.queue import JobQueue
from tl_core.engine.versions import admit, required
from tl_core.errors import EngineUnavailable, LabError
from tl_core.runs import Run

logger = logging.getLogger(__name__)

WATCH_SECONDS = 0.5
CONNECT_SECONDS = 10
ATTEMPTS = 2
"""Starts in a row without success after which the engine is called unreachable; it goes on trying."""


class EngineState(StrEnum):
    """What the sidebar says of the engine."""

    STARTING = "starting"
    READY = "ready"
    BUSY = "busy"
    RESTARTING = "restarting"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, kw_only=True)
class EngineStatus:
    """The engine at one moment: its state, how many jobs run and wait, and what somebody should mend."""

    state: EngineState
    running: int
    queued: int
    problems: tuple[LabError, ...] = ()


class Engine:
    """A connection to the workers that survives the loss of any of them.

    Args:
        config: the settings; `settings.current()` unless a test says otherwise.

    Example:
        >>> engine = Engine(settings.current())
        >>> engine.start()
        >>> engine.ask("ping", echo="hello", seconds=60)
        'hello'
        >>> engine.stop()
    """

    def __init__(self, config: settings.Settings) -> None:
        self.settings = config
        self._client: Any = None
        self._embedded: EmbeddedEngine | None = None
        self._slots: dict[str, float] = {}
        self._jobs_run: dict[str, int] = {}
        self._problems: tuple[LabError, ...] = ()
        self._failed_starts = 0
        self._was_ready = False
        self._stopped = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._supervise, name="engine", daemon=True)
        self._queue = JobQueue(config.queue_limit, self._hard_stop)

    # Life

    def start(self) -> None:
        """Begin to start or connect, and return at once."""
        self._thread.start()

    def stop(self) -> None:
        """Disconnect, and end the embedded engine if there is one."""
        self._stopped.set()
        self._thread.join()

    def wait(self, seconds: float) -> bool:
        """Wait until the engine is ready; returns whether it is."""
        return self._ready.wait(seconds)

    @property
    def status(self) -> EngineStatus:
        """What the engine is doing now."""
        running, queued = self._queue.counts()
        if self._ready.is_set():
            state = EngineState.BUSY if running or queued else EngineState.READY
        elif self._failed_starts >= ATTEMPTS:
            state = EngineState.UNREACHABLE
        else:
            state = EngineState.RESTARTING if self._was_ready else EngineState.STARTING
        return EngineStatus(state=state, running=running, queued=queued, problems=self._problems)

    # Work

    def ask(self, question: str, /, *, seconds: float, **arguments: Any) -> Any:
        """Return a worker's answer to one of `tasks.TASKS`.

        Args:
            question: its name.
            seconds: how long to wait for the answer.
            **arguments: its arguments.

        Raises:
            EngineUnavailable: the engine is not ready, or gave no answer in time.
            LabError: what the worker raised.
        """
        from distributed import CancelledError  # heavy: only in the process that has an engine
        from distributed.comm import CommClosedError

        client = self._client
        if client is None or not self._ready.is_set():
            for problem in self._problems:
                raise problem
            raise EngineUnavailable("The engine is still starting. Try again in a few seconds.")
        future = _submit(client, question, f"{question}-{uuid.uuid4().hex}", "infer", arguments)
        try:
            return future.result(timeout=seconds)
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

    def submit(self, run: Run) -> None:
        """Queue a job; does nothing when the same job waits, runs or is done.

        Raises:
            QueueFull: too many jobs are waiting; the run is left as it was.
        """
        self._queue.add(run)

    def cancel(self, run: Run) -> None:
        """Stop a job in any phase: at once while it waits, within 5 s while it runs."""
        self._queue.cancel(run)

    def position(self, run: Run) -> int | None:
        """Return how many jobs start before this one, or None if it does not wait here."""
        return self._queue.position(run)

    # Supervision

    def _supervise(self) -> None:
        while not self._stopped.is_set():
            try:
                catalogue.sweep_temporary()
                self._connect()
                self._failed_starts = 0
                self._watch()
            except Exception as error:  # whatever went wrong, the answer is to start again
                self._failed_starts += 1
                self._problems = (error,) if isinstance(error, LabError) else ()
                logger.warning("the engine did not start: %s", error)
            self._ready.clear()
            self._disconnect()
            self._queue.detach()
            self._stopped.wait(min(2**self._failed_starts, 15) if self._failed_starts else 0)

    def _connect(self) -> None:
        from distributed import Client

        from tl_core.engine.security import connect_to_cluster

        if self.settings.scheduler:
            self._client = connect_to_cluster(self.settings, CONNECT_SECONDS)
        else:
            self._embedded = EmbeddedEngine(self.settings.data_dir / "engine.log")
            address = self._embedded.address
            self._client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        self._queue.attach(self._submit_job)

    def _watch(self) -> None:
        """Keep the count of slots up to date until the connection is lost or the engine is stopped."""
        while not self._stopped.wait(WATCH_SECONDS):
            if self._client.status != "running":
                return
            if self._embedded and not self._embedded.running:
                return
            workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
            self._slots, self._problems = admit(workers, self.settings)
            if {"infer", "train"} <= self._slots.keys():
                self._was_ready = True
                self._ready.set()
                self._queue.set_slots(int(self._slots["train"]))
            else:
                self._ready.clear()

    def _disconnect(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            try:
                client.close(timeout=2)
            except Exception:
                logger.debug("the connection did not close cleanly", exc_info=True)
        embedded, self._embedded = self._embedded, None
        if embedded is not None:
            embedded.stop()

    # Jobs, called by the queue

    def _submit_job(self, run: Run, ended: Callable[[BaseException | None], None]) -> Any:
        """Give a job to Dask; `ended` is called with what it raised, or None."""
        from distributed import fire_and_forget

        key = f"job-{run.id}-{uuid.uuid4().hex[:8]}"
        future = _submit(self._client, "job", key, "train", {"run_id": run.id})
        # A cluster goes on with the job when this process ends.
        fire_and_forget(future)

        def close(done: Any) -> None:
            error = _failure(done)
            try:
                if error is None:
                    self._recycle(done)
            finally:
                ended(error)

        future.add_done_callback(close)
        return future

    def _recycle(self, future: Any) -> None:
        """Replace the worker that ran a job after enough of them: each one leaks a few MB in TensorFlow."""
        client = self._client
        if client is None:  # the engine is being stopped
            return
        for worker in client.who_has([future]).get(future.key, ()):
            self._jobs_run[worker] = self._jobs_run.get(worker, 0) + 1
            if self._jobs_run[worker] >= self.settings.recycle_after:
                future.release()  # or Dask would run the job again for its lost result
                del self._jobs_run[worker]
                client.restart_workers([worker], timeout=20, raise_for_error=False)

    def _hard_stop(self, future: Any) -> None:
        """Stop a job that does not look at its cancel flag: restart the worker that runs it."""
        client = self._client
        if client is None:
            return
        workers = [w for w, keys in client.processing().items() if future.key in map(str, keys)]
        future.cancel(force=True)
        if workers:
            client.restart_workers(workers, timeout=20, raise_for_error=False)


def _submit(client: Any, task: str, key: str, resource: str, arguments: dict[str, Any]) -> Any:
    from tl_core.engine.tasks import run_task

    # Questions overtake the feature batches of jobs, which are submitted with priority 0.
    return client.submit(
        run_task,
        task,
        key=key,
        pure=False,
        resources={resource: 1} | required(settings.current()),
        priority=10,
        **arguments,
    )


def _failure(future: Any) -> BaseException | None:
    if future.status == "finished":
        return None
    if future.status == "error":
        error = future.exception()
        return error if isinstance(error, BaseException) else None
    return EngineUnavailable("The engine was lost while this job ran.")
