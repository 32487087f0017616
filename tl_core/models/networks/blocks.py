"""Measures the blocks of a backbone on the network itself; the source of the committed block table."""

from typing import Any

import keras
import numpy as np

from tl_core.backbones import BackboneSpec, BlockFacts
from tl_core.models.networks.backbones import build_backbone


def layers_of_blocks(model: keras.Model, spec: BackboneSpec) -> list[list[keras.Layer]]:
    """Return the layers of each block: all that its last layer depends on and earlier blocks do not hold.

    Args:
        model: one of `spec`'s networks.
        spec: the backbone.
    """
    seen: set[str] = set()
    blocks = []
    for block in spec.blocks:
        ancestors = _ancestors(model.get_layer(block.last_layer))
        # In the model's own order, so that sums and lists come out the same every time.
        blocks.append([x for x in model.layers if x.name in ancestors and x.name not in seen])
        seen |= ancestors
    return blocks


def measure_blocks(spec: BackboneSpec) -> list[BlockFacts]:
    """Return the facts of each block, counted on a network built with random weights.

    Raises:
        ValueError: if a block's output has a side that no number of the backbone's `steps` gives.
    """
    size = max(spec.min_size, 224)  # large enough that every step changes the side
    model = build_backbone(spec.name, size, "random")
    model.trainable = True
    sides = _sides(spec, size)
    facts = []
    for block, layers in zip(spec.blocks, layers_of_blocks(model, spec), strict=True):
        _, side, _, channels = model.get_layer(block.last_layer).output.shape
        learning = [x for x in layers if not isinstance(x, keras.layers.BatchNormalization)]
        facts.append(
            BlockFacts(
                weights=_count(w for x in layers for w in x.weights),
                trainable=_count(w for x in layers for w in x.trainable_weights),
                learned=_count(w for x in learning for w in x.trainable_weights),
                channels=channels,
                steps=sides.index(side),
            )
        )
    return facts


def _ancestors(layer: keras.Layer) -> set[str]:
    """Return the names of `layer` and of all layers it reads from."""
    found: set[str] = set()
    waiting = [layer]
    while waiting:
        here = waiting.pop()
        if here.name not in found:
            found.add(here.name)
            for node in here._inbound_nodes:
                waiting += [x._keras_history.operation for x in node.input_tensors]
    return found


def _sides(spec: BackboneSpec, size: int) -> list[int]:
    """Return the side of the photo and after each of the backbone's steps."""
    sides = [size]
    for step in spec.steps:
        sides.append(step.output_size((sides[-1], sides[-1]))[0])
    return sides


def _count(weights: Any) -> int:
    return sum(int(np.prod(weight.shape)) for weight in weights)
