"""What one layer does to a shape, and what it costs.

Shapes are those of one photo, without the batch: `(h, w, channels)` for a feature map, `(n,)` for a vector.
Weights are counted as ``model.count_params()`` counts them. Multiply-adds are those of one photo going
forward; a layer without weights counts none.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tl_core.checks import check_choice
from tl_core.convolution.geometry import Geometry
from tl_core.errors import SettingInvalid
from tl_core.wording import N_

Shape = tuple[int, ...]

NO_WEIGHTS = N_("no weights")
MAX_UNITS = 65_536
MAX_WINDOW = 32
PADDINGS = ("valid", "same")


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer by its Keras name; a field that its kind does not know is not looked at.

    Args:
        kind: one of `KINDS`.
        units: outputs of Dense, filters of Conv2D, 1..65,536.
        kernel: side of the square window of Conv2D and pooling, 1..32.
        stride: step of that window; 0 (the default) is Keras' own: 1 for Conv2D, `kernel` for pooling.
        padding: ``valid`` or ``same``.
        use_bias: of Dense and Conv2D.
        rate: share of inputs that Dropout drops, 0 to below 1.

    Raises:
        SettingInvalid: if a value is out of range.
    """

    kind: str
    units: int = 1
    kernel: int = 2
    stride: int = 0
    padding: str = "valid"
    use_bias: bool = True
    rate: float = 0.5

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, KINDS)
        check_choice("padding", self.padding, PADDINGS)
        check_number("units", self.units, 1, MAX_UNITS)
        check_number("kernel", self.kernel, 1, MAX_WINDOW)
        check_number("stride", self.stride, 0, MAX_WINDOW)
        check_rate(self.rate)

    @property
    def step(self) -> int:
        """The stride in use."""
        return self.stride or (1 if self.kind == "Conv2D" else self.kernel)


@dataclass(frozen=True, kw_only=True)
class LayerRow:
    """One line of the table.

    `formula` is a template for `values`; it is the layer's weights written out:
    ``row.formula.format(**row.values)`` -> ``25,088 × 512 + 512 = 12,845,568``.
    """

    name: str
    kind: str
    output_shape: Shape
    parameters: int = 0
    frozen: int = 0
    """Those of `parameters` that no gradient reaches: BatchNormalization's moving averages."""
    formula: str = NO_WEIGHTS
    values: Mapping[str, int] = field(default_factory=dict)
    multiply_adds: int = 0


def describe_layer(name: str, layer: Layer, shape: Shape) -> LayerRow:
    """Return the row of one layer that is given `shape`.

    Raises:
        SettingInvalid: if the layer cannot take that shape.
    """
    if layer.kind in MAP_KINDS and len(shape) != 3:
        raise SettingInvalid(
            "The layer {name} needs a feature map, but gets a vector of {length} numbers. "
            "Move it in front of the layer that makes the vector.",
            name=name,
            length=shape[-1],
        )
    return RULES[layer.kind](layer, shape, name)


def check_number(name: str, value: int, least: int, most: int) -> None:
    """Refuse what is not a whole number from `least` to `most`.

    Raises:
        SettingInvalid: names it, its range and what was received.
    """
    if type(value) is not int or not least <= value <= most:
        raise SettingInvalid(
            "{name} must be a whole number from {least} to {most}, received {value}.",
            name=name,
            least=least,
            most=most,
            value=value,
        )


def check_rate(rate: float) -> None:
    """Refuse a dropout rate outside 0 to below 1.

    Raises:
        SettingInvalid: with what was received.
    """
    if not 0 <= rate < 1:  # also refuses NaN
        raise SettingInvalid("Dropout must be from 0 to below 1, received {value}.", value=rate)


