"""The first filters are those of the trained network, in the order that is promised."""

import keras
import numpy as np
import pytest

from tl_core import images
from tl_core.answers.depths import INPUT_SIDE
from tl_core.backbones import find_weights, get_backbone
from tl_core.backbones.pth import read_pth
from tl_core.convolution.engine import convolve
from tl_core.convolution.geometry import Geometry
from tl_core.errors import SettingInvalid, WeightsMissing
from tl_core.models.answers import first_layer as module
from tl_core.models.answers.first_layer import first_filters, first_layer
from tl_core.models.networks.backbones import build_backbone

LITE = "efficientnet-lite0"
PHOTO = np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8)


def test_the_filters_are_those_in_the_file():
    filters = first_filters(LITE).weights
    stored = read_pth(find_weights(LITE).read_bytes())["_conv_stem.weight"]
    assert filters.shape == (32, 3, 3, 3) and filters.dtype == np.float32
    assert (filters == np.moveaxis(stored, 1, -1)).all()  # (n, channels, h, w) in the file
    assert not (filters == stored).all()


def test_a_filter_as_a_kernel_gives_what_the_network_computes():
    network = build_backbone(LITE, 64)
    pixels = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    batch = get_backbone(LITE).preprocessing.apply(pixels[np.newaxis])
    expected = np.asarray(network.get_layer("stem_conv")(batch))[0]
    geometry = Geometry(kernel=(3, 3), stride=(2, 2), padding="same")
    result = convolve(batch[0], first_filters(LITE).weights[6], geometry)
    assert result == pytest.approx(expected[..., 6], abs=1e-4)
    assert result != pytest.approx(expected[..., 7], abs=1e-4)


def test_filters_of_a_network_that_reads_blue_first_are_returned_red_first(monkeypatch):
    network = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3)])
    monkeypatch.setattr(module, "_network", lambda _: network)
    stored = np.moveaxis(network.layers[0].get_weights()[0], -1, 0)
    assert (first_filters("vgg16").weights == stored[..., ::-1]).all()
    assert (first_filters(LITE).weights == stored).all()


def test_sums_bias_and_activation_of_the_first_layer_give_what_the_network_computes():
    layer = first_layer(LITE, PHOTO)
    pixels = images.resize(PHOTO, INPUT_SIDE, INPUT_SIDE)[np.newaxis]
    network = build_backbone(LITE, INPUT_SIDE)
    until = keras.Model(network.input, network.get_layer("stem_relu6").output)
    expected = np.asarray(until(get_backbone(LITE).preprocessing.apply(pixels)))[0]
    assert layer.sums.shape == (32, 112, 112) and layer.cap == 6
    for index in (0, 6, 20):
        assert layer.activated(index) == pytest.approx(expected[..., index], abs=0.02)  # float16
        assert np.abs(layer.sums[index] - expected[..., index]).max() > 0.1  # there was more to do
    assert layer.activated(6) != pytest.approx(expected[..., 7], abs=0.02)


def test_a_first_layer_with_a_bias_of_its_own_and_blue_first_is_that_layer(monkeypatch):
    image = keras.Input((INPUT_SIDE, INPUT_SIDE, 3))
    first = keras.layers.Conv2D(
        2, 3, padding="same", activation="relu", bias_initializer="random_normal"
    )
    network = keras.Model(image, keras.layers.Conv2D(2, 3)(first(image)))
    monkeypatch.setattr(module, "_network", lambda _: network)
    module._first_layer.cache_clear()
    layer = first_layer("vgg16", PHOTO)
    module._first_layer.cache_clear()
    pixels = images.resize(PHOTO, INPUT_SIDE, INPUT_SIDE)[np.newaxis]
    batch = get_backbone("vgg16").preprocessing.apply(pixels)
    expected = np.asarray(first(batch))[0, ::2, ::2]
    assert layer.cap is None and layer.sums.shape == (2, 112, 112)
    assert layer.activated(1) == pytest.approx(expected[..., 1], abs=0.2)
    stored = np.moveaxis(first.get_weights()[0], -1, 0)
    assert (layer.weights == stored[..., ::-1]).all()


def test_a_backbone_without_weights_or_name_is_refused():
    with pytest.raises(SettingInvalid):
        first_filters("nobody")
    with pytest.raises(WeightsMissing):
        first_filters("vgg19")
