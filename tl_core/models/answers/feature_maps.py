"""What a trained backbone really looks for: its first filters, and what a photo becomes inside it."""

import functools

import keras
import numpy as np
from numpy.typing import NDArray

from tl_core.backbones import get_backbone
from tl_core.convolution.answers import Depth, FirstFilters, PhotoMaps
from tl_core.errors import ImageRefused, SettingInvalid
from tl_core.images import resize
from tl_core.models.networks.backbones import build_backbone

DEPTHS = 4
INPUT_SIDE = 224
"""Pixels: more than a training uses, so that there is something to see in a deep map."""
CHANNELS_SHOWN = 8
MOST_CHANNELS = 16
LARGEST_MAP = 112
"""Pixels a side of a map that is sent; a first layer's may be larger and is reduced."""


def first_filters(backbone: str) -> FirstFilters:
    """Return the filters of a backbone's first convolution.

    Args:
        backbone: name in the registry.

    Raises:
        SettingInvalid: no such backbone, or its first layer does not look at pixels.
        WeightsMissing: its weights are not on this machine.
    """
    spec = get_backbone(backbone)
    network = _network(backbone)
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D) and layer.get_weights()[0].shape[2] == 3:
            weights = layer.get_weights()[0]
            if spec.preprocessing.channel_order == "bgr":
                weights = weights[:, :, ::-1]
            first = np.ascontiguousarray(np.moveaxis(weights, -1, 0), np.float32)
            return FirstFilters(weights=first)
    raise SettingInvalid(
        "{title} has no filters for red, green and blue in its first layer. Choose another backbone.",
        title=spec.title,
    )


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
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
        raise ImageRefused("Feature maps need the pixels of a colour photo. Choose another photo.")
    if not 1 <= channels <= MOST_CHANNELS:
        raise SettingInvalid(
            "Channels to show must be 1 to {most}, received {value}.",
            most=MOST_CHANNELS,
            value=channels,
        )
    spec = get_backbone(backbone)
    batch = spec.preprocessing.apply(resize(pixels, INPUT_SIDE, INPUT_SIDE)[np.newaxis])
    outputs = _depths(backbone)(batch, training=False)
    names = _chosen_layers(backbone)
    return PhotoMaps(
        depths=tuple(
            _described(name, np.asarray(output)[0], channels)
            for name, output in zip(names, outputs, strict=True)
        )
    )


def _described(name: str, maps: NDArray[np.float32], channels: int) -> Depth:
    height, width, count = maps.shape
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


@functools.lru_cache(2)
def _chosen_layers(backbone: str) -> dict[str, str]:
    """Return block -> its last layer, for the last block of each of the first `DEPTHS` sizes of map."""
    network, by_size = _network(backbone), {}
    for block in get_backbone(backbone).blocks:
        height = network.get_layer(block.last_layer).output.shape[1]
        by_size[height] = (block.name, block.last_layer)
    return dict(list(by_size.values())[:DEPTHS])


@functools.lru_cache(2)
def _network(backbone: str) -> keras.Model:
    return build_backbone(backbone, INPUT_SIDE)


@functools.lru_cache(2)
def _depths(backbone: str) -> keras.Model:
    network = _network(backbone)
    layers = _chosen_layers(backbone).values()
    return keras.Model(network.input, [network.get_layer(name).output for name in layers])
