"""Kernels that are a column times a row: two thin ones in turn do the same with fewer weights."""

import numpy as np

from tl_core.convolution.arrays import Array

CLOSE = 1e-5
"""Of the largest weight: differences that rounding to float32 makes."""


def separated(weights: Array) -> tuple[Array, Array] | None:
    """Return the column and the row whose product is the kernel; None if there are none.

    Args:
        weights: (kh, kw), both at least 2: a single row or column is as thin as it can be.

    Returns:
        (kh,) and (kw,) float32; the row's largest weight is 1 or -1, and the column adds up to 0 or more.

    Example:
        >>> column, row = separated(np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]], np.float32))
        >>> column.tolist(), row.tolist()
        ([1.0, 2.0, 1.0], [1.0, 0.0, -1.0])
    """
    largest = float(np.abs(weights).max())
    if min(weights.shape) < 2 or not largest:
        return None
    i, j = np.unravel_index(int(np.abs(weights).argmax()), weights.shape)
    column, row = weights[:, j], weights[i] / weights[i, j]
    if np.abs(np.outer(column, row) - weights).max() > CLOSE * largest:
        return None
    return (-column, -row) if column.sum() < 0 else (column, row)
