"""From logits to what a person reads: probabilities, accuracies and their intervals."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tl_core.statistics import Proportion


def probabilities(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return class probabilities.

    Args:
        logits: ``(n, classes)`` for a softmax, or ``(n, 1)`` for a sigmoid of the second class.

    Returns:
        ``(n, classes) float64``; each row sums to 1. Where a training has run away and the logits are not
        numbers, nothing is known: every class gets the same.
    """
    values = logits.astype(np.float64)
    if values.shape[1] == 1:  # a sigmoid is a softmax over (0, logit)
        values = np.hstack([np.zeros_like(values), values])
    values = np.where(np.isfinite(values).all(axis=1, keepdims=True), values, 0.0)
    exponents = np.exp(values - values.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = exponents / exponents.sum(axis=1, keepdims=True)
    return shares


def confusion_matrix(truth: NDArray[Any], guesses: NDArray[Any], classes: int) -> NDArray[np.int64]:
    """Return counts, ``(classes, classes) int64``: a row for each true class, a column for each guess."""
    flat = np.bincount(np.asarray(truth) * classes + np.asarray(guesses), minlength=classes**2)
    return flat.reshape(classes, classes)


def summarize(confusion: NDArray[np.int64], names: Sequence[str]) -> dict[str, Any]:
    """Return the accuracies of a confusion matrix as JSON values, each with n and its 95 % interval.

    Returns:
        A proportion (see `proportion`) of the whole, with ``classes``: one proportion a class that has
        images, with its ``name``; and ``confusion`` itself.
    """
    diagonal, totals = np.diagonal(confusion), confusion.sum(axis=1)
    classes = [
        {"name": name, **proportion(int(hits), int(n))}
        for name, hits, n in zip(names, diagonal, totals, strict=True)
        if n
    ]
    whole = proportion(int(diagonal.sum()), int(totals.sum()))
    return {**whole, "classes": classes, "confusion": confusion.tolist()}


def proportion(correct: int, n: int) -> dict[str, Any]:
    """Return ``correct``, ``n``, ``accuracy`` and its Wilson ``interval`` (low, high), in 0..1."""
    share = Proportion(correct=correct, n=n)
    return asdict(share) | {"accuracy": share.accuracy, "interval": list(share.interval)}
