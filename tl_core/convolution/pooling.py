"""Pooling as Keras does it, and what it buys: a result that moves less when the image moves."""

from collections.abc import Callable

import numpy as np

from tl_core.convolution.arrays import Array, Image
from tl_core.convolution.axis import Axis
from tl_core.convolution.geometry import Geometry, Pair
from tl_core.errors import SettingInvalid

MODES = ("max", "average")


def pool(
    image: Image, mode: str, window: Pair, stride: Pair | None = None, padding: str = "valid"
) -> Array:
    """Keep the largest or the mean value of each window; channels stay apart.

    Args:
        image: (h, w) or (h, w, channels), any real numbers.
        mode: ``max`` or ``average``. With padding ``same`` the mean is over real pixels only.
        window: (height, width) in pixels.
        stride: pixels from one window to the next, (vertical, horizontal); default `window`.
        padding: ``valid`` or ``same``.

    Returns:
        (oh, ow) or (oh, ow, channels) float32.

    Raises:
        SettingInvalid: unknown mode or padding, or a window that does not fit.

    Example:
        >>> pool(np.array([[1, 2, 5], [3, 4, 6]]), "max", (2, 2))
        array([[4.]], dtype=float32)
    """
    if mode not in MODES or padding not in ("valid", "same"):
        raise SettingInvalid(
            "Pooling is {modes} with padding valid or same, received {mode} with {padding}.",
            modes=", ".join(MODES),
            mode=mode,
            padding=padding,
        )
    axes = pooling_geometry(window, stride, padding).axes(image.shape[:2])
    result: Array = np.asarray(image, np.float32)
    for direction, axis in enumerate(axes):
        rows = _pool_rows(np.moveaxis(result, direction, 0), axis, mode)
        result = np.moveaxis(rows, 0, direction)
    return result


def pooling_geometry(window: Pair, stride: Pair | None = None, padding: str = "valid") -> Geometry:
    """Return the geometry of a pooling layer; without `stride`, windows stand side by side."""
    return Geometry(kernel=window, stride=stride or window, padding=padding)


def global_average_pool(image: Image) -> Array:
    """Return the mean of each channel, (channels,) float32, of an image (h, w, channels)."""
    return np.asarray(np.mean(image, axis=(0, 1), dtype=np.float64), np.float32)


def global_max_pool(image: Image) -> Array:
    """Return the largest value of each channel, (channels,) float32, of an image (h, w, channels)."""
    return np.asarray(np.max(image, axis=(0, 1)), np.float32)


def shifted_results(
    image: Image, transform: Callable[[Image], Array], shift: Pair = (0, 1)
) -> tuple[Array, Array]:
    """Return the results of `transform` on an image, and on the same image moved by a few pixels.

    The image is cut twice, `shift` pixels apart, so no border is invented and both cuts have one size.

    Args:
        image: (h, w) or (h, w, channels).
        transform: from an image to a result of any shape.
        shift: pixels (down, right), from 0.

    Example:
        >>> dot = np.array([[0, 0, 9, 0, 0, 0, 0]])
        >>> first, moved = shifted_results(dot, lambda cut: pool(cut, "max", (1, 3)))
        >>> change(first, moved)
        0.0
        >>> round(change(*shifted_results(dot, lambda cut: cut)), 3)
        1.414
    """
    down, right = shift
    height, width = image.shape[:2]
    return transform(image[: height - down, : width - right]), transform(image[down:, right:])


def change(first: Image, moved: Image) -> float:
    """Return |moved - first| / |first| over all values: 0 if nothing changes, or if all of `first` is 0."""
    size = length(first)
    return length(np.asarray(moved, np.float64) - first) / size if size else 0.0


def length(values: Image) -> float:
    """Return the Euclidean length of all values, without the threads that ``np.linalg.norm`` wakes."""
    return float(np.sqrt(np.square(values, dtype=np.float64).sum()))


def _pool_rows(image: Array, axis: Axis, mode: str) -> Array:
    """Combine the rows of each window; windows and padding are independent in the two directions."""
    empty, combine = (-np.inf, np.maximum) if mode == "max" else (0.0, np.add)
    result = np.full((axis.output, *image.shape[1:]), empty, np.float32)
    for tap in range(axis.kernel):
        first, last, start = _inside(axis, tap)
        if first < last:
            rows = image[start : start + (last - first - 1) * axis.stride + 1 : axis.stride]
            combine(result[first:last], rows, out=result[first:last])
    if mode == "average":
        np.divide(result, _real_pixels(axis).reshape(-1, *[1] * (image.ndim - 1)), out=result)
    return result


def _inside(axis: Axis, tap: int) -> tuple[int, int, int]:
    """Return the outputs, from and to, for which `tap` meets a real row, and the first such row."""
    offset = tap - axis.before
    first = max(0, -(offset // axis.stride))
    last = min(axis.output, (axis.size - 1 - offset) // axis.stride + 1)
    return first, last, first * axis.stride + offset


def _real_pixels(axis: Axis) -> Array:
    """Return how many pixels of each window are image, not padding, shape (output,)."""
    start = np.arange(axis.output) * axis.stride - axis.before
    return (np.minimum(start + axis.kernel, axis.size) - np.maximum(start, 0)).astype(np.float32)
