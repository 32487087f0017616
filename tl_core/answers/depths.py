"""What a photo has become at a few depths of a backbone: which depths, which channels, how they are shown.

All pages that show feature maps take them from here, so that they show the same.
"""

import numpy as np
from numpy.typing import NDArray

from tl_core.backbones import BackboneSpec
from tl_core.convolution.answers import Depth

DEPTHS = 4
INPUT_SIDE = 224
"""Pixels: more than a training uses, so that there is something to see in a deep map."""
LARGEST_MAP = 112
"""Pixels a side of a map that is sent; a first layer's may be larger and is reduced."""


def chosen_blocks(spec: BackboneSpec) -> tuple[int, ...]:
    """Return, for each of the first `DEPTHS` sizes of map, the number of the last block that has it."""
    # Chosen for one side, whatever a training uses: the same blocks on all pages.
    by_size = {
        spec.block_shape(number, INPUT_SIDE)[0]: number for number in range(len(spec.blocks))
    }
    return tuple(by_size.values())[:DEPTHS]


def depth_of(name: str, maps: NDArray[np.float32], channels: int) -> Depth:
    """Return the channels of a feature map that differ most from place to place: a grey one shows nothing.

    Args:
        name: of the block that it comes out of.
        maps: ``(h, w, channels)``.
        channels: how many to show.
    """
    height, width, count = maps.shape
    maps = np.nan_to_num(maps, nan=0.0, posinf=0.0, neginf=0.0)  # of a training that has run away
    # An edge is one place of many in a fine map: the spread says more than the mean.
    best = np.sort(np.argsort(maps.std(axis=(0, 1)))[::-1][:channels])
    step = -(-max(height, width) // LARGEST_MAP)
    planes = np.moveaxis(maps[::step, ::step, best], -1, 0)
    low = planes.min(axis=(1, 2), keepdims=True)
    span = planes.max(axis=(1, 2), keepdims=True) - low
    stretched = (planes - low) * (255 / np.where(span > 0, span, 1))
    return Depth(
        layer=name,
        shape=(height, width, count),
        channels=tuple(int(channel) for channel in best),
        maps=np.rint(stretched).astype(np.uint8),
    )
