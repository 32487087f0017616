"""What every worker process does beside its tasks: step back, and load Keras before it is needed."""

import logging
import os
import threading

from distributed import Worker, WorkerPlugin

from tl_core.engine.tasks import resolve

logger = logging.getLogger(__name__)

NICENESS = 10
"""Workers yield the processor to the web process, which answers clicks."""


class LabWorker(WorkerPlugin):
    """Prepares a worker for the lab; the client registers it on every worker, present and future.

    Args:
        threads: TensorFlow threads.
    """

    name = "transfer-learning-lab"

    def __init__(self, threads: int) -> None:
        self.threads = threads

    def setup(self, worker: Worker) -> None:
        """Lower the priority and load Keras in the background, before the first job asks for it."""
        if hasattr(os, "nice"):
            # Threads inherit the niceness of the thread that starts them, and this one starts them all.
            os.nice(NICENESS)
        os.environ["TL_THREADS"] = str(self.threads)
        threading.Thread(target=_warm_up, daemon=True).start()


def _warm_up() -> None:
    try:
        resolve("tl_core.models.warm_up:warm_up")()
    except Exception:
        logger.exception("the worker could not load Keras in advance")
