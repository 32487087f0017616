"""EfficientNet-Lite0, 1 and 2 as Keras models.

MBConv blocks without squeeze-and-excite, ReLU6 instead of swish, and a stem and head that are not
scaled, so that they quantise well and run fast on a CPU. Source of the numbers:
https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite.
"""

import math
from dataclasses import dataclass
from typing import Any

import keras
from keras import layers

CLASSES = 1000
EPSILON = 1e-3


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How much wider and deeper than Lite0 a variant is, and the dropout of its classifier."""

    width: float
    depth: float
    dropout: float


SCALES = {
    "efficientnet-lite0": Scale(width=1.0, depth=1.0, dropout=0.2),
    "efficientnet-lite1": Scale(width=1.0, depth=1.1, dropout=0.2),
    "efficientnet-lite2": Scale(width=1.1, depth=1.2, dropout=0.3),
}


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A row of equal blocks; only the first one strides and changes the number of channels."""

    kernel: int
    repeats: int
    expansion: int
    filters: int
    stride: int


STAGES = (
    Stage(kernel=3, repeats=1, expansion=1, filters=16, stride=1),
    Stage(kernel=3, repeats=2, expansion=6, filters=24, stride=2),
    Stage(kernel=5, repeats=2, expansion=6, filters=40, stride=2),
    Stage(kernel=3, repeats=3, expansion=6, filters=80, stride=2),
    Stage(kernel=5, repeats=3, expansion=6, filters=112, stride=1),
    Stage(kernel=5, repeats=4, expansion=6, filters=192, stride=2),
    Stage(kernel=3, repeats=1, expansion=6, filters=320, stride=1),
)


def efficientnet_lite(name: str, size: int | None, *, include_top: bool = False) -> keras.Model:
    """Build EfficientNet-Lite with random weights.

    Args:
        name: a key of `SCALES`.
        size: input side in pixels; None for any.
        include_top: add the classifier of the 1000 ImageNet classes, which ends in softmax.

    Returns:
        A model from `(n, size, size, 3)` preprocessed float32 to the feature map
        `(n, h, w, 1280)`, or to `(n, 1000)` probabilities.
    """
    scale = SCALES[name]

    # Stem
    image = keras.Input((size, size, 3), name="image")
    x = _convolution(image, 32, "stem", kernel=3, stride=2)

    # Blocks
    for number, stage in enumerate(STAGES, start=1):
        edge = number in (1, len(STAGES))
        repeats = stage.repeats if edge else math.ceil(stage.repeats * scale.depth)
        filters = _round_to_eight(stage.filters * scale.width)
        for index in range(repeats):
            block = f"block{number}{chr(ord('a') + index)}"
            x = _inverted_residual(x, stage, filters, stage.stride if index == 0 else 1, block)

    # Head
    x = _convolution(x, 1280, "head", kernel=1, stride=1)
    if include_top:
        x = layers.GlobalAveragePooling2D(name="top_pool")(x)
        x = layers.Dropout(scale.dropout, name="top_dropout")(x)
        x = layers.Dense(CLASSES, activation="softmax", name="top_dense")(x)
    return keras.Model(image, x, name=name)


def _inverted_residual(x: Any, stage: Stage, filters: int, stride: int, name: str) -> Any:
    shortcut = x
    if stage.expansion > 1:
        x = _convolution(x, x.shape[-1] * stage.expansion, f"{name}_expand", kernel=1, stride=1)
    x = layers.DepthwiseConv2D(
        stage.kernel, stride, padding="same", use_bias=False, name=f"{name}_depthwise_conv"
    )(x)
    x = layers.BatchNormalization(epsilon=EPSILON, name=f"{name}_depthwise_bn")(x)
    x = layers.ReLU(6.0, name=f"{name}_depthwise_relu6")(x)
    x = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_project_conv")(x)
    x = layers.BatchNormalization(epsilon=EPSILON, name=f"{name}_project_bn")(x)
    if stride == 1 and shortcut.shape[-1] == filters:
        x = layers.Add(name=f"{name}_add")([shortcut, x])
    return x


def _convolution(x: Any, filters: int, name: str, *, kernel: int, stride: int) -> Any:
    x = layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False, name=f"{name}_conv")(
        x
    )
    x = layers.BatchNormalization(epsilon=EPSILON, name=f"{name}_bn")(x)
    return layers.ReLU(6.0, name=f"{name}_relu6")(x)


def _round_to_eight(channels: float) -> int:
    """Return the nearest multiple of 8, at least 90 % of `channels`."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * channels else rounded + 8
