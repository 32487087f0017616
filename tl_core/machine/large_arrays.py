"""Arrays that may be too large for the memory: those lie in a file without a name."""

import math
import os
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tl_core.machine.refusals import explained

MOST_IN_MEMORY = 100_000_000
"""Bytes of an array that is in memory as a whole."""


def array_to_fill(shape: tuple[int, ...], folder: Path) -> NDArray[np.float32]:
    """Return an array of undefined numbers: in memory, or where it is large, mapped from a file.

    Of a mapped one the system writes out what nobody needs just now, so that memory does not grow with it.
    Its file has no name, and is gone with the array or the process.

    Args:
        shape: of the array.
        folder: where a file would be.

    Raises:
        DiskUnusable: the disk is full, read-only, gone, or fails.
    """
    size = math.prod(shape) * np.dtype(np.float32).itemsize
    if size <= MOST_IN_MEMORY:
        return np.empty(shape, np.float32)
    with explained(), tempfile.TemporaryFile(dir=folder) as file:
        _reserve(file.fileno(), size)
        return np.memmap(file, np.float32, "r+", shape=shape)


def _reserve(file: int, size: int) -> None:
    """Make a file so long, with its place on the disk: a full one would end a process that fills a map."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
    else:
        block = bytes(1 << 20)
        for start in range(0, size, len(block)):
            os.write(file, block[: size - start])
