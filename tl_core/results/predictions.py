"""What a finished run guessed for every held-out image, and what can be learned from that.

The run book's ``predictions.json`` holds for each part (``validation``, and ``test`` where there is one) the
images by the SHA-256 of their file, their labels, and the probabilities of all classes. It may be damaged, or
missing in a run of an earlier version: everything in it is checked when it is read.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tl_core import files
from tl_core.errors import RunNotFound
from tl_core.results import scores
from tl_core.results.metrics import read_model
from tl_core.runs import PREDICTIONS, WRONG_SHAPE, Run, damaged
from tl_core.statistics import wilson_interval

PARTS = ("validation", "test")
SMALLEST_PROBABILITY = 1e-7
"""Probabilities are stored rounded: the cross-entropy of a zero would be infinite."""
ROUNDING = 0.01
"""How far the stored probabilities of an image may be from a sum of 1."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Predictions:
    """The guesses of one run for one part of its images.

    Args:
        class_names: a label is an index into them.
        images: SHA-256 of each image's file.
        labels: ``(n,) int64``, the true classes.
        probabilities: ``(n, classes) float64``; each row sums to 1.
    """

    class_names: tuple[str, ...]
    images: tuple[str, ...]
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]

    @cached_property
    def guesses(self) -> NDArray[np.int64]:
        """The most probable class of each image, ``(n,) int64``."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @cached_property
    def confidences(self) -> NDArray[np.float64]:
        """The probability of each guess, ``(n,) float64``."""
        return np.asarray(self.probabilities.max(axis=1))

    @cached_property
    def losses(self) -> NDArray[np.float64]:
        """The cross-entropy of each image: minus the logarithm of its true class's probability."""
        found = self.probabilities[np.arange(len(self.labels)), self.labels]
        return -np.log(np.maximum(found, SMALLEST_PROBABILITY))

    @cached_property
    def confusion(self) -> NDArray[np.int64]:
        """Counts, ``(classes, classes) int64``: a row for each true class, a column for each guess."""
        return scores.confusion_matrix(self.labels, self.guesses, len(self.class_names))


@dataclass(frozen=True, kw_only=True)
class ClassScore:
    """How well one class is told apart.

    Args:
        name: of the class.
        n: images that are of this class.
        precision: share of the guesses of this class that are right; None if it was never guessed.
        recall: share of this class's images that were found; None if it has no image.
        recall_interval: 95 % interval of the recall, or None.
        f1: harmonic mean of both; None if the class has neither images nor guesses.
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


def list_parts(run: Run) -> tuple[str, ...]:
    """Return the parts that `run` has predictions for, of `PARTS`.

    Raises:
        RunNotFound: there are none, or the file is damaged.
    """
    return tuple(_read_all(run))


def read_predictions(run: Run, part: str = "validation") -> Predictions:
    """Return what `run` guessed for the images of `part`.

    Raises:
        RunNotFound: the run kept no such predictions, they are damaged, or no numbers.
    """
    found = _read_all(run).get(part)
    if found is None:
        raise RunNotFound(
            "Run {id} has no {part} images. Choose another part, or train it again.",
            id=run.id,
            part=part,
        )
    if not np.isfinite(found.probabilities).all():
        raise RunNotFound(
            "The numbers of run {id} grew beyond all bounds, so it has no guesses. "
            "Train it again with a smaller learning rate.",
            id=run.id,
        )
    return found


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
        precision=right / guessed if guessed else None,
        recall=right / n if n else None,
        recall_interval=wilson_interval(right, n) if n else None,
        # The harmonic mean, written so that a precision or recall of zero needs no division by zero.
        f1=2 * right / (n + guessed) if n + guessed else None,
    )


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


def _read_all(run: Run) -> dict[str, Predictions]:
    path = run.folder / PREDICTIONS
    try:
        state = path.stat()
        names = read_model(run).class_names
        return _parse_file(path, names, state.st_mtime_ns, state.st_size)
    except FileNotFoundError:
        raise RunNotFound(
            "Run {id} kept no guesses for single photos: an earlier version of the lab trained it. "
            "Train it again to see them.",
            id=run.id,
        ) from None
    except (OSError, RecursionError, *WRONG_SHAPE):
        raise damaged(run.id, PREDICTIONS) from None


@functools.lru_cache(maxsize=4)
def _parse_file(
    path: Path, names: tuple[str, ...], mtime_ns: int, size: int
) -> dict[str, Predictions]:
    content = files.read_json(path)
    if "validation" not in content:
        raise ValueError("every run has validation images")
    return {part: _parse(content[part], names) for part in PARTS if part in content}


def _parse(content: Any, class_names: Sequence[str]) -> Predictions:
    images = tuple(content["images"])
    labels = np.asarray(content["labels"])
    probabilities = np.asarray(content["probabilities"], dtype=np.float64)
    if probabilities.shape != (len(images), len(class_names)) or labels.shape != (len(images),):
        raise ValueError(f"{len(images)} images, {labels.shape}, {probabilities.shape}")
    if labels.dtype.kind != "i" or not all(isinstance(image, str) for image in images):
        raise TypeError("labels must be whole numbers and images text")
    if not images or labels.min() < 0 or labels.max() >= len(class_names):
        raise ValueError("no images, or a label without a class")
    known = probabilities[np.isfinite(probabilities).all(axis=1)]
    if (known < 0).any() or (abs(known.sum(axis=1) - 1) > ROUNDING).any():
        raise ValueError("probabilities must be from 0 and sum to 1")
    return Predictions(
        class_names=tuple(class_names),
        images=images,
        labels=labels.astype(np.int64),
        probabilities=probabilities,
    )
