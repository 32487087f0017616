"""The kinds of arrays that this package passes around."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float32]
Image: TypeAlias = NDArray[Any]
"""(h, w) or (h, w, channels), any real numbers."""
Doubles: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.intp]
Pixels: TypeAlias = NDArray[np.uint8]
