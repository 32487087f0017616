"""Which of many filters a kernel resembles."""

import numpy as np
from numpy.typing import NDArray

from tl_core.convolution.arrays import Array
from tl_core.convolution.weights import resize


def most_similar(weights: Array, filters: NDArray[np.float32]) -> tuple[int, float]:
    """Return the filter that is most like a kernel, and how much.

    The cosine of the angle between the two, each as one long row of weights with the channels added up:
    1 is the same up to a positive factor, 0 is neither like it nor its opposite (a pattern beside itself may
    be 0), -1 is the opposite. The kernel is cut or padded with zeros to the filters' size.

    Args:
        weights: (kh, kw) or (kh, kw, 3).
        filters: (n, fh, fw, 3), n at least 1.

    Returns:
        The filter's number, from 0, and the cosine; 0 for weights that are all 0.

    Example:
        >>> edge = np.array([[1, 0, -1]], np.float32)
        >>> most_similar(edge, np.stack([np.ones((1, 3, 3)), np.repeat(edge[..., None], 3, axis=2)]))
        (1, 1.0)
    """
    grey = weights if weights.ndim == 2 else weights.sum(axis=2)
    kernel = resize(grey, filters.shape[1:3]).astype(np.float64).ravel()
    rows = filters.sum(axis=3, dtype=np.float64).reshape(len(filters), -1)
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(kernel)
    cosines = np.divide(rows @ kernel, lengths, out=np.zeros(len(rows)), where=lengths > 0)
    best = int(np.argmax(cosines))
    return best, round(float(cosines[best]), 6)
