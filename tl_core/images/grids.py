"""Pictures side by side and below each other, as one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

GAP = 4
"""Pixels between two pictures."""


def grid(
    pictures: Sequence[NDArray[np.uint8]],
    shape: tuple[int, ...],
    columns: int,
    *,
    rows: int = 1,
    gap: int = GAP,
    background: int = 255,
) -> NDArray[np.uint8]:
    """Return pictures in a grid, row by row.

    Args:
        pictures: ``(h, w)`` or ``(h, w, channels)`` uint8; one that is smaller than its place stands at its
            top left.
        shape: of a place: height, width, and channels if they have any.
        columns: pictures side by side, from 1.
        rows: at least so many; as many as needed.
        gap: pixels between two of them.
        background: what every channel holds where there is no picture, 0..255.

    Returns:
        ``rows * (height + gap) - gap`` high, ``columns * (width + gap) - gap`` wide.

    Example:
        >>> grid([np.zeros((2, 2), np.uint8)] * 3, (2, 2), 2, gap=1).shape
        (5, 5)
    """
    down, across = shape[0] + gap, shape[1] + gap
    rows = max(rows, -(-len(pictures) // columns))
    drawn = np.full((rows * down - gap, columns * across - gap, *shape[2:]), background, np.uint8)
    for place, picture in enumerate(pictures):
        top, left = place // columns * down, place % columns * across
        drawn[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return drawn
