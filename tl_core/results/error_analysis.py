"""What can be learned from guesses: the scores of classes, the mistakes, and how two runs agree."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tl_core.results.predictions import Predictions
from tl_core.statistics import wilson_interval


@dataclass(frozen=True, kw_only=True)
class ClassScore:
    """How well one class is told apart; nothing is known of a class of which no image was judged.

    Args:
        name: of the class.
        n: images that are of this class.
        precision: share of the guesses of this class that are right; None if it was never guessed or judged.
        recall: share of this class's images that were found; None if it has no image.
        recall_interval: 95 % interval of the recall, or None.
        f1: harmonic mean of both; None if it has no image.
    """

    name: str
    n: int
    precision: float | None
    recall: float | None
    recall_interval: tuple[float, float] | None
    f1: float | None


@dataclass(frozen=True, kw_only=True)
class ConfusedPair:
    """Images of class `truth` that were taken for class `guess`: `count` of `n`."""

    truth: int
    guess: int
    count: int
    n: int


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Two runs on the images that both judged.

    Args:
        n: images that both judged.
        same: images for which both guessed a class of the same name.
        only_first: right in the first run alone.
        only_second: right in the second run alone.
        relabelled: images whose true class has another name in the second run.
    """

    n: int
    same: int
    only_first: int
    only_second: int
    relabelled: int


def class_scores(predictions: Predictions) -> tuple[ClassScore, ...]:
    """Return precision, recall and F1 of each class, in the order of the class names.

    Source: C. J. van Rijsbergen, Information Retrieval, 1979, chapter 7.
    """
    confusion = predictions.confusion
    right, totals, guessed = np.diagonal(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    return tuple(
        _class_score(name, int(hits), int(n), int(count))
        for name, hits, n, count in zip(
            predictions.class_names, right, totals, guessed, strict=True
        )
    )


def _class_score(name: str, right: int, n: int, guessed: int) -> ClassScore:
    return ClassScore(
        name=name,
        n=n,
        precision=right / guessed if n and guessed else None,
        recall=right / n if n else None,
        recall_interval=wilson_interval(right, n) if n else None,
        # The harmonic mean, written so that a precision or recall of zero needs no division by zero.
        f1=2 * right / (n + guessed) if n else None,
    )


def balanced_accuracy(predictions: Predictions) -> tuple[float, int]:
    """Return the mean recall of the classes that have images, 0..1, and how many those are.

    Unlike the accuracy it does not follow the class of which there are most images.
    """
    confusion = predictions.confusion
    totals = confusion.sum(axis=1)
    known = totals > 0
    return float((np.diagonal(confusion)[known] / totals[known]).mean()), int(known.sum())


def cell(predictions: Predictions, truth: int, guess: int) -> tuple[int, ...]:
    """Return the rows of the images of class `truth` that were taken for `guess`, surest first.

    A dataset may hold a file twice: each counts, and one of them stands for both here.
    """
    inside = (predictions.labels == truth) & (predictions.guesses == guess)
    return _descending(predictions, predictions.confidences, np.flatnonzero(inside))


def top_losses(predictions: Predictions) -> tuple[int, ...]:
    """Return the rows of all images, largest cross-entropy first, and each file once."""
    return _descending(predictions, predictions.losses, np.arange(len(predictions.labels)))


def _descending(
    predictions: Predictions, values: NDArray[np.float64], rows: NDArray[Any]
) -> tuple[int, ...]:
    order = np.argsort(-values[rows], kind="stable")
    of_file: dict[str, int] = {}
    for row in rows[order]:
        of_file.setdefault(predictions.images[row], int(row))
    return tuple(of_file.values())


def confused_pairs(predictions: Predictions) -> tuple[ConfusedPair, ...]:
    """Return the pairs of classes that were mistaken, the most frequent mistake first."""
    confusion = predictions.confusion
    totals = confusion.sum(axis=1)
    pairs = [
        ConfusedPair(
            truth=int(truth),
            guess=int(guess),
            count=int(confusion[truth, guess]),
            n=int(totals[truth]),
        )
        for truth, guess in np.argwhere(confusion)
        if truth != guess
    ]
    return tuple(sorted(pairs, key=lambda pair: -pair.count))


def agreement(first: Predictions, second: Predictions) -> Agreement:
    """Return how two runs compare on the images that both judged; classes are matched by name."""
    rows = {image: row for row, image in enumerate(second.images)}
    pairs = [(row, rows[image]) for row, image in enumerate(first.images) if image in rows]
    ours, theirs = (list(side) for side in zip(*pairs, strict=True)) if pairs else ([], [])
    right = (first.guesses == first.labels)[ours]
    also = (second.guesses == second.labels)[theirs]
    names, other_names = np.array(first.class_names), np.array(second.class_names)
    same = names[first.guesses[ours]] == other_names[second.guesses[theirs]]
    relabelled = names[first.labels[ours]] != other_names[second.labels[theirs]]
    return Agreement(
        n=len(pairs),
        same=int(same.sum()),
        only_first=int((right & ~also).sum()),
        only_second=int((also & ~right).sum()),
        relabelled=int(relabelled.sum()),
    )
