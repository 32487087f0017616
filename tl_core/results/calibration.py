"""How far confidence can be believed: of the guesses that were 80 % sure, 80 % should be right."""

from dataclasses import dataclass

import numpy as np

from tl_core.results.predictions import Predictions
from tl_core.statistics import Proportion

BINS = 10


@dataclass(frozen=True, kw_only=True)
class ReliabilityBin(Proportion):
    """The guesses whose confidence is in one bin.

    Args:
        confidence: their mean confidence.
    """

    confidence: float


@dataclass(frozen=True, kw_only=True)
class Calibration(Proportion):
    """How far confidence can be believed: how many of all guesses are right, and what they promised.

    Args:
        bins: those that hold a guess, from low to high confidence.
        error: expected calibration error, 0..1: mean distance between confidence and accuracy.
        confidence: mean confidence of all guesses.
    """

    bins: tuple[ReliabilityBin, ...]
    error: float
    confidence: float


def calibration(predictions: Predictions, bins: int = BINS) -> Calibration:
    """Return how confidence and accuracy go together.

    Args:
        predictions: at least one image.
        bins: bins of equal width between 0 and 1, from 1.

    Source: C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, On Calibration of Modern Neural Networks, 2017.
    """
    right = predictions.guesses == predictions.labels
    edges = np.linspace(0, 1, bins + 1)
    # Edges belong to the bin below them, as in the source.
    places = np.clip(np.searchsorted(edges, predictions.confidences, side="left") - 1, 0, bins - 1)
    filled = tuple(
        ReliabilityBin(
            n=int(inside.sum()),
            correct=int(right[inside].sum()),
            confidence=float(predictions.confidences[inside].mean()),
        )
        for place in np.unique(places)
        for inside in [places == place]
    )
    n = len(predictions.labels)
    return Calibration(
        bins=filled,
        error=sum(one.n * abs(one.accuracy - one.confidence) for one in filled) / n,
        confidence=float(predictions.confidences.mean()),
        correct=int(right.sum()),
        n=n,
    )
