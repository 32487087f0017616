"""The same convolution twice, by the lab's NumPy engine and by a Keras layer, and how far they are apart."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from tl_core.convolution.answers import Difference
from tl_core.convolution.arrays import Array
from tl_core.convolution.engine import convolve
from tl_core.convolution.geometry import Geometry
from tl_core.convolution.weights import check_weights
from tl_core.errors import ImageRefused

LONGEST_SIDE = 1024
NUMPY_MODES = {
    "zeros": "constant",
    "constant": "constant",
    "reflect": "reflect",
    "replicate": "edge",
    "wrap": "wrap",
}


def compare_with_keras(
    pixels: NDArray[np.uint8],
    parts: list[Array],
    geometry: Geometry,
    *,
    summed: bool,
    flip: bool,
    bias: float = 0.0,
) -> Difference:
    """Run one setting of the convolution page through the engine and through ``keras.layers.Conv2D``.

    Args:
        pixels: ``(h, w) or (h, w, 3) uint8 0..255``, at most 1024 a side.
        parts: the weights, ``(kh, kw) or (kh, kw, 3)``; two for a magnitude.
        geometry: how the kernel is slid.
        summed: add the channels up.
        flip: turn the kernel by 180 degrees first.
        bias: added to every sum; a magnitude has none.

    Raises:
        SettingInvalid: the setting cannot exist.
        ImageRefused: not the pixels of a photo, or too many.
    """
    _check_pixels(pixels)
    kernels = [check_weights(part) for part in parts[:2]]
    if summed and pixels.ndim == 3:
        kernels = [np.repeat(k[..., None], 3, axis=2) if k.ndim == 2 else k for k in kernels]
    bias = bias if len(kernels) == 1 else 0.0
    numpy_results = [convolve(pixels, kernel, geometry, flip=flip) + bias for kernel in kernels]
    keras_results = [_keras_convolve(pixels, kernel, geometry, flip, bias) for kernel in kernels]
    ours, theirs = (_length(results) for results in (numpy_results, keras_results))
    return Difference(
        largest=float(np.abs(ours - theirs).max()) if ours.shape == theirs.shape else None,
        largest_value=float(np.abs(ours).max()),
        numpy=ours.shape,
        keras=theirs.shape,
    )


def _check_pixels(pixels: NDArray[np.uint8]) -> None:
    right = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3)
    if pixels.dtype != np.uint8 or not right or not 0 < max(pixels.shape) <= LONGEST_SIDE:
        raise ImageRefused(
            "The comparison needs a photo of at most {most} pixels a side. Choose a smaller size.",
            most=LONGEST_SIDE,
        )


def _length(results: list[Array]) -> Array:
    if len(results) == 1:
        return results[0]
    length: Array = np.sqrt(np.square(results[0]) + np.square(results[1]))
    return length


def _keras_convolve(
    pixels: NDArray[np.uint8], weights: Array, geometry: Geometry, flip: bool, bias: float
) -> Array:
    if flip:
        weights = weights[::-1, ::-1]
    apart = weights.ndim == 2
    image = pixels.astype(np.float32)
    planes = image[..., None] if image.ndim == 2 else image
    # Channels that stay apart are a batch of grey images.
    batch = np.moveaxis(planes, -1, 0)[..., None] if apart else planes[None]
    kernel = weights.reshape(*weights.shape[:2], -1, 1)
    padding, stride = "valid", geometry.stride
    if geometry.padding == "same" and geometry.fill == "zeros" and geometry.keras_can:
        padding = "same"
    else:
        batch = _padded(batch, geometry)
    if not geometry.keras_can:
        stride = (1, 1)
    layer = keras.layers.Conv2D(
        1,
        geometry.kernel,
        strides=stride,
        padding=padding,
        dilation_rate=geometry.dilation,
    )
    layer.build(batch.shape)
    layer.set_weights([kernel, np.array([bias], np.float32)])
    result = np.asarray(layer(batch))[..., 0]
    if not geometry.keras_can:
        result = result[:, :: geometry.stride[0], :: geometry.stride[1]]
    return np.moveaxis(result, 0, -1) if apart and image.ndim == 3 else result[0]


def _padded(batch: Array, geometry: Geometry) -> Array:
    top, bottom, left, right = geometry.sides((batch.shape[1], batch.shape[2]))
    extra: dict[str, Any] = (
        {"constant_values": geometry.constant} if geometry.fill == "constant" else {}
    )
    sides = ((0, 0), (top, bottom), (left, right), (0, 0))
    return np.pad(batch, sides, mode=NUMPY_MODES[geometry.fill], **extra)  # type: ignore[call-overload]
