"""One photo through a trained run, spoilt more and more."""

import numpy as np
from numpy.typing import NDArray

from tl_core.answers.prediction import trained_network
from tl_core.prediction.damage import LEVELS, Broken, damaged
from tl_core.results import scores
from tl_core.training import get_training


def break_photo(run_id: str, pixels: NDArray[np.uint8], kind: str, seed: int = 0) -> Broken:
    """Return how sure a trained run is of every class at each level of a damage, all in one batch.

    Args:
        run_id: id of a run that is done.
        pixels: ``(size, size, 3) uint8`` at the run's input size, from `images.model_input`.
        kind: name of a `Damage`.
        seed: of chance, from 0.

    Raises:
        SettingInvalid: there is no such damage.
        RunNotFound: the run is not there, or not trained.
        WeightsMissing: its backbone's weights are not on this machine.
    """
    batch = np.stack([damaged(pixels, kind, level, seed) for level in range(LEVELS)])
    network = trained_network(get_training(run_id))
    return Broken(shares=scores.probabilities(network(batch)))
