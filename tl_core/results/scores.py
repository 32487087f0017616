"""From logits to what a person reads: probabilities, and how many of which class were taken for which."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def probabilities(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return class probabilities.

    Args:
        logits: ``(n, classes)`` for a softmax, or ``(n, 1)`` for a sigmoid of the second class.

    Returns:
        ``(n, classes) float64``; each row sums to 1. Where a training has run away and the logits are not
        numbers, nothing is known: every class gets the same.
    """
    values = _of_every_class(logits)
    exponents = np.exp(values - values.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = exponents / exponents.sum(axis=1, keepdims=True)
    return shares


def above_mean(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return how much each class's logit is above the mean of all: what the probabilities follow from alone.

    Args:
        logits: as for `probabilities`.

    Returns:
        ``(n, classes) float64``; each row sums to 0, and is 0 where the logits are not numbers.
    """
    values = _of_every_class(logits)
    above: NDArray[np.float64] = values - values.mean(axis=1, keepdims=True)
    return above


def _of_every_class(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    values = logits.astype(np.float64)
    if values.shape[1] == 1:  # a sigmoid is a softmax over (0, logit)
        values = np.hstack([np.zeros_like(values), values])
    return np.where(np.isfinite(values).all(axis=1, keepdims=True), values, 0.0)


def confusion_matrix(truth: NDArray[Any], guesses: NDArray[Any], classes: int) -> NDArray[np.int64]:
    """Return counts, ``(classes, classes) int64``: a row for each true class, a column for each guess."""
    flat = np.bincount(np.asarray(truth) * classes + np.asarray(guesses), minlength=classes**2)
    return flat.reshape(classes, classes)
