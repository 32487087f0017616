"""What a worker process does beside its tasks: say what it is, step back, be ready before it is asked."""

import logging
import os
import socket
import threading

from distributed import Worker, WorkerPlugin

from tl_core import settings
from tl_core.engine import versions
from tl_core.engine.tasks import resolve

logger = logging.getLogger(__name__)

NICENESS = 10
"""Workers yield the processor to the web process, which answers clicks."""


class LabWorker(WorkerPlugin):
    """Prepares a worker for the lab.

    Whoever starts a worker gives it one. Were it sent by the client, a worker without the lab could not even
    read it, and would end without a word.

    Args:
        threads: TensorFlow threads.
    """

    name = "transfer-learning-lab"

    def __init__(self, threads: int) -> None:
        self.threads = threads

    def setup(self, worker: Worker) -> None:
        """Describe the worker, lower its priority, and make ready what the first question asks for."""
        _introduce(worker)
        if hasattr(os, "nice"):
            # Threads inherit the niceness of the thread that starts them, and this one starts them all.
            os.nice(NICENESS)
        os.environ["TL_THREADS"] = str(self.threads)
        if "infer" in worker.state.total_resources:  # others load Keras when something trains
            threading.Thread(target=_warm_up, daemon=True).start()


def _introduce(worker: Worker) -> None:
    """Put on record, before the worker registers, what it computes with; see `versions`."""
    description = versions.describe(settings.current())
    worker.startup_information[versions.DESCRIPTION] = lambda _: description
    worker.startup_information[versions.MACHINE] = lambda _: socket.gethostname()
    for amounts in (worker.state.total_resources, worker.state.available_resources):
        amounts[versions.token(description)] = versions.PLENTY


def _warm_up() -> None:
    try:
        resolve("tl_core.answers.warm_up:warm_up")()
    except Exception:
        logger.exception("the worker could not make its networks ready")
