"""What the arrays of EfficientNet-Lite's ``.pth`` files are called, and how Keras lays them out."""

import numpy as np

from tl_core.backbones.pth import read_pth
from tl_core.backbones.weight_files import find_weights

EDGES = {
    "stem_conv": "_conv_stem",
    "stem_bn": "_bn0",
    "head_conv": "_conv_head",
    "head_bn": "_bn1",
    "top_dense": "_fc",
}
"""Layer outside the blocks -> its name in the file."""

PARTS = {
    "expand_conv": "_expand_conv",
    "expand_bn": "_bn0",
    "depthwise_conv": "_depthwise_conv",
    "depthwise_bn": "_bn1",
    "project_conv": "_project_conv",
    "project_bn": "_bn2",
}
"""Layer inside a block -> its name in the file."""


def load_top(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the classifier of ImageNet's classes that an EfficientNet-Lite was published with.

    Returns:
        Kernel ``(channels, 1000)`` and bias ``(1000,)``, float32: from the mean of its features to logits.

    Raises:
        WeightsMissing: if the weights are not on this machine.
    """
    arrays = read_pth(find_weights(name).read_bytes())
    kernel, bias = in_keras_layout(arrays, EDGES["top_dense"])
    return kernel, bias


def name_in_file(layer: str, blocks: list[str]) -> str:
    """Return what a layer is called in the file; `blocks` are the names of those that repeat."""
    if layer in EDGES:
        return EDGES[layer]
    block, part = layer.split("_", 1)
    return f"_blocks.{blocks.index(block)}.{PARTS[part]}"


def in_keras_layout(arrays: dict[str, np.ndarray], name: str) -> list[np.ndarray]:
    """Return a layer's arrays in the order and layout of Keras."""
    weight = arrays[f"{name}.weight"]
    if weight.ndim == 1:
        parts = ("weight", "bias", "running_mean", "running_var")
        return [arrays[f"{name}.{part}"] for part in parts]
    if weight.ndim == 2:
        return [weight.T, arrays[f"{name}.bias"]]
    # (out, in, h, w) -> (h, w, in, out); a depthwise kernel has its channels first: (h, w, c, 1).
    return [weight.transpose(2, 3, 0, 1) if "depthwise" in name else weight.transpose(2, 3, 1, 0)]
