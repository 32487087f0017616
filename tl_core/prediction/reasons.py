"""Why a network said so: what its score loses when part of a photo is covered, and which channels spoke."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tl_core.checks import check_range
from tl_core.training import TrainingConfig

GREY = (124, 116, 104)
"""The mean colour of ImageNet's photos: every backbone's preprocessing puts it near zero."""
SPOTS = 8
"""Places along each side that are covered, one after another."""
SHARE_OF_SIDE = 4
"""A square covers one part in so many of each side."""
LOUDEST = 8
"""Channels that are shown."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, eq=False)
class OcclusionRow:
    """What becomes of a class when a square covers the photo, from left to right.

    Args:
        shares: ``(SPOTS,) float32 0..1``, its score with the square at each place.
        evidences: ``(SPOTS,) float32``, its logit above the mean of all classes'; it still moves where the
            score is as good as 1.
        share, evidence: the same of the photo as it is.
    """

    shares: NDArray[np.float32]
    evidences: NDArray[np.float32]
    share: float
    evidence: float


@dataclass(frozen=True, kw_only=True, eq=False)
class LoudChannels:
    """The channels of the last feature map that spoke loudest for a class, loudest first.

    Args:
        channels: their numbers.
        parts: what each adds to the evidence; negative ones spoke against the class and are not here.
        maps: ``(n, h, w) float32``, what each saw where.
        evidence: the class's logit above the mean of all classes'.
        others: what all other channels add together.
        bias: what the head adds without looking; what is left where the sum is an approximation.
        count: how many channels there are.
    """

    channels: tuple[int, ...]
    parts: tuple[float, ...]
    maps: NDArray[np.float32]
    evidence: float
    others: float
    bias: float
    count: int


def is_linear(config: TrainingConfig) -> bool:
    """Whether the head is a mean of each channel and one Dense layer.

    Then a heat map is the class activation map itself (Zhou et al. 2016), and what the channels add is
    exactly the logit; with more layers both follow a slope that holds only near this photo.
    """
    return config.pooling == "gap" and not config.dense and "one-unit" not in config.mistakes


def square_side(size: int) -> int:
    """Return the side of the square that covers a photo of `size` pixels a side."""
    return max(1, size // SHARE_OF_SIDE)


def square_starts(size: int) -> tuple[int, ...]:
    """Return where the square begins at each place along one side, in pixels; from edge to edge."""
    return tuple(int(x) for x in np.linspace(0, size - square_side(size), SPOTS).round())


def with_square(pixels: Pixels, left: int, top: int, side: int) -> Pixels:
    """Return a photo, ``(h, w, 3)``, with a grey square over it; what of it lies outside covers nothing."""
    changed = pixels.copy()
    changed[max(0, top) : max(0, top + side), max(0, left) : max(0, left + side)] = GREY
    return changed


def covered_row(pixels: Pixels, row: int) -> Pixels:
    """Return the photo with the square at each place of a row: ``(SPOTS, size, size, 3)``.

    Raises:
        SettingInvalid: there is no such row.
    """
    check_range("row", row, 0, SPOTS - 1)
    size = len(pixels)
    starts = square_starts(size)
    return np.stack([with_square(pixels, x, starts[row], square_side(size)) for x in starts])


def what_counts(size: int, lost: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what the squares over each pixel cost, on average; one counts most for what is in its middle.

    Args:
        size: side of the photo in pixels.
        lost: ``(SPOTS, SPOTS)``, what the square costs at each place, row by row.

    Returns:
        ``(size, size) float32``; negative where something is gained.
    """
    side, starts = square_side(size), square_starts(size)
    tent = 1 - np.abs(np.linspace(-1, 1, side + 2)[1:-1])
    weight = np.outer(tent, tent).astype(np.float32)
    sums = np.zeros((size, size), np.float32)
    weights = np.zeros((size, size), np.float32)
    for top, row in zip(starts, lost, strict=True):
        for left, cost in zip(starts, row, strict=True):
            area = np.s_[top : top + side, left : left + side]
            sums[area] += weight * cost
            weights[area] += weight
    sums /= weights
    return sums
