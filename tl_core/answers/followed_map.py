"""What the frozen backbone makes of the followed photo: its whole feature map, before any pooling."""

import numpy as np
from numpy.typing import NDArray

from tl_core.answers.networks import extractor
from tl_core.head_math.positions import FeatureMap


def followed_map(backbone: str, size: int, pixels: NDArray[np.uint8]) -> FeatureMap:
    """Return the feature map of one photo.

    Args:
        backbone: name in the registry.
        size: input side in pixels.
        pixels: ``(size, size, 3) uint8 0..255``.

    Raises:
        WeightsMissing: the weights are not on this machine.
    """
    maps = extractor(backbone, "imagenet", size, "none")(pixels[np.newaxis])
    return FeatureMap(values=maps[0])
