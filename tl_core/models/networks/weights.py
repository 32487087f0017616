"""Puts weights into backbones: EfficientNet-Lite's ``.pth`` files, Keras' ``.h5``, known arrays, random."""

import math
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tl_core.backbones import BackboneSpec, find_weights, is_intact
from tl_core.backbones.known_arrays import read_known
from tl_core.backbones.lite_arrays import in_keras_layout, name_in_file
from tl_core.backbones.pth import read_pth
from tl_core.errors import WeightsMissing

# He's gain is 2, for networks that normalise by batch; frozen ones do not, and ResNet50's and Xception's
# sums of shortcuts then pass float16's largest number. With 1.6 no backbone's do.
GAIN = 1.6


def load_imagenet(model: keras.Model, spec: BackboneSpec) -> None:
    """Put the ImageNet weights of `spec` into `model`, which is one of its networks.

    Raises:
        WeightsMissing: if the weights are not on this machine, or do not fit.
    """
    path = find_weights(spec.name)
    if path.suffix == ".pth":
        load_lite(model, spec, read_pth(path.read_bytes()))
    elif spec.weights and not is_intact(path, spec.weights):  # so its arrays are known
        for layer, arrays in zip(_learned(model), read_known(spec, path), strict=True):
            layer.set_weights(arrays)
    else:
        _load_h5(model, spec, path)


def randomise(model: keras.Model, seed: int) -> None:
    """Draw the kernels of an untrained `model` anew, the same for the same `seed` everywhere.

    As He et al. 2015, https://arxiv.org/abs/1502.01852: normal, variance `GAIN` / fan-in. Biases and
    normalisation keep what Keras gives them, zeros and ones.
    """
    generator = np.random.default_rng(seed)
    for layer in model.layers:
        for variable in layer.weights:
            if variable.name.endswith("kernel"):
                values = generator.standard_normal(variable.shape, dtype=np.float32)
                variable.assign(values * np.float32(math.sqrt(GAIN / _fan_in(layer, variable))))


def load_lite(model: keras.Model, spec: BackboneSpec, arrays: dict[str, np.ndarray]) -> None:
    """Put the arrays of an EfficientNet-Lite ``.pth`` into `model`, with or without its classifier."""
    blocks = [block.name for block in spec.blocks[1:-1]]
    for layer in _learned(model):
        layer.set_weights(in_keras_layout(arrays, name_in_file(layer.name, blocks)))


def _learned(model: keras.Model) -> list[keras.Layer]:
    return [layer for layer in model.layers if layer.weights]


def _fan_in(layer: keras.Layer, kernel: Any) -> int:
    """Return how many inputs one output sums up; a depthwise kernel does not sum over channels."""
    depthwise = isinstance(layer, keras.layers.DepthwiseConv2D) or "depthwise" in kernel.name
    return math.prod(kernel.shape[:2] if depthwise else kernel.shape[:-1])


def _load_h5(model: keras.Model, spec: BackboneSpec, path: Path) -> None:
    try:
        model.load_weights(path)
    except (OSError, ValueError, KeyError):
        raise WeightsMissing(
            "The file {file} does not fit {title}. Delete it and fetch it again, or choose "
            "EfficientNet-Lite0.",
            file=path.name,
            title=spec.title,
        ) from None
