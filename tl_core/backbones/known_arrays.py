"""Weights that are known by their numbers, whatever file holds them: HDF5 of any layout, safetensors, ONNX.

The digest of a network is the SHA-256 of the arrays of its convolutions in the order of its layers, kernel
before bias, as float32, little-endian, in Keras' layout `(h, w, in, out)` and C order. What else is in a
file, such as a classifier or what an optimizer remembers, is left aside.

Workers alone read files: a web process never needs what is imported here within functions.
"""

import hashlib
import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from os.path import commonprefix
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from tl_core.backbones.spec import BackboneSpec
from tl_core.errors import WeightsMissing
from tl_core.machine.loading import load

ENDINGS = (".h5", ".hdf5", ".safetensors")
"""Of the files in the operator's folder that are looked into."""
KERNEL = (3, 3)
UNREADABLE = (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError)
"""What h5py and safetensors raise at files that are damaged, or none of theirs."""

Layer = tuple[NDArray[np.float32], NDArray[np.float32]]


@dataclass(frozen=True)
class _Stored:
    """An array that is still in its file."""

    name: str
    shape: tuple[int, ...]
    read: Callable[[], Any]


def read_known(spec: BackboneSpec, path: Path) -> list[Layer]:
    """Return kernel `(3, 3, in, out)` and bias `(out,)` of every convolution, in the order of the layers.

    Args:
        spec: a backbone of 3 x 3 convolutions whose arrays are known.
        path: of a file that may hold them.

    Raises:
        WeightsMissing: why the file is not used.
    """
    try:
        with _opened(path) as stored:
            layers = [_in_keras_layout(*pair) for pair in _pairs(spec, path, stored)]
    except UNREADABLE as error:
        raise WeightsMissing(
            "{file} cannot be read: it is damaged, or not what its ending says. Take it out of the folder "
            "TL_WEIGHTS_DIR, or choose EfficientNet-Lite0.",
            file=path.name,
        ) from error
    if spec.weights is None or digest(layers) != spec.weights.arrays_sha256:
        raise WeightsMissing(
            "{file} has as many weights as {title}, but not its published ImageNet weights: they were "
            "trained further, rounded, or are another network's. Take the file out of the folder "
            "TL_WEIGHTS_DIR, or choose EfficientNet-Lite0.",
            file=path.name,
            title=spec.title,
        )
    return layers


def digest(layers: Iterable[Layer]) -> str:
    """Return the 64 hex digits by which the arrays of a network are known."""
    whole = hashlib.sha256()
    for layer in layers:
        for array in layer:
            whole.update(np.ascontiguousarray(array, "<f4").tobytes())
    return whole.hexdigest()


def _pairs(spec: BackboneSpec, path: Path, stored: list[_Stored]) -> list[tuple[_Stored, _Stored]]:
    """Return the convolutions of a file with their biases; nothing is read yet.

    Raises:
        WeightsMissing: they are not as many numbers as the network has.
    """
    kept = sorted(
        (one for one in stored if "optimizer" not in one.name), key=lambda one: _natural(one.name)
    )
    # The digest knows numbers, no shapes: the same numbers as 1 x 9 would fit into no layer.
    kernels = [
        one for one in kept if len(one.shape) == 4 and KERNEL in (one.shape[:2], one.shape[2:])
    ]
    biases = [one for one in kept if len(one.shape) == 1]
    pairs = [(kernel, bias) for kernel in kernels if (bias := _bias_of(kernel, biases))]
    count = sum(math.prod(one.shape) for pair in pairs for one in pair)
    if count != spec.parameters:
        raise WeightsMissing(
            "{file} does not hold {title}: its 3 × 3 convolutions have {count} weights instead of "
            "{expected}. Take it out of the folder TL_WEIGHTS_DIR, or choose EfficientNet-Lite0.",
            file=path.name,
            title=spec.title,
            count=f"{count:,}",
            expected=f"{spec.parameters:,}",
        )
    return pairs


def _bias_of(kernel: _Stored, biases: list[_Stored]) -> _Stored | None:
    """Return the bias whose name begins most like the kernel's: no layout parts the arrays of a layer."""
    out = kernel.shape[0] if _is_torch(kernel.shape) else kernel.shape[-1]
    fitting = [one for one in biases if one.shape == (out,)]

    def alike(one: _Stored) -> int:
        return len(commonprefix([one.name, kernel.name]))  # noqa: RUF071 - names, no paths

    return max(fitting, key=alike, default=None)


def _is_torch(shape: tuple[int, ...]) -> bool:
    """Tell whether a kernel is laid out `(out, in, h, w)`, as PyTorch and ONNX have it."""
    return shape[2:] == KERNEL


def _in_keras_layout(kernel: _Stored, bias: _Stored) -> Layer:
    values = np.asarray(kernel.read(), np.float32)
    if _is_torch(kernel.shape):
        values = values.transpose(2, 3, 1, 0)
    return values, np.asarray(bias.read(), np.float32)


def _natural(name: str) -> list[str | int]:
    """Return what sorts ``conv2d_2`` before ``conv2d_10``; texts and numbers alternate."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"([0-9]+)", name)]


@contextmanager
def _opened(path: Path) -> Iterator[list[_Stored]]:
    """Yield the arrays in a file, by its ending; they can be read until it is closed."""
    ending = path.suffix.lower()
    if ending == ".onnx":
        yield _of_onnx(path)
    elif ending == ".safetensors":
        with safe_open(path, "np") as file:
            yield [
                _Stored(
                    name, tuple(file.get_slice(name).get_shape()), partial(file.get_tensor, name)
                )
                for name in file.keys()  # noqa: SIM118 - it cannot be iterated itself
            ]
    else:
        import h5py

        with h5py.File(path, "r") as file:
            found: list[_Stored] = []

            def keep(name: str, item: Any) -> None:
                if isinstance(item, h5py.Dataset):
                    found.append(_Stored(name, item.shape or (), lambda: item[()]))

            file.visititems(keep)
            yield found


def _of_onnx(path: Path) -> list[_Stored]:
    onnx = load("onnx")  # an extra
    # Its hash has been checked. Data beside it would be another file, which nobody has checked.
    graph = onnx.load(path, load_external_data=False).graph
    return [
        _Stored(one.name, tuple(one.dims), partial(onnx.numpy_helper.to_array, one))
        for one in graph.initializer
    ]
