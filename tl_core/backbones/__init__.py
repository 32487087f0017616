"""Backbones as data: what each one is, and where its weights are.

`spec` says what a backbone is, `efficientnet_lite` and `keras_applications` list them, `registry`
reads them, `weight_files` finds and fetches their weights, `known_arrays` knows some by their numbers.
None of it needs Keras.
"""

from tl_core.backbones.block_table import BlockFacts
from tl_core.backbones.registry import DEFAULT_BACKBONE, get_backbone, list_backbones
from tl_core.backbones.spec import (
    MAX_INPUT_SIZE,
    BackboneSpec,
    Block,
    Preprocessing,
    WeightsFile,
)
from tl_core.backbones.weight_files import (
    check_weights,
    ensure_weights,
    find_weights,
    is_intact,
    weights_sha256,
    weights_source,
)

__all__ = [
    "DEFAULT_BACKBONE",
    "MAX_INPUT_SIZE",
    "BackboneSpec",
    "Block",
    "BlockFacts",
    "Preprocessing",
    "WeightsFile",
    "check_weights",
    "ensure_weights",
    "find_weights",
    "get_backbone",
    "is_intact",
    "list_backbones",
    "weights_sha256",
    "weights_source",
]
