"""The one way that trained arrays go to disk."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from tl_core import files


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Replace the file at `path` with named arrays (safetensors), atomically; needs no memory of its own."""
    with files.new_file(path) as temporary:
        # It writes the bytes as they lie in memory, in whatever order.
        save_file({name: np.require(a, requirements="C") for name, a in arrays.items()}, temporary)


def array_of(variable: keras.Variable) -> NDArray[Any]:
    """Return a variable's numbers where TensorFlow has them; `numpy()` would copy them.

    A later step of the optimizer does not change what was returned: it writes elsewhere while this is held.
    """
    return np.asarray(variable.value.read_value())
