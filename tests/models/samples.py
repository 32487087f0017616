"""Real photos for networks: those that come with the lab."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from tl_core import images
from tl_core.datasets.catalogue import read_photo, sample_photos


@cache
def photos(size: int) -> NDArray[np.uint8]:
    """Return ``(n, size, size, 3) uint8``."""
    names = [sample.name for sample in sample_photos()]
    return np.stack([images.model_input(read_photo(name), name, size) for name in names])
