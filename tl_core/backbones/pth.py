"""The ``.pth`` files of PyTorch, read without it.

One of the old kind is five pickles, then the numbers. A pickle can run any code: the file's hash is checked
before it is read (`tl_core.backbones.find_weights`), and the unpickler knows the names in `ALLOWED` and no
others.
"""

import io
import pickle
from collections import OrderedDict
from typing import Any

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001


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
