"""The NumPy and the Keras program for exactly one setting, to copy and run.

Both read ``photo.png`` from the current folder and end with the variable ``result``. They are written to be
read: the NumPy one is shift-and-add over the weights, which is what `engine` does faster.
"""

from collections.abc import Sequence

import numpy as np

from tl_core.convolution.arrays import Array
from tl_core.convolution.geometry import Geometry, Pair, Sides
from tl_core.convolution.stack import ConvolutionLayer, Layer, PoolingLayer, ReluLayer
from tl_core.convolution.weights import shortest

_READ = 'image = np.asarray(Image.open("photo.png").convert("{mode}"), dtype=np.float32)'

_CORRELATE = '''

def correlate(image, weights, stride, dilation):
    """Add up the image once for each weight: shifted, times that weight."""
    height, width = (
        (image.shape[axis] - dilation[axis] * (weights.shape[axis] - 1) - 1) // stride[axis] + 1
        for axis in (0, 1)
    )
    result = np.zeros((height, width, *image.shape[2:]), dtype=np.float32)
    for y in range(weights.shape[0]):
        for x in range(weights.shape[1]):
            rows = slice(y * dilation[0], y * dilation[0] + height * stride[0], stride[0])
            columns = slice(x * dilation[1], x * dilation[1] + width * stride[1], stride[1])
            result += weights[y, x] * image[rows, columns]
    return result
'''

_POOL = '''

def pool(image, window, stride, combine):
    """Combine the pixels of each window."""
    windows = np.lib.stride_tricks.sliding_window_view(image, window, axis=(0, 1))
    return combine(windows[:: stride[0], :: stride[1]], axis=(-2, -1))
'''

_FILLS = {
    "zeros": "",
    "constant": ", constant_values={constant!r}",
    "reflect": ', mode="reflect"',
    "replicate": ', mode="edge"',
    "wrap": ', mode="wrap"',
}


def numpy_code(layers: Sequence[Layer], image_size: Pair, *, colour: bool = False) -> str:
    """Return a NumPy program that computes `layers` on a photo of `image_size` (height, width).

    Args:
        layers: from the image inwards.
        image_size: pixels; padding ``same`` depends on it.
        colour: read the photo as RGB, (h, w, 3); otherwise grey, (h, w).

    Raises:
        SettingInvalid: a layer does not fit on what the layer before leaves.
    """
    body = [_READ.format(mode="RGB" if colour else "L"), "result = image"]
    for layer in layers:
        sides = layer.geometry.sides(image_size)
        match layer:
            case ConvolutionLayer():
                body += ["", *_numpy_convolution(layer, sides, colour)]
                colour = colour and _keeps_channels_apart(layer)
            case PoolingLayer():
                body += ["", *_numpy_pooling(layer, sides, colour)]
            case ReluLayer():
                body += ["", "result = np.maximum(result, 0)"]
        image_size = layer.geometry.output_size(image_size)
    functions = [
        text
        for kind, text in ((ConvolutionLayer, _CORRELATE), (PoolingLayer, _POOL))
        if any(isinstance(layer, kind) for layer in layers)
    ]
    head = "import numpy as np\nfrom PIL import Image\n" + "".join(functions)
    return "\n".join([head, "\n" * bool(functions) + body[0], *body[1:], ""])


def keras_code(layers: Sequence[Layer], image_size: Pair, *, colour: bool = False) -> str:
    """Return a Keras program for the same setting; arguments and errors as `numpy_code`."""
    body = ["import keras", "import numpy as np", "from PIL import Image", ""]
    body += [_READ.format(mode="RGB" if colour else "L")]
    first = next((layer for layer in layers if isinstance(layer, ConvolutionLayer)), None)
    apart = colour and first is not None and _keeps_channels_apart(first)
    if apart:
        body += ["# Each channel is on its own: they become a batch of three grey images."]
        body += ["result = np.moveaxis(image, -1, 0)[..., None]"]
    else:
        body += ["result = image[None]" if colour else "result = image[None, ..., None]"]
    for layer in layers:
        match layer:
            case ConvolutionLayer():
                if apart and not _keeps_channels_apart(layer):
                    body += [
                        "",
                        "# From here on the channels are summed: one image of three channels.",
                    ]
                    body += ["result = np.moveaxis(np.asarray(result)[..., 0], 0, -1)[None]"]
                    apart = False
                sides = layer.geometry.sides(image_size)
                body += ["", *_keras_convolution(layer, sides, 3 if colour and not apart else 1)]
                colour = colour and apart
            case PoolingLayer():
                name = {"max": "MaxPooling2D", "average": "AveragePooling2D"}[layer.mode]
                window, stride = layer.geometry.kernel, layer.geometry.stride
                body += ["", f"layer = keras.layers.{name}({window}, {stride}, {layer.padding!r})"]
                body += ["result = layer(result)"]
            case ReluLayer():
                body += ["", "result = keras.ops.relu(result)"]
        image_size = layer.geometry.output_size(image_size)
    body += ["", "result = np.asarray(result)"]
    if apart:
        body += ["result = np.moveaxis(result[..., 0], 0, -1)"]
    else:
        body += ["result = result[0]" if colour else "result = result[0, ..., 0]"]
    return "\n".join([*body, ""])


