"""How questions and jobs are given to Dask, and what becomes of the worker that ran them."""

from collections.abc import Callable
from typing import Any

from tl_core import settings
from tl_core.engine.loss import EngineLost
from tl_core.engine.readiness import Readiness
from tl_core.engine.tasks import BESIDE, run_task
from tl_core.engine.versions import required
from tl_core.runs import Run

RESTART_SECONDS = 20
LARGE_BYTES = {"classroom": 550_000_000, "cloud": 1_000_000_000}
"""Profile -> what a worker that trains may hold between two jobs; Keras alone takes about 350 MB. In the
cloud profile it predicts too."""


def submit(client: Any, task: str, key: str, resource: str, arguments: dict[str, Any]) -> Any:
    """Give one of `tasks.TASKS` to a worker that holds `resource`; returns the future."""
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


def worn(jobs: int, held: int, config: settings.Settings) -> bool:
    """Whether a worker that has trained is to be replaced by a fresh one.

    Args:
        jobs: that it has run.
        held: bytes of memory that it holds after the last one.
        config: the settings.
    """
    return jobs >= config.recycle_after or held > LARGE_BYTES[config.profile]


class Jobs:
    """The jobs of one connection.

    Args:
        client: Dask's.
        config: the settings.
    """

    def __init__(self, client: Any, config: settings.Settings) -> None:
        self._client = client
        self._config = config
        self.readiness = Readiness(client, None if config.scheduler else self._restart)
        self._jobs_run: dict[str, int] = {}

    def submit(
        self, run: Run, key: str, ended: Callable[[BaseException | None], None], place: str
    ) -> Any:
        """Give a job to Dask; `ended` is called with what it raised, or None.

        Args:
            run: the job.
            key: what Dask knows it by, with the run's id.
            ended: called once.
            place: what it needs of a worker, one of `tasks.LANES` or `tasks.BESIDE`.
        """
        from distributed import fire_and_forget

        if place == "train":
            self.readiness.begins(key)
        future = submit(self._client, "job", f"job-{run.id}-{key}", place, {"run_id": run.id})
        # A cluster goes on with the job when this process ends.
        fire_and_forget(future)

        def close(done: Any) -> None:
            error = _failure(done)
            try:
                if error is None and place == "train":  # predicting leaks nothing worth a restart
                    self._recycle(done)
                elif error is None and place in (BESIDE, "export"):
                    self._recycle(done, always=True)  # its memory is for others until the next one
            finally:
                if place == "train":
                    self.readiness.ends(key)
                ended(error)

        future.add_done_callback(close)
        return future

    def _recycle(self, future: Any, always: bool = False) -> None:
        """Replace the worker that ran a job once it is worn: each one leaks a few MB in TensorFlow."""
        held = int(future.result(timeout=RESTART_SECONDS))
        for worker in self._client.who_has([future]).get(future.key, ()):
            self._jobs_run[worker] = self._jobs_run.get(worker, 0) + 1
            replaced = always or worn(self._jobs_run[worker], held, self._config)
            if replaced and not self._busy(worker):
                future.release()  # or Dask would run the job again for its lost result
                del self._jobs_run[worker]
                self._restart([worker])

    def _busy(self, worker: str) -> bool:
        return bool(self._client.processing([worker]).get(worker))

    def hard_stop(self, future: Any) -> None:
        """Stop a job that does not look at its cancel flag: restart the worker that runs it."""
        processing = self._client.processing().items()
        workers = [worker for worker, keys in processing if future.key in map(str, keys)]
        future.cancel(force=True)
        if workers:
            self._restart(workers)

    def _restart(self, workers: list[str]) -> None:
        self._client.restart_workers(workers, timeout=RESTART_SECONDS, raise_for_error=False)


def _failure(future: Any) -> BaseException | None:
    if future.status == "finished":
        return None
    if future.status == "error":
        error = future.exception()
        return error if isinstance(error, BaseException) else None
    return EngineLost("The engine was lost while this job ran.")
