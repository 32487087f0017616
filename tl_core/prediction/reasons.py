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
    """What the score of a class becomes when a square covers the photo, from left to right.

    Args:
        shares: ``(SPOTS,) float32 0..1``, one for each place of the square.
        share: of the photo as it is, 0..1.
    """

    shares: NDArray[np.float32]
    share: float


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


def what_counts(size: int, shares: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    """Return for each pixel how much the score loses, on average, when a square over it is grey.

    Args:
        size: side of the photo in pixels.
        shares: ``(SPOTS, SPOTS)``, the score with the square at each place, row by row.
        share: of the photo as it is.

    Returns:
        ``(size, size) float32``; negative where the score rises.
    """
    side, starts = square_side(size), square_starts(size)
    lost = np.zeros((size, size), np.float32)
    times = np.zeros((size, size), np.float32)
    for top, row in zip(starts, shares, strict=True):
        for left, covered in zip(starts, row, strict=True):
            area = np.s_[top : top + side, left : left + side]
            lost[area] += share - covered
            times[area] += 1
    lost /= np.maximum(times, 1)
    return lost
