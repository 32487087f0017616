"""What a trained backbone really looks for: its first filters, and what they make of a photo."""

import functools

import keras
import numpy as np
from numpy.typing import NDArray

from tl_core.answers.depths import INPUT_SIDE, LARGEST_MAP
from tl_core.answers.feature_maps import check_photo
from tl_core.backbones import get_backbone
from tl_core.convolution.answers import FirstFilters, FirstLayer
from tl_core.errors import SettingInvalid
from tl_core.images import resize
from tl_core.models.networks.backbones import build_backbone, fold_batch_norm


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
    check_photo(pixels)
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


@functools.lru_cache(2)
def _network(backbone: str) -> keras.Model:
    return build_backbone(backbone, INPUT_SIDE)
