"""What a photo becomes inside a trained backbone."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tl_core.answers.depths import INPUT_SIDE, chosen_blocks, depth_of
from tl_core.answers.networks import frozen_network
from tl_core.backbones import BackboneSpec, get_backbone
from tl_core.checks import check_range
from tl_core.convolution.answers import Depth, PhotoMaps
from tl_core.errors import ImageRefused, SettingInvalid
from tl_core.images import resize

CHANNELS_SHOWN = 8
MOST_CHANNELS = 16


def photo_maps(
    backbone: str, pixels: NDArray[np.uint8], channels: int = CHANNELS_SHOWN
) -> PhotoMaps:
    """Return what a photo becomes at a few depths of a backbone.

    Of each depth come the channels that differ most from place to place: one that is grey all over has
    nothing to show. Every channel is stretched to 0..255 on its own.

    Args:
        backbone: name in the registry.
        pixels: ``(h, w, 3) uint8 0..255``; resized to the backbone's usual input.
        channels: how many of each depth, 1 to 16.

    Raises:
        SettingInvalid, WeightsMissing: as `first_filters`.
        ImageRefused: not the pixels of a photo.
    """
    check_photo(pixels)
    if not 1 <= channels <= MOST_CHANNELS:
        raise SettingInvalid(
            "Channels to show must be 1 to {most}, received {value}.",
            most=MOST_CHANNELS,
            value=channels,
        )
    spec = get_backbone(backbone)
    numbers = chosen_blocks(spec)
    found = zip(numbers, _maps(spec, pixels, numbers), strict=True)
    return PhotoMaps(
        depths=tuple(depth_of(spec.blocks[number].name, maps, channels) for number, maps in found)
    )


def channel_map(backbone: str, pixels: NDArray[np.uint8], block: int, channel: int) -> Depth:
    """Return one channel of what a photo becomes after any block, stretched to 0..255.

    Args:
        backbone: name in the registry.
        pixels: as for `photo_maps`.
        block: its number, from 0.
        channel: its number, from 0.

    Raises:
        SettingInvalid: no such backbone, block or channel.
        WeightsMissing, ImageRefused: as `photo_maps`.
    """
    check_photo(pixels)
    spec = get_backbone(backbone)
    check_range("block", block, 0, len(spec.blocks) - 1)
    (maps,) = _maps(spec, pixels, [block])
    check_range("channel", channel, 0, maps.shape[-1] - 1)
    depth = depth_of(spec.blocks[block].name, maps[..., channel : channel + 1], 1)
    return replace(depth, shape=maps.shape, channels=(channel,))


def _maps(
    spec: BackboneSpec, pixels: NDArray[np.uint8], blocks: Sequence[int]
) -> Iterator[NDArray[np.float32]]:
    """Yield what a photo is after some blocks, ``(h, w, channels)`` each."""
    network = frozen_network(spec.name, "imagenet", INPUT_SIDE)
    outputs = tuple((spec.blocks[number].last_layer, False) for number in blocks)
    photo = resize(pixels, INPUT_SIDE, INPUT_SIDE)[np.newaxis]
    yield from (maps[0] for maps in network.features(photo, outputs, spec.preprocessing))


def check_photo(pixels: NDArray[np.uint8]) -> None:
    """Refuse what are not the pixels of a photo.

    Raises:
        ImageRefused: anything but ``(h, w, 3) uint8``.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
        raise ImageRefused("Feature maps need the pixels of a colour photo. Choose another photo.")
