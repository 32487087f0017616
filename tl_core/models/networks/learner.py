"""The part of a network that learns in the second phase: the unfrozen blocks and the head on top of them."""

from collections.abc import Mapping, Sequence

import keras
import numpy as np
from numpy.typing import NDArray

from tl_core.models.arrays import array_of
from tl_core.models.networks.backbones import build_backbone
from tl_core.models.networks.block_rates import TAIL
from tl_core.training import TrainingConfig


def build_tail(config: TrainingConfig) -> keras.Model:
    """Return the backbone's last blocks, `config.unfrozen` of them, ready to learn.

    Every BatchNormalization stays as ImageNet left it, moving averages, gamma and beta: a call with
    ``training=False`` does not hold inside ``fit``, ``trainable = False`` does (keras-team/keras#20285).

    Returns:
        A model from the activations at the cut, or the preprocessed image when everything learns, to the
        feature map ``(n, h, w, channels)``. Its layers belong to no other model.
    """
    backbone = build_backbone(config.backbone, config.size, config.weights)
    tail = unfrozen_blocks(backbone, config)
    for layer in tail.layers:
        frozen = isinstance(layer, keras.layers.BatchNormalization)
        layer.trainable = not frozen or "batch-norm" in config.mistakes
    return tail


def unfrozen_blocks(backbone: keras.Model, config: TrainingConfig) -> keras.Model:
    """Return the last blocks of `backbone`, `config.unfrozen` of them, as a model that shares its layers."""
    cut = config.cut.layer
    start = backbone.get_layer(cut).output if cut else backbone.input
    return keras.Model(start, backbone.output, name=TAIL)


def inside_tail(tail: keras.Model, layers: Sequence[str]) -> keras.Model:
    """Return a model from the activations at the cut to the outputs of some of the layers of a tail."""
    # A layer's own `output` is in the backbone that the tail was cut from, and leads to no input of the tail.
    nodes = (node for nodes in tail._nodes_by_depth.values() for node in nodes)
    outputs = {node.operation.name: node.outputs[0] for node in nodes}
    return keras.Model(tail.input, [outputs[name] for name in layers])


def build_learner(tail: keras.Model, head: keras.Model, config: TrainingConfig) -> keras.Model:
    """Return `tail` and `head` as one model, from the activations at the cut to logits."""
    activations = keras.Input(tail.input_shape[1:], name="activations")
    features = tail(activations)
    if config.pooling == "gap":
        features = keras.layers.GlobalAveragePooling2D(name="gap")(features)
    return keras.Model(activations, head(features), name="learner")


def tail_arrays(tail: keras.Model) -> dict[str, NDArray[np.float32]]:
    """Return the weights of a tail by ``layer/variable``, as the backbone names them."""
    return {
        f"{layer.name}/{variable.name}": array_of(variable)
        for layer in tail.layers
        for variable in layer.weights
    }


def load_tail_arrays(tail: keras.Model, arrays: Mapping[str, NDArray[np.float32]]) -> None:
    """Put the arrays of `tail_arrays` into a tail of the same cut.

    Raises:
        KeyError, ValueError: they are of another cut or backbone.
    """
    for layer in tail.layers:
        for variable in layer.weights:
            variable.assign(arrays[f"{layer.name}/{variable.name}"])
