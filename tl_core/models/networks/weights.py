"""Puts weights into backbones: EfficientNet-Lite's ``.pth`` files without torch, Keras' ``.h5``, random.

A ``.pth`` of the old kind is five pickles, then the numbers. A pickle can run any code: the file's hash
is checked before it is read (`tl_core.backbones.find_weights`), and the unpickler knows the names in
`ALLOWED` and no others.
"""

import io
import math
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tl_core.backbones import BackboneSpec, find_weights
from tl_core.errors import WeightsMissing

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001

# He's gain is 2, for networks that normalise by batch; frozen ones do not, and ResNet50's and Xception's
# sums of shortcuts then pass float16's largest number. With 1.6 no backbone's do.
GAIN = 1.6

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


def load_imagenet(model: keras.Model, spec: BackboneSpec) -> None:
    """Put the ImageNet weights of `spec` into `model`, which is one of its networks.

    Raises:
        WeightsMissing: if the weights are not on this machine, or do not fit.
    """
    path = find_weights(spec.name)
    if path.suffix == ".pth":
        load_lite(model, spec, read_pth(path.read_bytes()))
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
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(_in_keras_layout(arrays, _name_in_file(layer.name, blocks)))


def load_top(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the classifier of ImageNet's classes that an EfficientNet-Lite was published with.

    Returns:
        Kernel ``(channels, 1000)`` and bias ``(1000,)``, float32: from the mean of its features to logits.

    Raises:
        WeightsMissing: if the weights are not on this machine.
    """
    arrays = read_pth(find_weights(name).read_bytes())
    kernel, bias = _in_keras_layout(arrays, EDGES["top_dense"])
    return kernel, bias


def read_pth(data: bytes) -> dict[str, np.ndarray]:
    """Read the tensors of a legacy ``torch.save`` file.

    Args:
        data: the file; its hash has been checked.

    Returns:
        Name -> array, float32 or int64.

    Raises:
        pickle.UnpicklingError: if it asks for anything but tensors.
        EOFError, ValueError: if it is not such a file, or is cut short.
    """
    file = io.BytesIO(data)
    magic, protocol, _ = (_unpickle(file) for _ in range(3))
    if (magic, protocol) != (MAGIC, PROTOCOL):
        raise ValueError("not a legacy .pth file")
    tensors, keys = _unpickle(file), _unpickle(file)
    storages = {}
    sizes = {tensor.storage.key: tensor.storage for tensor in tensors.values()}
    for key in keys:
        storages[key] = sizes[key].read(file)
    return {name: tensor.view(storages) for name, tensor in tensors.items()}


class _Storage:
    """A run of numbers that tensors share; read from the file after the pickles."""

    def __init__(self, identity: tuple[str, str, str, str, int, None]) -> None:
        _, self.dtype, self.key, _, self.size, _ = identity

    def read(self, file: io.BytesIO) -> np.ndarray:
        count = int.from_bytes(file.read(8), "little")
        if count != self.size:
            raise ValueError(f"storage {self.key} holds {count} numbers instead of {self.size}")
        dtype = np.dtype(self.dtype)
        return np.frombuffer(file.read(count * dtype.itemsize), dtype, count)


class _Tensor:
    """A view of a storage; the arguments are those of torch's ``_rebuild_tensor_v2``."""

    def __init__(
        self,
        storage: _Storage,
        offset: int,
        shape: tuple[int, ...],
        strides: tuple[int, ...],
        *_: Any,
    ) -> None:
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def view(self, storages: dict[str, np.ndarray]) -> np.ndarray:
        # np.ndarray, unlike as_strided, refuses a view that leaves its buffer.
        numbers = storages[self.storage.key]
        width = numbers.itemsize
        strides = tuple(step * width for step in self.strides)
        return np.ndarray(self.shape, numbers.dtype, numbers, self.offset * width, strides)


ALLOWED: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _Tensor,
    ("torch", "FloatStorage"): "<f4",
    ("torch", "LongStorage"): "<i8",
}


class _RestrictedUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed") from None

    def persistent_load(self, identity: Any) -> _Storage:
        return _Storage(identity)


def _unpickle(file: io.BytesIO) -> Any:
    return _RestrictedUnpickler(file).load()


def _name_in_file(layer: str, blocks: list[str]) -> str:
    if layer in EDGES:
        return EDGES[layer]
    block, part = layer.split("_", 1)
    return f"_blocks.{blocks.index(block)}.{PARTS[part]}"


def _in_keras_layout(arrays: dict[str, np.ndarray], name: str) -> list[np.ndarray]:
    """Return a layer's arrays in the order and layout of Keras."""
    weight = arrays[f"{name}.weight"]
    if weight.ndim == 1:
        parts = ("weight", "bias", "running_mean", "running_var")
        return [arrays[f"{name}.{part}"] for part in parts]
    if weight.ndim == 2:
        return [weight.T, arrays[f"{name}.bias"]]
    # (out, in, h, w) -> (h, w, in, out); a depthwise kernel has its channels first: (h, w, c, 1).
    return [weight.transpose(2, 3, 0, 1) if "depthwise" in name else weight.transpose(2, 3, 1, 0)]


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
