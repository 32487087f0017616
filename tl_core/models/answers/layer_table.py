"""What a network is made of: its layers, what their weights look like, and how far training moved them.

The answers are plain numbers. The networks themselves are built, read and let go: the largest would take
200 MB of a worker's memory for a table.
"""

import functools
import math
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from tl_core.backbones import BackboneSpec, get_backbone
from tl_core.models.answers.prediction import load_learned
from tl_core.models.arrays import array_of
from tl_core.models.networks.backbones import build_backbone
from tl_core.models.networks.blocks import layers_of_blocks
from tl_core.training import get_training

BINS = 41
"""Steps of a histogram; an odd number, so that one of them is about zero."""
MOVING = ("moving_mean", "moving_variance")

Arrays = dict[str, dict[str, NDArray[np.float32]]]
"""Layer -> variable -> its values."""


@functools.lru_cache(16)
def backbone_layers(backbone: str, size: int) -> list[dict[str, Any]]:
    """Return the layers of a backbone; its weights need not be on this machine.

    Args:
        backbone: name in the registry.
        size: input side in pixels.

    Returns:
        From the photo inwards, each with ``block``, ``name``, ``kind`` (Keras class), ``output_shape``
        (of one photo), ``parameters``, ``moving`` (those of them that no gradient ever reaches, such as
        BatchNormalization's averages) and ``connected`` (names of the layers before it).

    Raises:
        SettingInvalid: no such backbone, or it cannot take that size.
    """
    spec = get_backbone(backbone)
    network = build_backbone(backbone, size, "random")
    network.trainable = True  # so that what is left over can never be trained
    blocks = _block_of(network, spec)
    makers = {id(x): layer.name for layer in network.layers for x in _tensors(layer.output)}
    return [
        {
            "block": blocks[layer.name],
            "name": layer.name,
            "kind": type(layer).__name__,
            "output_shape": tuple(layer.output.shape[1:]),
            "parameters": layer.count_params(),
            "moving": sum(math.prod(weight.shape) for weight in layer.non_trainable_weights),
            "connected": tuple(
                makers[id(x)] for x in _tensors(layer.input) if makers[id(x)] != layer.name
            ),
        }
        for layer in network.layers
    ]


@functools.lru_cache(4)
def backbone_weights(backbone: str, weights: str) -> dict[str, dict[str, Any]]:
    """Return what the weights of every layer of a backbone look like.

    Args:
        backbone: name in the registry.
        weights: ``imagenet`` or ``random``.

    Returns:
        Layer -> variable -> ``shape``, ``mean``, ``std``, ``min``, ``max``, and a histogram as ``edges``
        (42 numbers) and ``counts`` (41).

    Raises:
        SettingInvalid: no such backbone.
        WeightsMissing: the weights are not on this machine.
    """
    return {
        layer: {name: describe_array(array) for name, array in variables.items()}
        for layer, variables in _first_weights(backbone, weights).items()
    }


def trained_weights(run_id: str) -> dict[str, Any]:
    """Return what a training made of its weights.

    The distance of a block is ``||w - w0|| / ||w0||`` (Euclidean), over all of its weights but the moving
    averages: 0 is where it began, 1 as far as its beginning is from nothing.

    Args:
        run_id: id of a training that is done.

    Returns:
        ``layers`` as in `backbone_weights`, of the head and of every layer that was unfrozen; those of
        the latter have ``before`` too, with the counts of the first weights on the same edges. ``moved``
        is block -> distance, for the unfrozen blocks from the photo inwards; empty without fine-tuning.

    Raises:
        RunNotFound: the run is not there, not trained, or damaged.
        WeightsMissing: its backbone's weights are not on this machine.
    """
    run = get_training(run_id)
    unfrozen, learned = load_learned(run)
    head = learned.get_layer("head") if unfrozen else learned
    layers = {name: _described(variables, {}) for name, variables in _arrays(head).items()}
    if not unfrozen:
        return {"layers": layers, "moved": {}}
    config = run.settings
    tail = _arrays(learned.get_layer("tail"))
    first = _first_weights(config.backbone, config.weights)
    layers |= {name: _described(variables, first[name]) for name, variables in tail.items()}
    blocks = {row["name"]: row["block"] for row in backbone_layers(config.backbone, config.size)}
    return {"layers": layers, "moved": _distances(tail, first, blocks)}


def describe_array(
    values: NDArray[np.float32], ends: tuple[float, float] | None = None
) -> dict[str, Any]:
    """Return shape, statistics and histogram of an array; `ends` are the histogram's, its own by default."""
    counts, edges = np.histogram(values, BINS, range=ends)
    return {
        "shape": values.shape,
        "mean": float(values.mean(dtype=np.float64)),
        "std": float(values.std(dtype=np.float64)),
        "min": float(values.min()),
        "max": float(values.max()),
        "edges": edges.astype(np.float32),
        "counts": counts,
    }


def _described(
    variables: Mapping[str, NDArray[np.float32]], first: Mapping[str, NDArray[np.float32]]
) -> dict[str, Any]:
    found = {}
    for name, values in variables.items():
        if name not in first:
            found[name] = describe_array(values)
            continue
        both = (values, first[name])
        ends = (float(min(x.min() for x in both)), float(max(x.max() for x in both)))
        before = describe_array(first[name], ends)["counts"]
        found[name] = describe_array(values, ends) | {"before": before}
    return found


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
