"""What one residual block of a trained network adds to a photo."""

import numpy as np
from numpy.typing import NDArray

from tl_core.answers.networks import frozen_network
from tl_core.backbones import DEFAULT_BACKBONE, get_backbone
from tl_core.checks import check_choice
from tl_core.images import resize
from tl_core.lessons.skip import RESIDUAL_CHANNELS, RESIDUAL_SIDE, BlockParts, residual_blocks

REGIONS = 12
"""Cells a side of the coarse grid in which a channel must vary; the deepest map has 12 positions a side."""


def residual_block(block: str, pixels: NDArray[np.uint8]) -> BlockParts:
    """Return what goes into a residual block of EfficientNet-Lite0 for a photo, and what the block adds.

    Of the channels come those in which both vary most from region to region: there the photo can be seen.

    Args:
        block: one of `tl_core.lessons.skip.residual_blocks`.
        pixels: ``(h, w, 3) uint8 0..255``; resized to `RESIDUAL_SIDE`.

    Raises:
        SettingInvalid: no such block.
        WeightsMissing: the weights are not on this machine.
    """
    check_choice("block", block, residual_blocks())
    spec = get_backbone(DEFAULT_BACKBONE)
    number = [one.name for one in spec.blocks].index(block)
    around = tuple((one.last_layer, False) for one in spec.blocks[number - 1 : number + 1])
    photo = resize(pixels, RESIDUAL_SIDE, RESIDUAL_SIDE)[np.newaxis]
    network = frozen_network(spec.name, "imagenet", RESIDUAL_SIDE)
    x, total = (maps[0] for maps in network.features(photo, around, spec.preprocessing))
    change = total - x
    clearness = np.minimum(_spread_of_regions(x), _spread_of_regions(change))
    best = np.argsort(clearness)[::-1][:RESIDUAL_CHANNELS]
    return BlockParts(
        x=np.ascontiguousarray(np.moveaxis(x[..., best], -1, 0)),
        change=np.ascontiguousarray(np.moveaxis(change[..., best], -1, 0)),
        channels=tuple(int(channel) for channel in best),
        total=x.shape[-1],
        share=float(np.linalg.norm(change) / np.linalg.norm(x)),
    )


def _spread_of_regions(maps: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the standard deviation of the means of a coarse grid, without its edge, for each channel."""
    side = maps.shape[0] // REGIONS
    kept = maps[: side * REGIONS, : side * REGIONS]
    means = kept.reshape(REGIONS, side, REGIONS, side, -1).mean(axis=(1, 3))
    # The network's zeros around the photo make the edge stand out.
    spread: NDArray[np.float32] = means[1:-1, 1:-1].std(axis=(0, 1))
    return spread