def _numpy_convolution(layer: ConvolutionLayer, sides: Sides, colour: bool) -> list[str]:
    lines, geometry = _weights(layer), layer.geometry
    if any(sides):
        lines += [f"result = np.pad(result, {_pairs(sides, colour)}{_fill(geometry)})"]
    where = f"stride={geometry.stride}, dilation={geometry.dilation}"
    summed = ".sum(axis=-1)" if colour and not _keeps_channels_apart(layer) else ""
    if layer.kernel.second is None:
        lines += [f"result = correlate(result, weights, {where}){summed}"]
        return [*lines, f"result += {_bias(layer)}"] if layer.bias else lines
    lines += [f"x = correlate(result, weights_x, {where}){summed}"]
    lines += [f"y = correlate(result, weights_y, {where}){summed}"]
    return [*lines, "result = np.sqrt(x**2 + y**2)"]


def _numpy_pooling(layer: PoolingLayer, sides: Sides, colour: bool) -> list[str]:
    lines, combine = [], {"max": "np.max", "average": "np.mean"}[layer.mode]
    if any(sides):
        combine = combine.replace("np.", "np.nan")
        lines += [f"# The padding is not a number, and {combine} leaves it out."]
        lines += [f"result = np.pad(result, {_pairs(sides, colour)}, constant_values=np.nan)"]
    return [
        *lines,
        f"result = pool(result, {layer.geometry.kernel}, {layer.geometry.stride}, {combine})",
    ]


def _keras_convolution(layer: ConvolutionLayer, sides: Sides, channels: int) -> list[str]:
    lines, geometry = _weights(layer), layer.geometry
    stride, padding, keep = geometry.stride, "valid", ""
    if geometry.padding == "same" and geometry.fill == "zeros" and geometry.keras_can:
        padding = "same"
    elif any(sides):
        pairs = f"((0, 0), {_pairs(sides, True)[1:]}"
        lines += [f"result = np.pad(np.asarray(result), {pairs}{_fill(geometry)})"]
    if not geometry.keras_can:
        lines += ["# Keras refuses a stride together with a dilation: compute all, keep some."]
        stride, keep = (1, 1), f"[:, ::{geometry.stride[0]}, ::{geometry.stride[1]}]"
    parts = ["weights"] if layer.kernel.second is None else ["weights_x", "weights_y"]
    lines += ["# Keras wants weights of shape (height, width, channels, filters)."]
    lines += [f"kernel = np.stack([{', '.join(parts)}], axis=-1)"]
    if layer.kernel.weights.ndim == 2:
        lines += [f"kernel = np.stack([kernel] * {channels}, axis=2)"]
    biased = bool(layer.bias) and len(parts) == 1
    bias = f", np.array([{_bias(layer)}])" if biased else ""
    lines += [
        "layer = keras.layers.Conv2D(",
        f"    {len(parts)}, {geometry.kernel}, strides={stride}, padding={padding!r},",
        f"    dilation_rate={geometry.dilation}, use_bias={biased},",
        ")",
        "layer.build(result.shape)",
        f"layer.set_weights([kernel{bias}])",
        f"result = layer(result){keep}",
    ]
    if len(parts) == 2:
        lines += ["result = keras.ops.sqrt(keras.ops.sum(result**2, axis=-1, keepdims=True))"]
    return lines


def _keeps_channels_apart(layer: ConvolutionLayer) -> bool:
    return not layer.summed and layer.kernel.weights.ndim == 2


def _weights(layer: ConvolutionLayer) -> list[str]:
    names = ["weights"] if layer.kernel.second is None else ["weights_x", "weights_y"]
    lines = [
        f"{name} = {_literal(part)}" for name, part in zip(names, layer.kernel.parts, strict=True)
    ]
    if layer.flip:
        lines += ["# Convolution in the mathematical sense turns the kernel by 180 degrees."]
        lines += [f"{name} = {name}[::-1, ::-1]" for name in names]
    return lines


def _bias(layer: ConvolutionLayer) -> str:
    return shortest(np.float32(layer.bias))


def _literal(weights: Array) -> str:
    rows = "".join(f"        {_numbers(row)},\n" for row in weights)
    return f"np.array(\n    [\n{rows}    ],\n    dtype=np.float32,\n)"


def _numbers(weights: Array) -> str:
    if weights.ndim == 0:
        return shortest(np.float32(weights))
    return f"[{', '.join(_numbers(part) for part in weights)}]"


def _pairs(sides: Sides, channels: bool) -> str:
    top, bottom, left, right = sides
    return f"(({top}, {bottom}), ({left}, {right}){', (0, 0)' if channels else ''})"


def _fill(geometry: Geometry) -> str:
    return _FILLS[geometry.fill].format(constant=float(geometry.constant))
