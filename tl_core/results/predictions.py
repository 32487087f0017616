"""What a finished run guessed for every held-out image.

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
    return parse_parts(files.read_json(path), names)


def parse_parts(content: Any, class_names: Sequence[str]) -> dict[str, Predictions]:
    """Return what ``predictions.json`` holds, by part.

    Args:
        content: the file's JSON.
        class_names: of the run.

    Raises:
        LookupError, TypeError, ValueError: it holds something else.
    """
    if "validation" not in content:
        raise ValueError("every run has validation images")
    return {part: _parse(content[part], class_names) for part in PARTS if part in content}


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
