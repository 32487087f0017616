"""What a worker process does beside its tasks: say what it is, step back, be ready in time, and tidy up."""

import logging
import os
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

from distributed import Worker, WorkerPlugin
from distributed.core import Status

from tl_core import settings
from tl_core.engine import versions
from tl_core.engine.tasks import resolve
from tl_core.machine import memory

logger = logging.getLogger(__name__)

WORKER = "lab-"
"""How the system's list of processes calls a worker, before what it is there for."""
NAMES = {"infer": "infer", "train": "train", "data": "side"}
"""Resource -> the rest of that name, for the worker that holds it; the first one counts."""
FIRST = {
    "answers": "tl_core.answers.warm_up:warm_up",
    "trainings": "tl_core.models.warm_up:warm_up",
}
"""What a worker is for -> what loads what it will need."""
REST_SECONDS = 5.0
"""How long a worker has nothing to do until it tidies up: that takes a few tenths of a second."""
ENDED = (Status.closing, Status.closed, Status.failed)
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
        _sign(worker)
        if hasattr(os, "nice"):
            # Threads inherit the niceness of the thread that starts them, and this one starts them all.
            os.nice(NICENESS)
        os.environ["TL_THREADS"] = str(self.threads)
        threading.Thread(target=_tidy_at_rest, args=[worker], daemon=True).start()
        if "infer" in worker.state.total_resources:  # for others, see `tl_core.engine.readiness`
            if settings.current().profile == "classroom":
                memory.keep_until_asked()  # photos and features come and go all the time
            threading.Thread(target=_make_ready, args=["answers"], daemon=True).start()


def _introduce(worker: Worker) -> None:
    """Put on record, before the worker registers, what it computes with; see `versions`."""
    description = versions.describe(settings.current())
    worker.startup_information[versions.DESCRIPTION] = lambda _: description
    worker.startup_information[versions.MACHINE] = lambda _: socket.gethostname()
    for amounts in (worker.state.total_resources, worker.state.available_resources):
        amounts[versions.token(description)] = versions.PLENTY


def _sign(worker: Worker) -> None:
    """Let the system's list of processes say what the worker is there for: they are all called python."""
    place = next((name for name in NAMES if name in worker.state.total_resources), "worker")
    with suppress(OSError):  # Linux alone has it
        Path("/proc/self/comm").write_text(WORKER + NAMES.get(place, place))


def prepare() -> None:
    """Load Keras for a training that somebody may ask for soon; runs in a worker, and returns at once."""
    threading.Thread(target=_make_ready, args=["trainings"], daemon=True).start()


def _tidy_at_rest(worker: Worker) -> None:
    """Give memory back whenever the worker has come to rest: questions and feature batches leave much."""
    tidied = seen = 0
    while worker.status not in ENDED:
        time.sleep(REST_SECONDS)
        moved, seen = seen != worker.state.transition_counter, worker.state.transition_counter
        if not moved and seen != tidied and not worker.state.executing_count:
            memory.tidy()
            tidied = seen


def _make_ready(work: str) -> None:
    try:
        resolve(FIRST[work])()
    except Exception:
        logger.exception("the worker could not be made ready for %s", work)
