"""What every worker process does beside its tasks: step back, warm up, and retire in time."""

import logging
import os
import threading
from typing import Any

from distributed import Worker, WorkerPlugin

from tl_core.engine.tasks import resolve

logger = logging.getLogger(__name__)

NICENESS = 10
"""Workers yield the processor to the web process, which answers clicks."""

JOB_PREFIX = "job-"
"""Keys of tasks that are jobs of the run book start with this."""


class LabWorker(WorkerPlugin):
    """Prepares a worker for the lab; the client registers it on every worker, present and future.

    Args:
        recycle_after: jobs after which the worker is replaced: each one leaks a few MB in TensorFlow.
        threads: TensorFlow threads.
    """

    name = "transfer-learning-lab"

    def __init__(self, recycle_after: int, threads: int) -> None:
        self.recycle_after = recycle_after
        self.threads = threads

    def setup(self, worker: Worker) -> None:
        """Lower the priority and load Keras in the background, before the first job asks for it."""
        self.worker = worker
        self.ended_jobs = 0
        if hasattr(os, "nice"):
            # Threads inherit the niceness of the thread that starts them, and this one starts them all.
            os.nice(NICENESS)
        os.environ["TL_THREADS"] = str(self.threads)
        threading.Thread(target=_warm_up, daemon=True).start()

    def transition(self, key: str, start: str, finish: str, **_: Any) -> None:
        """Count ended jobs, and let the nanny replace the worker after enough of them."""
        if start == "executing" and finish in ("memory", "error") and key.startswith(JOB_PREFIX):
            self.ended_jobs += 1
            if self.ended_jobs == self.recycle_after:
                self.worker.loop.add_callback(self.worker.close_gracefully, restart=True)


def _warm_up() -> None:
    try:
        resolve("tl_core.models.warm_up:warm_up")()
    except Exception:
        logger.exception("the worker could not load Keras in advance")
