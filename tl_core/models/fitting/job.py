"""The job that trains, and what it makes ready for those who ask about its result."""

import threading

from tl_core import runs
from tl_core.answers.networks import own_name
from tl_core.models.fitting.training import run_training
from tl_core.models.networks.engines import make_ready
from tl_core.results.metrics import read_model
from tl_core.training import Training


def run_training_job(run: runs.Run) -> None:
    """Train; see `run_training`.

    A network of which blocks learned is exported afterwards, while Keras is there: whoever asks about it
    needs no process of its own. The result does not wait for that, and it is made again where it is missing.
    """
    run_training(run)
    training = Training.of(run)
    if read_model(training).unfrozen:
        threading.Thread(target=make_ready, args=[own_name(training)], daemon=True).start()
