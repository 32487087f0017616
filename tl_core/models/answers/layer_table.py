"""What a network is made of: its layers, what their weights look like, and how far training moved them.

The answers are plain numbers. The networks themselves are built, read and let go: the largest would take
200 MB of a worker's memory for a table.
"""

import functools
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from tl_core.backbones import BackboneSpec, get_backbone
from tl_core.machine.memory import lets_go
from tl_core.models.arrays import array_of
from tl_core.models.networks.backbones import build_backbone
from tl_core.models.networks.blocks import layers_of_blocks
from tl_core.models.networks.trained import load_learned
from tl_core.training import get_training
from tl_core.training.layer_tables import BackboneLayer, BackboneLayers
from tl_core.training.weight_tables import LayerArrays, NetworkWeights, WeightArray

BINS = 41
"""Steps of a histogram; an odd number, so that one of them is about zero."""
MOVING = ("moving_mean", "moving_variance")

Arrays = dict[str, dict[str, NDArray[np.float32]]]
"""Layer -> variable -> its values."""


@functools.lru_cache(16)
@lets_go
def backbone_layers(backbone: str, size: int) -> BackboneLayers:
    """Return the layers of a backbone; its weights need not be on this machine.

    Args:
        backbone: name in the registry.
        size: input side in pixels.

    Raises:
        SettingInvalid: no such backbone, or it cannot take that size.
    """
    spec = get_backbone(backbone)
    network = build_backbone(backbone, size, "random")
    network.trainable = True  # so that what is left over can never be trained
    blocks = _block_of(network, spec)
    makers = {id(x): layer.name for layer in network.layers for x in _tensors(layer.output)}
    return BackboneLayers(
        layers=tuple(
            BackboneLayer(
                block=blocks[layer.name],
                name=layer.name,
                kind=type(layer).__name__,
                output_shape=tuple(layer.output.shape[1:]),
                parameters=layer.count_params(),
                moving=sum(math.prod(weight.shape) for weight in layer.non_trainable_weights),
                connected=tuple(
                    makers[id(x)] for x in _tensors(layer.input) if makers[id(x)] != layer.name
                ),
            )
            for layer in network.layers
        )
    )


@functools.lru_cache(4)
@lets_go
def backbone_weights(backbone: str, weights: str) -> NetworkWeights:
    """Return what the weights of every layer of a backbone look like.

    Args:
        backbone: name in the registry.
        weights: ``imagenet`` or ``random``.

    Raises:
        SettingInvalid: no such backbone.
        WeightsMissing: the weights are not on this machine.
    """
    return NetworkWeights(layers=_described(_first_weights(backbone, weights), {}))


@lets_go
def trained_weights(run_id: str) -> NetworkWeights:
    """Return what a training made of its weights.

    Args:
        run_id: id of a training that is done.

    Raises:
        RunNotFound: the run is not there, not trained, or damaged.
        WeightsMissing: its backbone's weights are not on this machine.
    """
    run = get_training(run_id)
    unfrozen, learned = load_learned(run)
    head = learned.get_layer("head") if unfrozen else learned
    layers = _described(_arrays(head), {})
    if not unfrozen:
        return NetworkWeights(layers=layers)
    config = run.settings
    tail = _arrays(learned.get_layer("tail"))
    first = _first_weights(config.backbone, config.weights)
    table = backbone_layers(config.backbone, config.size).layers
    return NetworkWeights(
        layers={**layers, **_described(tail, first)},
        moved=_distances(tail, first, {layer.name: layer.block for layer in table}),
    )


def describe_array(
    values: NDArray[np.float32], ends: tuple[float, float] | None = None
) -> WeightArray:
    """Return shape, statistics and histogram of an array; `ends` are the histogram's, its own by default."""
    counts, edges = np.histogram(values, BINS, range=ends)
    return WeightArray(
        shape=values.shape,
        mean=float(values.mean(dtype=np.float64)),
        std=float(values.std(dtype=np.float64)),
        min=float(values.min()),
        max=float(values.max()),
        edges=edges.astype(np.float32),
        counts=counts,
    )


def _described(network: Arrays, first: Arrays) -> LayerArrays:
    """Return what the weights look like, beside the first ones of the layers of which there are any."""
    return {
        layer: {
            name: _beside(values, first.get(layer, {}).get(name))
            for name, values in variables.items()
        }
        for layer, variables in network.items()
    }


def _beside(values: NDArray[np.float32], first: NDArray[np.float32] | None) -> WeightArray:
    if first is None:
        return describe_array(values)
    ends = (float(min(values.min(), first.min())), float(max(values.max(), first.max())))
    return replace(describe_array(values, ends), before=describe_array(first, ends).counts)


def _distances(tail: Arrays, first: Arrays, blocks: Mapping[str, str]) -> dict[str, float]:
    """Return block -> distance; `blocks` is layer -> block, from the photo inwards."""
    squares: dict[str, NDArray[np.float64]] = {}
    for layer in (name for name in blocks if name in tail):
        for name, values in tail[layer].items():
            if name not in MOVING:
                change = np.linalg.norm((values - first[layer][name]).ravel())
                start = np.linalg.norm(first[layer][name].ravel())
                sums = squares.setdefault(blocks[layer], np.zeros(2))
                sums += np.array([change, start], np.float64) ** 2
    return {
        block: float(np.sqrt(change / start)) if start else 0.0
        for block, (change, start) in squares.items()
    }


def _first_weights(backbone: str, weights: str) -> Arrays:
    return _arrays(build_backbone(backbone, get_backbone(backbone).default_size, weights))


def _arrays(model: keras.Model) -> Arrays:
    return {
        layer.name: {weight.name: array_of(weight) for weight in layer.weights}
        for layer in model.layers
        if layer.weights
    }


def _block_of(network: keras.Model, spec: BackboneSpec) -> dict[str, str]:
    """Return layer -> block."""
    parts = layers_of_blocks(network, spec)
    pairs = zip(spec.blocks, parts, strict=True)
    return {layer.name: block.name for block, layers in pairs for layer in layers}


def _tensors(structure: Any) -> list[Any]:
    return list(keras.tree.flatten(structure))
