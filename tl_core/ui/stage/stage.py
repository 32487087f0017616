"""The convolution stage: input, kernel and result, and every product under the mouse."""

from dataclasses import asdict
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from streamlit.components.v2.types import ComponentRenderer

from tl_core.convolution.arrays import Array, Image, Integers, Pixels
from tl_core.convolution.axis import Axis
from tl_core.convolution.display import signed
from tl_core.convolution.geometry import Geometry, Pair
from tl_core.convolution.relatives import TransposedLayer
from tl_core.convolution.stack import ConvolutionLayer, PoolingLayer
from tl_core.ui import theme
from tl_core.ui.errors import callback
from tl_core.ui.stage.component import Memory, declare, memory, packed, reported
from tl_core.ui.stage.words import words_of

StagedLayer: TypeAlias = ConvolutionLayer | PoolingLayer | TransposedLayer

COLOURS = {
    "weights": theme.WEIGHTS,
    "activations": theme.ACTIVATIONS,
    "padding": theme.CLASSES[1],
}


def convolution_stage(
    image: Image,
    layer: StagedLayer,
    result: Array,
    *,
    image_pixels: Pixels | None = None,
    result_pixels: Pixels | None = None,
    bias: float = 0.0,
    pin: Pair | None = None,
    key: str = "stage",
) -> Pair | None:
    """Draw one layer at work, to be explored with mouse, touch and keyboard.

    Args:
        image: (h, w) or (h, w, 3), uint8 or any real numbers; what the layer is applied to.
        layer: a convolution, a pooling layer, or a transposed convolution of an (h, w) image.
        result: ``layer.apply(image)``, plus `bias`: (oh, ow) or (oh, ow, 3) float32. A convolution with
            weights for three channels may also have kept them apart, as a depthwise one does.
        image_pixels: how the input is drawn, (h, w) or (h, w, 3); by default clipped to 0..255 if it is
            nowhere negative, else on the signed scale.
        result_pixels: how the result is drawn, (oh, ow) or (oh, ow, 3); default the signed scale.
        bias: what is added to every sum, in pixel units; not with a magnitude.
        pin: position, (row, column) from 0, to pin; a position outside the result is moved to its edge.
            Pass what was returned last time, or another position to set it from Python.
        key: name of the component, unique on its page.

    Returns:
        The pinned position in the result, (row, column) from 0, or None.

    Raises:
        SettingInvalid: the layer does not fit on the image.
        ValueError: `result` is not of the size that the layer gives.

    Example::

        layer = ConvolutionLayer(kernel=get_kernel("sobel_x"), geometry=Geometry(kernel=(3, 3)))
        pinned = convolution_stage(image, layer, layer.apply(image), pin=pinned)
    """
    axes = _axes(layer, (image.shape[0], image.shape[1]))
    size = axes[0]["output"], axes[1]["output"]
    if result.shape[:2] != size:
        raise ValueError(f"the layer gives {size}, the result has shape {result.shape}")
    kept = memory(key, pin)
    pinned = _inside(kept.settle(pin, reported(key, "pin"), _position), size)
    kept.agreed = pinned
    arrays = _drawn(image, result, image_pixels, result_pixels) | _numbers(image, layer, result)
    words = {
        "key": key,
        "pin": {"turn": kept.turn, "value": pinned},
        "colours": COLOURS,
        "rows": axes[0],
        "columns": axes[1],
        **_described(layer, bias),
    }
    _component()(
        key=key,
        data=kept.pack(words, arrays),
        on_pin_change=callback(lambda: None),
        on_missing_change=callback(lambda: _send_all(kept)),
    )
    return pinned


@cache
def _component() -> ComponentRenderer:
    return declare("stage")


def _send_all(kept: Memory) -> None:
    """The browser has lost an array, such as after a broken connection."""
    kept.sent = frozenset()


def _position(value: Any) -> Pair | None:
    """Return what the browser pinned; raises TypeError or ValueError if it is no position."""
    if value is None:
        return None
    row, column = value
    if type(row) is not int or type(column) is not int:
        raise TypeError("a position is two whole numbers")
    return row, column


def _inside(pin: Pair | None, size: Pair) -> Pair | None:
    if pin is None:
        return None
    return min(max(pin[0], 0), size[0] - 1), min(max(pin[1], 0), size[1] - 1)


def _drawn(
    image: Image, result: Array, image_pixels: Pixels | None, result_pixels: Pixels | None
) -> dict[str, NDArray[Any]]:
    drawn: dict[str, NDArray[Any]] = {
        "resultPixels": signed(result) if result_pixels is None else result_pixels,
        "scale": theme.SIGNED_TABLE,
    }
    if image_pixels is not None:
        drawn["imagePixels"] = image_pixels
    elif image.dtype != np.uint8 and image.min() < 0:
        drawn["imagePixels"] = signed(image)
    return drawn


def _numbers(image: Image, layer: StagedLayer, result: Array) -> dict[str, NDArray[Any]]:
    rows, columns = _sources(layer, (image.shape[0], image.shape[1]))
    numbers: dict[str, NDArray[Any]] = {
        "image": image if image.dtype == np.uint8 else np.asarray(image, np.float32),
        "result": np.asarray(result, np.float32),
        "rowSource": rows.astype(np.int32),
        "columnSource": columns.astype(np.int32),
    }
    if not isinstance(layer, PoolingLayer):
        numbers["weights"] = packed(layer.kernel, layer.flip)
    return numbers


def _sources(layer: StagedLayer, size: Pair) -> tuple[Integers, Integers]:
    """Return for each axis which pixel of the image each padded pixel copies; -1 for a constant."""
    if isinstance(layer, TransposedLayer):
        return np.arange(size[0]), np.arange(size[1])
    rows, columns = layer.geometry.axes(size)
    return rows.source(layer.geometry.fill), columns.source(layer.geometry.fill)


def _described(layer: StagedLayer, bias: float) -> dict[str, Any]:
    mode, constant = "transpose", 0.0
    if not isinstance(layer, TransposedLayer):
        geometry: Geometry = layer.geometry
        mode = layer.mode if isinstance(layer, PoolingLayer) else "convolve"
        constant = geometry.constant if geometry.fill == "constant" else 0.0
    return {
        "mode": mode,
        "flip": not isinstance(layer, PoolingLayer) and layer.flip,
        "bias": bias,
        "constant": constant,
        "text": words_of(mode),
    }


def _axes(layer: StagedLayer, size: Pair) -> tuple[dict[str, int], dict[str, int]]:
    """Return what the browser knows of the vertical and the horizontal axis."""
    if isinstance(layer, TransposedLayer):
        rows, columns = layer.axes(size)
        return _stamped(rows), _stamped(columns)
    rows, columns = layer.geometry.axes(size)
    return _slid(rows), _slid(columns)


def _slid(axis: Axis) -> dict[str, int]:
    return asdict(axis) | {
        "reach": axis.reach,
        "padded": axis.padded,
        "output": axis.output,
        "dropped": axis.dropped,
        "crop": 0,
    }


def _stamped(axis: Axis) -> dict[str, int]:
    """Return an axis turned around: what it gives is the input, what it sees is the result."""
    return {
        "size": axis.output,
        "padded": axis.output,
        "before": 0,
        "output": axis.size,
        "kernel": axis.kernel,
        "stride": axis.stride,
        "dilation": 1,
        "reach": axis.kernel,
        "dropped": 0,
        "crop": axis.before,
    }
