"""The photos of a run as points: what the backbone makes of them, in the two directions that tell most.

PCA is a few lines of NumPy. t-SNE (van der Maaten and Hinton 2008) is scikit-learn's, which is an extra.
"""

import importlib.util
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

METHODS = ("pca", "tsne")
EXTRA = "scikit-learn"
MOST_SHOWN = 600
"""Photos on a map; more of them would hide each other, and cost the page its speed."""
LEAST_FOR_TSNE = 10

Rows = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class PhotoMap:
    """Where the photos lie.

    Args:
        images: SHA-256 of each photo.
        labels: ``(n,) int64``, their classes.
        parts: of each, ``train``, ``validation`` or ``test``.
        points: ``(n, 2) float32``.
        share: of all variance, what both directions hold together, 0..1; NaN where a method has none.
        left_out: training photos that were not drawn.
    """

    images: tuple[str, ...]
    labels: NDArray[np.int64]
    parts: tuple[str, ...]
    points: NDArray[np.float32]
    share: float
    left_out: int


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """How the classes lie to each other.

    Args:
        nearest: the labels of the two classes whose centres are nearest, for how wide both are.
        towards: of the mistaken photos, how many lie nearer to the centre of what they were taken for than
            to that of their own class.
    """

    nearest: tuple[int, int]
    towards: int


def has_tsne() -> bool:
    """Whether scikit-learn is installed here."""
    return importlib.util.find_spec("sklearn") is not None


def choose(count_held: int, train: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Return which training photos are drawn: all, or as many as fit beside the held-out ones.

    Args:
        count_held: held-out photos, which are all drawn.
        train: the training photos, in any order.
        seed: of the draw.
    """
    room = max(MOST_SHOWN - count_held, MOST_SHOWN // 3)
    if len(train) <= room:
        return train
    chosen = np.random.default_rng(seed).choice(len(train), room, replace=False)
    return train[np.sort(chosen)]


def pca(rows: Rows) -> tuple[Rows, float]:
    """Return the two directions in which rows, ``(n, features)``, differ most, and their share of variance.

    By the products of the rows: there are fewer rows than features as a rule. The side of each direction
    that reaches furthest is positive, so that the same photos give the same picture.

    Example:
        >>> points, share = pca(np.array([[0, 0], [2, 0], [4, 0]], np.float32))
        >>> points[:, 0].tolist(), share
        ([2.0, 0.0, -2.0], 1.0)
    """
    centred = rows.astype(np.float64) - rows.mean(axis=0, dtype=np.float64)
    values, vectors = np.linalg.eigh(centred @ centred.T)
    values = np.maximum(values, 0)
    points = (vectors[:, :-3:-1] * np.sqrt(values[:-3:-1])).round(12)
    furthest = points[np.abs(points).argmax(axis=0), np.arange(points.shape[1])]
    points = points * np.where(furthest < 0, -1, 1) + 0.0
    total = values.sum()
    share = float(values[-2:].sum() / total) if total else 0.0
    return points.astype(np.float32), share


def neighbours(
    points: Rows, labels: NDArray[np.int64], guesses: NDArray[np.int64]
) -> Neighbours | None:
    """Return how the classes lie to each other; None where fewer than two have a photo.

    Args:
        points: ``(n, 2)``.
        labels: of each photo.
        guesses: what each was taken for; -1 where nobody asked.
    """
    present = np.unique(labels)
    if len(present) < 2:
        return None
    centres = {int(one): points[labels == one].mean(axis=0) for one in present}
    widths = {
        one: float(np.linalg.norm(points[labels == one] - centre, axis=1).mean())
        for one, centre in centres.items()
    }
    pairs = [(one, other) for one in centres for other in centres if one < other]

    def apart(pair: tuple[int, int]) -> float:
        one, other = pair
        return float(np.linalg.norm(centres[one] - centres[other])) / (
            widths[one] + widths[other] + 1e-9
        )

    missed = np.flatnonzero((guesses >= 0) & (guesses != labels))
    towards = sum(
        np.linalg.norm(points[row] - centres[int(guesses[row])])
        < np.linalg.norm(points[row] - centres[int(labels[row])])
        for row in missed
        if int(guesses[row]) in centres
    )
    return Neighbours(nearest=min(pairs, key=apart), towards=int(towards))
