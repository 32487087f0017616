"""What a head can know about where something is: the same feature map with its positions moved."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class FeatureMap:
    """What a frozen backbone makes of one photo, before any pooling.

    Args:
        values: ``(h, w, channels) float32``.
    """

    values: NDArray[np.float32]


def gap_vector(feature_map: NDArray[np.float32]) -> Vector:
    """Return the mean of every channel.

    Args:
        feature_map: ``(h, w, channels)``.

    Returns:
        ``(channels,) float64``.
    """
    means: Vector = feature_map.mean(axis=(0, 1), dtype=np.float64)
    return means


def flatten_vector(feature_map: NDArray[np.float32]) -> Vector:
    """Return all numbers one after another, as Flatten does: ``(h * w * channels,) float64``."""
    return feature_map.astype(np.float64).ravel()


def shuffle_positions(feature_map: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """Return the map with its positions in another order, the same order in every channel.

    Args:
        feature_map: ``(h, w, channels)``.
        seed: of the order; the same seed gives the same order.

    Example:
        >>> tiny = np.arange(6, dtype=np.float32).reshape(2, 3, 1)
        >>> sorted(shuffle_positions(tiny, 0).ravel().tolist())
        [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    """
    height, width, channels = feature_map.shape
    order = np.random.default_rng(seed).permutation(height * width)
    return feature_map.reshape(-1, channels)[order].reshape(height, width, channels)


def shift_right(image: NDArray[np.uint8], pixels: int) -> NDArray[np.uint8]:
    """Return a photo moved to the right; its left edge fills the gap.

    Args:
        image: ``(h, w, 3) uint8``.
        pixels: 0 to the photo's width.
    """
    if not pixels:
        return image
    edge = np.repeat(image[:, :1], pixels, axis=1)
    return np.concatenate([edge, image], axis=1)[:, : image.shape[1]]


def relative_change(before: Vector, after: Vector) -> float:
    """Return the length of the difference over the length of `before`; 0 where nothing changes."""
    difference, length = _length(after - before), _length(before)
    return difference / length if length else float(difference > 0)


def cosine(before: Vector, after: Vector) -> float:
    """Return the cosine of the angle between two vectors; 1 for the same direction, 0 for a zero vector."""
    lengths = _length(before) * _length(after)
    return float(np.sum(before * after)) / lengths if lengths else 0.0


def _length(vector: Vector) -> float:
    """Return the Euclidean length; without BLAS, whose threads cost more than they save here."""
    return float(np.sqrt(np.sum(vector * vector)))
