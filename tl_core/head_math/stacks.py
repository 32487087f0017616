"""Layers one after another, as ``model.summary()`` shows them, and sums over their rows."""

import math
from collections import Counter
from dataclasses import dataclass

from tl_core.errors import SettingInvalid
from tl_core.head_math.layers import Layer, LayerRow, Shape, check_number, describe_layer

MAX_LAYERS = 100
MAX_SIDE = 10**6

KERAS_NAMES = {
    "Conv2D": "conv2d",
    "MaxPooling2D": "max_pooling2d",
    "AveragePooling2D": "average_pooling2d",
    "GlobalAveragePooling2D": "global_average_pooling2d",
    "GlobalMaxPooling2D": "global_max_pooling2d",
    "Flatten": "flatten",
    "Dense": "dense",
    "Dropout": "dropout",
    "BatchNormalization": "batch_normalization",
}


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Sums over the rows of a head or a stack."""

    parameters: int
    trainable: int
    multiply_adds: int
    outputs: int
    """Numbers that all layers together put out for one photo."""


def describe_stack(input_shape: Shape, layers: tuple[Layer, ...]) -> tuple[LayerRow, ...]:
    """Return one row a layer, named as Keras would: dense, dense_1 ...

    Args:
        input_shape: `(h, w, channels)` or `(n,)`.
        layers: in the order in which the photo passes them, at most 100.

    Raises:
        SettingInvalid: if a layer cannot follow the one before it; the message names it.

    Example:
        >>> [row.output_shape for row in describe_stack((4, 4, 2), (Layer(kind="Flatten"),))]
        [(32,)]
    """
    check_input_shape(input_shape)
    if len(layers) > MAX_LAYERS:
        raise SettingInvalid(
            "A stack may have up to {limit} layers, received {count}. Remove some.",
            limit=MAX_LAYERS,
            count=len(layers),
        )
    rows: list[LayerRow] = []
    seen: Counter[str] = Counter()
    shape = input_shape
    for layer in layers:
        name, before = KERAS_NAMES[layer.kind], seen[layer.kind]
        rows.append(describe_layer(f"{name}_{before}" if before else name, layer, shape))
        seen[layer.kind] += 1
        shape = rows[-1].output_shape
    return tuple(rows)


def totals(rows: tuple[LayerRow, ...]) -> Totals:
    """Return the sums over `rows`."""
    parameters = sum(row.parameters for row in rows)
    return Totals(
        parameters=parameters,
        trainable=parameters - sum(row.frozen for row in rows),
        multiply_adds=sum(row.multiply_adds for row in rows),
        outputs=sum(math.prod(row.output_shape) for row in rows),
    )


def ratio(larger: tuple[LayerRow, ...], smaller: tuple[LayerRow, ...]) -> float:
    """Return how many times the weights of `smaller` the head `larger` has; inf if it has none."""
    below = totals(smaller).parameters
    return totals(larger).parameters / below if below else math.inf


def check_input_shape(shape: Shape) -> None:
    """Refuse what is neither a feature map nor a vector.

    Raises:
        SettingInvalid: with what was received.
    """
    if len(shape) not in (1, 3):
        raise SettingInvalid(
            "An input is a feature map of height, width and channels, or a vector; received {shape}.",
            shape=" × ".join(map(str, shape)),
        )
    for size in shape:
        check_number("Each side of the input", size, 1, MAX_SIDE)
