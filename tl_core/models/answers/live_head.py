"""The head of a trained run as arrays, for browsers that compute it themselves."""

import numpy as np

from tl_core.models.answers.prediction import learned_part
from tl_core.prediction.live import LiveHead
from tl_core.training import CERTAIN, get_training


def live_head(run_id: str) -> LiveHead:
    """Return the head of a trained run of which no block of the backbone learned.

    Args:
        run_id: id of a run that is done.

    Raises:
        RunNotFound: the run is not there, or not trained.
        ValueError: blocks learned with it: then it is no use by itself.
    """
    run = get_training(run_id)
    unfrozen, head = learned_part(run)
    if unfrozen:
        raise ValueError(f"{unfrozen} blocks learned with this head")
    arrays = tuple(np.asarray(array, np.float32) for array in head.get_weights())
    wrong = "one-unit" in run.settings.mistakes
    return LiveHead(arrays=arrays, constant=CERTAIN if wrong else None)
