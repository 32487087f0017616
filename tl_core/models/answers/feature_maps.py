"""What a trained backbone really looks for: its first filters, and what a photo becomes inside it."""

import functools

import keras
import numpy as np
from numpy.typing import NDArray

from tl_core.backbones import get_backbone
from tl_core.convolution.answers import FirstFilters, PhotoMaps
from tl_core.errors import ImageRefused, SettingInvalid
from tl_core.images import resize
from tl_core.models.answers.depths import INPUT_SIDE, chosen_blocks, depth_of
from tl_core.models.networks.backbones import build_backbone

CHANNELS_SHOWN = 8
MOST_CHANNELS = 16


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
    numbers = chosen_blocks(spec)
    return PhotoMaps(
        depths=tuple(
            depth_of(spec.blocks[number].name, np.asarray(output)[0], channels)
            for number, output in zip(numbers, outputs, strict=True)
        )
    )


@functools.lru_cache(2)
def _network(backbone: str) -> keras.Model:
    return build_backbone(backbone, INPUT_SIDE)


@functools.lru_cache(2)
def _depths(backbone: str) -> keras.Model:
    network, spec = _network(backbone), get_backbone(backbone)
    layers = [network.get_layer(spec.blocks[one].last_layer) for one in chosen_blocks(spec)]
    return keras.Model(network.input, [layer.output for layer in layers])
