"""The head of a trained run as arrays, for browsers that compute it themselves."""

from tl_core.answers.learned import learned_by
from tl_core.prediction.head import TrainedHead
from tl_core.training import get_training


def live_head(run_id: str) -> TrainedHead:
    """Return the head of a trained run of which no block of the backbone learned.

    Args:
        run_id: id of a run that is done.

    Raises:
        RunNotFound: the run is not there, or not trained.
        ValueError: blocks learned with it: then it is no use by itself.
    """
    learned = learned_by(get_training(run_id))
    if learned.config.unfrozen:
        raise ValueError("blocks learned with this head")
    return learned.head
