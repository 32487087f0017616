"""How near a photo is to the photos that a network was trained on, and so whether it is one of the classes.

A softmax gives every photo a class, and is often sure of it. What the backbone makes of the photo is not
bound to the classes: the features of a pizza are far from those of all cats and dogs. The distance of two
photos is one minus the cosine of their features; a photo's distance from the training photos is the mean to
its `NEAREST` nearest, and it is set against what the training photos themselves have, each without itself.
Deep nearest neighbours: Sun et al. 2022, https://arxiv.org/abs/2204.06507. Measured in
``docs/none-of-these.md``, where other numbers of neighbours and other distances did no better.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tl_core.statistics import Proportion

NEAREST = 5
MOST_JUDGED = 1000
"""Training photos whose own distance is computed; of more, so many are drawn."""
SEED = 0
"""Of that draw."""
ROWS_AT_ONCE = 256
"""Of the rows that are compared with all: 20,000 photos make 20 MB of distances."""
UNUSUAL, NONE = 0.90, 0.98
"""Of the training photos, the share that must be nearer than this photo for the words to change."""
SAME = 1e-5
"""A distance below it is rounding: the same photo."""

Rows = NDArray[np.float32]
"""``(n, channels)``; each of length 1."""
Verdict = Literal["known", "unusual", "none"]


@dataclass(frozen=True, kw_only=True)
class NearPhoto:
    """A training photo that is near.

    Args:
        sha256: of its file.
        label: its class, as it stands in the dataset.
        cosine: of its features and those of the photo, 1 for the same.
    """

    sha256: str
    label: int
    cosine: float


@dataclass(frozen=True, kw_only=True)
class Nearness:
    """How near a photo is to the training photos.

    Args:
        photos: the nearest training photos, nearest first.
        distance: the mean of one minus their cosine.
        nearer: how many of the judged training photos are nearer to their own nearest.
        trained: how many training photos there are.
        its_own: whether the file that the photo was made from is one of theirs.
    """

    photos: tuple[NearPhoto, ...]
    distance: float
    nearer: Proportion
    trained: int
    its_own: bool = False

    @property
    def verdict(self) -> Verdict:
        """Whether the photo is as near to the training photos as they are to each other."""
        if self.nearer.accuracy < UNUSUAL:
            return "known"
        return "unusual" if self.nearer.accuracy < NONE else "none"

    @property
    def trained_on(self) -> bool:
        """Whether the photo is itself one of the training photos."""
        return self.its_own or 1 - self.photos[0].cosine < SAME


def of_length_one(features: NDArray[np.float32]) -> Rows:
    """Return features, ``(n, channels)`` or ``(n, h, w, channels)``, pooled and as directions.

    What is 0 everywhere has no direction and stays 0: it is as far from everything as two features that
    have nothing in common.
    """
    pooled = features if features.ndim == 2 else features.mean(axis=(1, 2))
    lengths = np.linalg.norm(pooled, axis=1, keepdims=True)
    found: Rows = np.divide(pooled, lengths, out=np.zeros_like(pooled), where=lengths > 0)
    return found


def own_distances(rows: Rows) -> NDArray[np.float32]:
    """Return the distance of each row, or of `MOST_JUDGED` that are drawn, from all others: sorted."""
    count = len(rows)
    judged = np.arange(count)
    if count > MOST_JUDGED:
        judged = np.random.default_rng(SEED).choice(count, MOST_JUDGED, replace=False)
    found = []
    for start in range(0, len(judged), ROWS_AT_ONCE):
        some = judged[start : start + ROWS_AT_ONCE]
        distances = 1 - rows[some] @ rows.T
        distances[np.arange(len(some)), some] = np.inf  # each without itself
        found.append(_mean_of_nearest(distances, min(NEAREST, count - 1)))
    return np.sort(np.concatenate(found))


def _mean_of_nearest(distances: NDArray[np.float32], nearest: int) -> NDArray[np.float32]:
    few = np.partition(distances, nearest - 1, axis=1)[:, :nearest]
    means: NDArray[np.float32] = few.mean(axis=1)
    return means


def nearness(
    photo: Rows,
    rows: Rows,
    own: NDArray[np.float32],
    images: Sequence[tuple[str, int]],
    source: str = "",
) -> Nearness:
    """Return how near one photo is.

    Args:
        photo: ``(1, channels)``, of length 1.
        rows: the training photos, two or more.
        own: their `own_distances`.
        images: SHA-256 and label of each of them.
        source: SHA-256 of the photo's file: shrunk or cut, a training photo has other features.
    """
    cosines = (rows @ photo.T)[:, 0]
    nearest = np.argsort(-cosines, kind="stable")[:NEAREST]
    # The judged ones have as many neighbours: one of `rows` is left out for each.
    counted = cosines[nearest[: min(NEAREST, len(rows) - 1)]]
    distance = float(1 - counted.mean())
    return Nearness(
        photos=tuple(
            NearPhoto(sha256=images[row][0], label=images[row][1], cosine=float(cosines[row]))
            for row in nearest
        ),
        distance=distance,
        nearer=Proportion(correct=int(np.searchsorted(own, distance)), n=len(own)),
        trained=len(rows),
        its_own=any(sha256 == source for sha256, _ in images),
    )
