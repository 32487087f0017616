"""Answers that are only given when the network is sure: how many are left, and how many of them are right.

Also called a reject option: Chow 1970, On optimum recognition error and reject tradeoff.
"""

from dataclasses import dataclass

import numpy as np

from tl_core.results.predictions import Predictions
from tl_core.statistics import Proportion

STEPS = 100


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What is left at one threshold.

    Args:
        least: the threshold, 0..1.
        correct: answers that are given and right.
        n: answers that are given, from 0.
    """

    least: float
    correct: int
    n: int


def answers_kept(predictions: Predictions, least: float) -> Proportion | None:
    """Return how many of the answers that are given are right; None if none is given.

    Args:
        predictions: at least one image.
        least: share of the surest class, 0..1, from which an answer is given.
    """
    given = predictions.confidences >= least
    right = given & (predictions.guesses == predictions.labels)
    n = int(given.sum())
    return Proportion(correct=int(right.sum()), n=n) if n else None


def kept_curve(predictions: Predictions, steps: int = STEPS) -> tuple[Kept, ...]:
    """Return `answers_kept` at `steps` + 1 thresholds from 0 to 1."""
    thresholds = np.arange(steps + 1) / steps
    sure = np.sort(predictions.confidences)
    right = np.sort(predictions.confidences[predictions.guesses == predictions.labels])
    given = len(sure) - np.searchsorted(sure, thresholds)
    correct = len(right) - np.searchsorted(right, thresholds)
    rows = zip(thresholds.tolist(), correct.tolist(), given.tolist(), strict=True)
    return tuple(Kept(least=least, correct=hits, n=n) for least, hits, n in rows)
