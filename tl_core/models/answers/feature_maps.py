"""What a trained backbone really looks for: its first filters, and what a photo becomes inside it."""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import replace

import keras
import numpy as np
from numpy.typing import NDArray

from tl_core.backbones import BackboneSpec, get_backbone
from tl_core.checks import check_range
from tl_core.convolution.answers import Depth, FirstFilters, FirstLayer, PhotoMaps
from tl_core.errors import ImageRefused, SettingInvalid
from tl_core.images import resize
from tl_core.models.answers.depths import INPUT_SIDE, LARGEST_MAP, chosen_blocks, depth_of
from tl_core.models.networks.backbones import build_backbone, fold_batch_norm
from tl_core.models.networks.frozen import frozen_network

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
    return FirstFilters(weights=_filters(backbone, _first_convolution(backbone).get_weights()[0]))


def first_layer(backbone: str, pixels: NDArray[np.uint8]) -> FirstLayer:
    """Return what the first convolution of a backbone makes of a photo, filter by filter.

    Args, raises: as for `photo_maps`.
    """
    _check_photo(pixels)
    start, kernel, bias, convolution, cap = _first_layer(backbone)
    batch = get_backbone(backbone).preprocessing.apply(
        resize(pixels, INPUT_SIDE, INPUT_SIDE)[np.newaxis]
    )
    found = keras.ops.conv(
        start(batch, training=False),
        kernel,
        strides=convolution.strides,
        padding=convolution.padding,
    )
    maps = np.moveaxis(np.asarray(found)[0], -1, 0)
    step = -(-max(maps.shape[1:]) // LARGEST_MAP)
    return FirstLayer(
        weights=_filters(backbone, kernel),
        biases=bias,
        sums=np.ascontiguousarray(maps[:, ::step, ::step], np.float16),
        cap=cap,
    )


@functools.lru_cache(2)
def _first_layer(
    backbone: str,
) -> tuple[
    keras.Model, NDArray[np.float32], NDArray[np.float32], keras.layers.Conv2D, float | None
]:
    """Return what comes before the first convolution, its weights and bias, itself, and its activation's end.

    The normalisation that follows it is multiplied in.
    """
    network, convolution = _network(backbone), _first_convolution(backbone)
    at = network.layers.index(convolution)
    *_, last = behind = network.layers[at : at + 3]
    folded = fold_batch_norm(keras.Model(network.input, last.output))
    kernel, *bias = folded.get_layer(convolution.name).get_weights()
    cap = next((one.max_value for one in behind if isinstance(one, keras.layers.ReLU)), None)
    return (
        keras.Model(network.input, convolution.input),
        kernel,
        bias[0] if bias else np.zeros(kernel.shape[-1], np.float32),
        convolution,
        cap,
    )


def _first_convolution(backbone: str) -> keras.layers.Conv2D:
    for layer in _network(backbone).layers:
        if isinstance(layer, keras.layers.Conv2D) and layer.get_weights()[0].shape[2] == 3:
            return layer
    raise SettingInvalid(
        "{title} has no filters for red, green and blue in its first layer. Choose another backbone.",
        title=get_backbone(backbone).title,
    )


def _filters(backbone: str, kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the weights of a first convolution, ``(kh, kw, 3, n)``, as ``(n, kh, kw, RGB)``."""
    if get_backbone(backbone).preprocessing.channel_order == "bgr":
        kernel = kernel[:, :, ::-1]
    return np.ascontiguousarray(np.moveaxis(kernel, -1, 0), np.float32)


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
    _check_photo(pixels)
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
    _check_photo(pixels)
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


def _check_photo(pixels: NDArray[np.uint8]) -> None:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
        raise ImageRefused("Feature maps need the pixels of a colour photo. Choose another photo.")


@functools.lru_cache(2)
def _network(backbone: str) -> keras.Model:
    return build_backbone(backbone, INPUT_SIDE)
