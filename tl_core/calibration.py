"""How far confidence can be believed: of the guesses that were 80 % sure, 80 % should be right."""

from dataclasses import dataclass

import numpy as np

from tl_core.predictions import Predictions

BINS = 10


@dataclass(frozen=True, kw_only=True)
class ReliabilityBin:
    """The guesses whose confidence is above `low` and up to `high`.

    Args:
        low: lower edge, 0..1.
        high: upper edge, 0..1.
        n: how many guesses.
        correct: how many of them are right.
        confidence: their mean confidence.
    """

    low: float
    high: float
    n: int
    correct: int
    confidence: float

    @property
    def accuracy(self) -> float:
        """Share of the guesses that are right."""
        return self.correct / self.n


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How far confidence can be believed.

    Args:
        bins: those that hold a guess, from low to high confidence.
        error: expected calibration error, 0..1: mean distance between confidence and accuracy.
        confidence: mean confidence of all guesses.
        accuracy: share of all guesses that are right.
        n: all guesses.
    """

    bins: tuple[ReliabilityBin, ...]
    error: float
    confidence: float
    accuracy: float
    n: int


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
            low=float(edges[place]),
            high=float(edges[place + 1]),
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
        accuracy=float(right.mean()),
        n=n,
    )
