"""One photo through a trained run."""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tl_core.answers.learned import learned_by
from tl_core.results import scores
from tl_core.results.answers import ClassScores
from tl_core.training import Training, get_training

Network = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""``(n, size, size, 3) uint8 0..255`` -> logits, ``(n, classes)`` or ``(n, 1)``."""


def predict(run_id: str, pixels: NDArray[np.uint8]) -> ClassScores:
    """Return how sure a trained run is of every class.

    Args:
        run_id: id of a run that is done.
        pixels: ``(size, size, 3) uint8`` at the run's input size, from `images.model_input`.

    Raises:
        RunNotFound: the run is not there, or not trained.
        WeightsMissing: its backbone's weights are not on this machine.
    """
    network = trained_network(get_training(run_id))
    start = time.perf_counter()
    outputs = network(pixels[np.newaxis])
    return ClassScores(
        shares=tuple(scores.probabilities(outputs)[0].tolist()),
        logits=tuple(outputs[0].tolist()),
        milliseconds=(time.perf_counter() - start) * 1000,
    )


def trained_network(run: Training) -> Network:
    """Return a trained run as one function from pixels to its outputs; parts that are cached stay cached.

    Args:
        run: a training that has results.

    Raises:
        RunNotFound: the run is not trained, or its files are damaged.
        WeightsMissing: its backbone's weights are not on this machine.
    """
    return learned_by(run).logits
