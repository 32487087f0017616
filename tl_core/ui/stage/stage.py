"""The convolution stage: input, kernel and result, and every product under the mouse."""

from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from streamlit.components.v2.types import ComponentRenderer

from tl_core.convolution.arrays import Array, Image, Pixels
from tl_core.convolution.display import clipped, signed
from tl_core.convolution.geometry import Axis, Geometry, Pair
from tl_core.convolution.stack import ConvolutionLayer, PoolingLayer
from tl_core.ui import theme
from tl_core.ui.stage.component import Memory, declare, memory, reported
from tl_core.ui.text import t

COLOURS = {
    "negative": theme.NEGATIVE,
    "zero": theme.ZERO,
    "positive": theme.POSITIVE,
    "weights": theme.WEIGHTS,
    "activations": theme.ACTIVATIONS,
}


def convolution_stage(
    image: Image,
    layer: ConvolutionLayer | PoolingLayer,
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
        layer: a convolution, or a pooling layer.
        result: ``layer.apply(image)``, plus `bias`: (oh, ow) or (oh, ow, 3) float32.
        image_pixels: how the input is drawn, (h, w) or (h, w, 3); by default as it is if it is uint8 or
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
    axes = layer.geometry.axes((image.shape[0], image.shape[1]))
    size = axes[0].output, axes[1].output
    if result.shape[:2] != size:
        raise ValueError(f"the layer gives {size}, the result has shape {result.shape}")
    kept = memory(key, pin)
    pinned = _inside(kept.settle(pin, reported(key, "pin"), _position), size)
    kept.agreed = pinned
    drawn = _drawn(image, result, image_pixels, result_pixels)
    arrays = drawn | _numbers(image, layer, result, axes)
    _component()(
        key=key,
        data={
            "key": key,
            "pin": {"turn": kept.turn, "value": pinned},
            "arrays": kept.pack(arrays),
            "colours": COLOURS,
            "text": _text(layer),
            **_described(layer, axes, bias),
        },
        on_pin_change=lambda: None,
        on_missing_change=lambda: _send_all(kept),
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
        "resultPixels": signed(result) if result_pixels is None else result_pixels
    }
    if image_pixels is not None:
        drawn["imagePixels"] = image_pixels
    elif image.dtype != np.uint8:
        drawn["imagePixels"] = signed(image) if image.min() < 0 else clipped(image)
    return drawn


def _numbers(
    image: Image, layer: ConvolutionLayer | PoolingLayer, result: Array, axes: tuple[Axis, Axis]
) -> dict[str, NDArray[Any]]:
    fill = layer.geometry.fill
    numbers: dict[str, NDArray[Any]] = {
        "image": image if image.dtype == np.uint8 else np.asarray(image, np.float32),
        "result": np.asarray(result, np.float32),
        "rowSource": axes[0].source(fill).astype(np.int32),
        "columnSource": axes[1].source(fill).astype(np.int32),
    }
    if isinstance(layer, ConvolutionLayer):
        numbers["weights"] = _weights(layer)
    return numbers


def _weights(layer: ConvolutionLayer) -> Array:
    """Return what meets the patch, (parts, channels or 1, kh, kw): turned if the layer flips."""
    parts = [part if part.ndim == 3 else part[:, :, None] for part in layer.kernel.parts]
    weights = np.stack([np.moveaxis(part, -1, 0) for part in parts])
    return weights[:, :, ::-1, ::-1] if layer.flip else weights


def _described(
    layer: ConvolutionLayer | PoolingLayer, axes: tuple[Axis, Axis], bias: float
) -> dict[str, Any]:
    geometry: Geometry = layer.geometry
    return {
        "mode": layer.mode if isinstance(layer, PoolingLayer) else "convolve",
        "flip": isinstance(layer, ConvolutionLayer) and layer.flip,
        "bias": bias,
        "constant": geometry.constant if geometry.fill == "constant" else 0.0,
        "rows": _axis(axes[0]),
        "columns": _axis(axes[1]),
    }


def _axis(axis: Axis) -> dict[str, int]:
    return asdict(axis) | {
        "reach": axis.reach,
        "padded": axis.padded,
        "output": axis.output,
        "dropped": axis.dropped,
    }


def _text(layer: ConvolutionLayer | PoolingLayer) -> Mapping[str, str]:
    """Return every word that the browser shows; it fills the placeholders itself."""
    return _words() | (_words_of_pooling() if isinstance(layer, PoolingLayer) else {})


def _words() -> dict[str, str]:
    return {
        "input": t("Input"),
        "kernel": t("Kernel"),
        "turned": t("Kernel, turned by 180°"),
        "result": t("Result"),
        "size": t("{height} × {width}"),
        "padded": t("with padding {height} × {width}"),
        "red": t("Red"),
        "green": t("Green"),
        "blue": t("Blue"),
        "part": t("Kernel {number}"),
        "padding": t("Padding"),
        "dropped": t("Dropped by the stride"),
        "inputName": t("Input, {height} × {width} pixels, with the patch under the kernel framed"),
        "kernelName": t("Kernel of {height} × {width} weights"),
        "resultName": t(
            "Result, {height} × {width}. Arrow keys move the position, Home and End go to the first and the "
            "last, Enter pins it, Escape lets it go."
        ),
        "productsName": t("Every pixel times its weight at this position"),
        "position": t(
            "Result [{row}, {column}] = {value}. Patch: rows {top} to {bottom}, columns {left} to {right}."
        ),
        "inPadding": t("{count} of {all} are padding."),
        "pinned": t("Pinned."),
        "pixel": t("Input [{row}, {column}] = {value}: {count} products use it."),
        "copies": t("Copies of it in the padding count too."),
        "paddingPixel": t("Padding [{row}, {column}] = {value}: {count} products use it."),
        "weight": t("Weight [{row}, {column}]: {equation}. Marked: every pixel that it meets."),
        "sum": t("Sum of {count} products"),
        "bias": t("bias {value}"),
        "play": t("Play"),
        "pause": t("Pause"),
        "step": t("One step"),
        "speed": t("Speed"),
        "perSecond": t("{count} per second"),
        "scrub": t("Position"),
        "larger": t("Larger cells"),
        "hint": t(
            "Point at the result, the input or the kernel. A click pins the position; the arrow keys move it."
        ),
    }


def _words_of_pooling() -> dict[str, str]:
    return {
        "kernel": t("Window"),
        "inputName": t("Input, {height} × {width} pixels, with the window framed"),
        "kernelName": t("Window of {height} × {width} pixels"),
        "productsName": t("Every pixel in the window at this position"),
        "position": t(
            "Result [{row}, {column}] = {value}. Window: rows {top} to {bottom}, columns {left} to {right}."
        ),
        "inPadding": t("{count} of {all} are padding and do not count."),
        "pixel": t("Input [{row}, {column}] = {value}: {count} windows see it."),
        "paddingPixel": t("Padding [{row}, {column}]: it does not count."),
        "weight": t("Place [{row}, {column}] in the window: {equation}."),
        "most": t("Largest of {count} pixels"),
        "mean": t("Sum of {count} pixels / {count}"),
    }