def _windowed(layer: Layer, shape: Shape, name: str) -> tuple[int, int]:
    """Return height and width after a sliding window; the sizes are `Geometry`'s."""
    height, width, _ = shape
    if layer.padding == "valid" and layer.kernel > min(height, width):
        raise SettingInvalid(
            "The window of {name} covers {kernel} × {kernel}, but only {height} × {width} are left. "
            "Choose a smaller window, padding same, or fewer layers before it.",
            name=name,
            kernel=layer.kernel,
            height=height,
            width=width,
        )
    kernel, step = layer.kernel, layer.step
    window = Geometry(kernel=(kernel, kernel), stride=(step, step), padding=layer.padding)
    return window.output_size((height, width))


def _conv2d(layer: Layer, shape: Shape, name: str) -> LayerRow:
    """Weights: filters × (kernel² × channels + 1); https://arxiv.org/abs/1603.07285."""
    height, width = _windowed(layer, shape, name)
    weights = layer.units * layer.kernel**2 * shape[-1]
    parameters = weights + layer.units * layer.use_bias
    inner = "{kernel} × {kernel} × {channels:,}"
    formula = f"({inner} + 1) × {{units:,}}" if layer.use_bias else f"{inner} × {{units:,}}"
    return LayerRow(
        name=name,
        kind=layer.kind,
        output_shape=(height, width, layer.units),
        parameters=parameters,
        formula=formula + " = {parameters:,}",
        values={
            "kernel": layer.kernel,
            "channels": shape[-1],
            "units": layer.units,
            "parameters": parameters,
        },
        multiply_adds=height * width * weights,
    )


def _dense(layer: Layer, shape: Shape, name: str) -> LayerRow:
    """Weights: inputs × units + units; on a feature map Keras applies it at every position."""
    weights = shape[-1] * layer.units
    parameters = weights + layer.units * layer.use_bias
    bias = " + {units:,}" if layer.use_bias else ""
    return LayerRow(
        name=name,
        kind=layer.kind,
        output_shape=(*shape[:-1], layer.units),
        parameters=parameters,
        formula=f"{{inputs:,}} × {{units:,}}{bias} = {{parameters:,}}",
        values={"inputs": shape[-1], "units": layer.units, "parameters": parameters},
        multiply_adds=math.prod(shape[:-1]) * weights,
    )


def _batch_normalization(layer: Layer, shape: Shape, name: str) -> LayerRow:
    """Gamma, beta, moving mean and variance a channel; Ioffe and Szegedy 2015, arXiv 1502.03167."""
    channels = shape[-1]
    return LayerRow(
        name=name,
        kind=layer.kind,
        output_shape=shape,
        parameters=4 * channels,
        frozen=2 * channels,
        formula="4 × {channels:,} = {parameters:,}",
        values={"channels": channels, "parameters": 4 * channels},
        multiply_adds=math.prod(shape),
    )


def _pooling(layer: Layer, shape: Shape, name: str) -> LayerRow:
    size = _windowed(layer, shape, name)
    return LayerRow(name=name, kind=layer.kind, output_shape=(*size, shape[-1]))


def _global_pooling(layer: Layer, shape: Shape, name: str) -> LayerRow:
    """One number a channel; Lin et al. 2013, https://arxiv.org/abs/1312.4400."""
    return LayerRow(name=name, kind=layer.kind, output_shape=shape[-1:])


def _flatten(layer: Layer, shape: Shape, name: str) -> LayerRow:
    return LayerRow(name=name, kind=layer.kind, output_shape=(math.prod(shape),))


def _unchanged(layer: Layer, shape: Shape, name: str) -> LayerRow:
    return LayerRow(name=name, kind=layer.kind, output_shape=shape)


RULES: dict[str, Callable[[Layer, Shape, str], LayerRow]] = {
    "Conv2D": _conv2d,
    "MaxPooling2D": _pooling,
    "AveragePooling2D": _pooling,
    "GlobalAveragePooling2D": _global_pooling,
    "GlobalMaxPooling2D": _global_pooling,
    "Flatten": _flatten,
    "Dense": _dense,
    "Dropout": _unchanged,
    "BatchNormalization": _batch_normalization,
}
KINDS = tuple(RULES)
MAP_KINDS = KINDS[:5]
"""Kinds that need height and width."""
