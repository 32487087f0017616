"""The first filters and the feature maps are those of the trained network, in the order that is promised."""

import keras
import numpy as np
import pytest

from tl_core import images
from tl_core.answers.depths import INPUT_SIDE
from tl_core.answers.feature_maps import (
    channel_map,
    photo_maps,
)
from tl_core.backbones import get_backbone
from tl_core.errors import ImageRefused, LabError, SettingInvalid, WeightsMissing
from tl_core.models.networks.backbones import build_backbone

LITE = "efficientnet-lite0"
PHOTO = np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8)


def test_one_channel_of_any_block_is_the_one_that_all_channels_show():
    whole = photo_maps(LITE, PHOTO).depths[2]
    names = [block.name for block in get_backbone(LITE).blocks]
    one = channel_map(LITE, PHOTO, names.index(whole.layer), whole.channels[4])
    assert (one.layer, one.shape) == (whole.layer, whole.shape)
    assert one.channels == (whole.channels[4],)
    assert (one.maps[0] == whole.maps[4]).all() and (one.maps[0] != whole.maps[5]).any()
    for block, channel in ((99, 0), (0, 32), (-1, 0)):
        with pytest.raises(SettingInvalid):
            channel_map(LITE, PHOTO, block, channel)


def test_maps_come_from_the_photo_inwards_and_get_smaller_and_deeper():
    depths = photo_maps(LITE, PHOTO).depths
    heights = [depth.shape[0] for depth in depths]
    channels = [depth.shape[2] for depth in depths]
    assert len(depths) == 4
    assert heights == sorted(heights, reverse=True) and len(set(heights)) == 4
    assert channels == sorted(channels)
    for depth in depths:
        maps = depth.maps
        assert maps.dtype == np.uint8 and maps.shape == (8, *depth.shape[:2])
        assert maps.min() == 0 and maps.max() == 255
        assert len(set(depth.channels)) == 8


def test_maps_are_those_of_the_network():
    depth = photo_maps(LITE, PHOTO, channels=3).depths[1]
    assert depth.layer in [block.name for block in get_backbone(LITE).blocks]
    spec = get_backbone(LITE)
    last = next(block.last_layer for block in spec.blocks if block.name == depth.layer)
    network = build_backbone(LITE, INPUT_SIDE)
    part = keras.Model(network.input, network.get_layer(last).output)
    pixels = images.resize(PHOTO, INPUT_SIDE, INPUT_SIDE)[np.newaxis]
    expected = np.asarray(part(spec.preprocessing.apply(pixels)))[0]
    for channel, plane in zip(depth.channels, depth.maps, strict=True):
        correlation = np.corrcoef(plane.ravel(), expected[..., channel].ravel())[0, 1]
        assert correlation > 0.999


def test_another_photo_gives_other_maps():
    first, second = (photo_maps(LITE, pixels).depths[0] for pixels in (PHOTO, 255 - PHOTO))
    assert (first.maps != second.maps).any()
    assert (first.maps == photo_maps(LITE, PHOTO).depths[0].maps).all()


def test_a_photo_of_one_colour_is_no_fault():
    assert len(photo_maps(LITE, np.full((5, 5, 3), 7, np.uint8)).depths) == 4


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((8, 8), np.uint8),
        np.zeros((8, 8, 4), np.uint8),
        np.zeros((8, 8, 3), np.float32),
        np.zeros((0, 8, 3), np.uint8),
    ],
    ids=lambda pixels: f"{pixels.shape} {pixels.dtype}",
)
def test_what_is_no_photo_is_refused(pixels):
    with pytest.raises(ImageRefused):
        photo_maps(LITE, pixels)


@pytest.mark.parametrize("channels", [0, -1, 17])
def test_the_answer_stays_small(channels):
    with pytest.raises(SettingInvalid, match="1 to 16"):
        photo_maps(LITE, PHOTO, channels=channels)


def test_a_backbone_without_weights_or_name_is_refused():
    with pytest.raises(SettingInvalid):
        photo_maps("nobody", PHOTO)
    with pytest.raises(WeightsMissing):
        photo_maps("vgg19", PHOTO)
    assert issubclass(WeightsMissing, LabError)
