"""A photo on its way through a trained run: the numbers are those of the network, on every page the same."""

from typing import Any

import keras
import numpy as np
import pytest
from safetensors import numpy as safetensors

from tests.models.conftest import SIDE, each_once, picture
from tl_core import images
from tl_core.answers import depths as depths_module
from tl_core.answers import feature_maps
from tl_core.answers.depths import chosen_blocks, depth_of
from tl_core.answers.feature_maps import photo_maps
from tl_core.answers.followed_map import followed_map
from tl_core.answers.following import CHANNELS_SHOWN, follow
from tl_core.answers.prediction import predict
from tl_core.backbones import get_backbone
from tl_core.errors import RunNotFound, SettingInvalid
from tl_core.models.networks.backbones import build_backbone
from tl_core.models.networks.trained import trained_backbone
from tl_core.training.preprocessing import preprocessing_of

# What Keras says of a softmax over one unit: the mistake is made on purpose.
pytestmark = pytest.mark.filterwarnings(r"ignore:[\s\S]*softmax over axis")

LITE = "efficientnet-lite0"
SPEC = get_backbone(LITE)
ALL = len(SPEC.blocks)
RUNS: dict[str, dict[str, Any]] = {
    "gap": {},
    "no dropout": {"dropout": 0.0},
    "sigmoid": {"activation": "sigmoid"},
    "hidden": {"dense": (16, 8)},
    "flatten": {"pooling": "flatten"},
    "fine-tuned": {"unfrozen": 5, "fine_epochs": 1, "fine_rate": 0.003},
    "everything": {"unfrozen": ALL, "epochs": 0, "fine_epochs": 1, "keep_best": False},
    "divided by 255": {"mistakes": ("preprocessing",)},
    "one unit": {"mistakes": ("one-unit",)},
}


@pytest.fixture(scope="module")
def trained(new_run):
    """Return ``trained(name)``: one of `RUNS`, trained the first time it is asked for."""
    return each_once(new_run, {name: {"epochs": 2} | changes for name, changes in RUNS.items()})


def photo(seed=1):
    return images.model_input(picture(np.random.default_rng(seed), 120), "photo", SIDE)


def maps_by_hand(run, pixels):
    """Return block -> its map from one Keras model of the whole backbone, with what the run learned."""
    backbone = trained_backbone(run)
    batch = preprocessing_of(run.settings).apply(pixels[np.newaxis])
    outputs = [backbone.get_layer(block.last_layer).output for block in SPEC.blocks]
    found = keras.Model(backbone.input, outputs)(batch, training=False)
    return {b.name: np.asarray(one)[0] for b, one in zip(SPEC.blocks, found, strict=True)}


@pytest.mark.parametrize("name", RUNS)
def test_the_sum_and_the_score_are_those_of_the_prediction(trained, name):
    run = trained(name)
    answer = predict(run.id, photo())
    for label in (0, 1):
        followed = follow(run.id, photo(), label)
        one_unit = len(answer.logits) == 1
        assert followed.logit == pytest.approx(answer.logits[0 if one_unit else label], abs=1e-4)
        assert followed.share == pytest.approx(answer.shares[label], abs=1e-4)
        if name == "one unit":  # the softmax makes the same of any sum
            assert followed.logit == 30 and followed.sum.total != pytest.approx(30, abs=0.1)
        else:
            assert followed.sum.total == pytest.approx(followed.logit, abs=1e-4)
    assert follow(run.id, photo(2), 0).sum.total != pytest.approx(
        follow(run.id, photo(), 0).sum.total
    )


@pytest.mark.parametrize("name", RUNS)
def test_the_maps_are_those_of_the_runs_own_network(trained, name):
    run, expected = trained(name), maps_by_hand(trained(name), photo())
    followed = follow(run.id, photo(), 0)
    names = [SPEC.blocks[number].name for number in chosen_blocks(SPEC)]
    assert [depth.layer for depth in followed.depths] == [*names, SPEC.blocks[-1].name]
    for depth in followed.depths:
        right = depth_of(depth.layer, expected[depth.layer], CHANNELS_SHOWN)
        assert depth.shape == right.shape == expected[depth.layer].shape
        assert depth.channels == right.channels and len(depth.channels) == CHANNELS_SHOWN
        assert (
            np.abs(depth.maps.astype(int) - right.maps).max() <= 1
        )  # rounded from the last digits


@pytest.mark.parametrize("name", ["fine-tuned", "everything"])
def test_blocks_that_learned_make_other_maps_than_imagenets(trained, name):
    run = trained(name)
    network = build_backbone(LITE, SIDE)
    batch = SPEC.preprocessing.apply(photo()[np.newaxis])
    followed, last = follow(run.id, photo(), 0), SPEC.blocks[-1].name
    imagenet = np.asarray(network(batch, training=False))[0]
    assert followed.depths[-1].layer == last
    assert not np.allclose(followed.vector, imagenet.mean(axis=(0, 1)), atol=1e-3)
    assert np.allclose(
        followed.vector, maps_by_hand(run, photo())[last].mean(axis=(0, 1)), atol=1e-4
    )


def test_the_vector_is_the_mean_of_the_map_that_the_page_on_gap_shows(trained):
    followed = follow(trained("gap").id, photo(), 0)
    expected = followed_map(LITE, SIDE, photo()).values
    assert followed.length == 1280 == len(followed.vector)
    assert np.allclose(followed.vector, expected.mean(axis=(0, 1)), atol=1e-5)
    wrong = follow(trained("divided by 255").id, photo(), 0)
    assert not np.allclose(wrong.vector, followed.vector, atol=1e-2)


def test_the_maps_are_those_of_the_page_on_convolution(trained, monkeypatch):
    monkeypatch.setattr(feature_maps, "INPUT_SIDE", SIDE)
    theirs = photo_maps(LITE, photo(), CHANNELS_SHOWN).depths
    ours = follow(trained("gap").id, photo(), 0).depths
    assert len(theirs) == depths_module.DEPTHS == len(ours) - 1
    for one, other in zip(theirs, ours, strict=False):
        assert (one.layer, one.shape, one.channels) == (other.layer, other.shape, other.channels)
        assert np.abs(one.maps.astype(int) - other.maps).max() <= 1


def test_the_terms_are_numbers_of_the_vector_and_weights_of_the_file(trained):
    run = trained("gap")
    arrays = safetensors.load_file(run.folder / "head.safetensors")
    for label in (0, 1):
        followed = follow(run.id, photo(), label)
        assert followed.unit == "gap" and followed.sum.bias == arrays["weight_1"][label]
        for term in followed.sum.terms:
            assert term.value == pytest.approx(float(followed.vector[term.index]))
            assert term.weight == arrays["weight_0"][term.index, label]
        products = followed.vector.astype(np.float64) * arrays["weight_0"][:, label]
        assert followed.sum.terms[0].index == np.abs(products).argmax()


def test_a_hidden_layer_is_what_the_sum_runs_over(trained):
    run = trained("hidden")
    arrays = safetensors.load_file(run.folder / "head.safetensors")
    followed = follow(run.id, photo(), 1)
    assert followed.unit == "dense" and followed.length == 1280
    assert len(followed.sum.terms) + followed.sum.rest_count == 8
    values = followed.vector
    for number in (0, 2):
        values = np.maximum(values @ arrays[f"weight_{number}"] + arrays[f"weight_{number + 1}"], 0)
    for term in followed.sum.terms:
        assert term.value == pytest.approx(float(values[term.index]), abs=1e-4)


def test_of_a_flattened_map_the_strongest_numbers_are_sent(trained):
    followed = follow(trained("flatten").id, photo(), 0)
    expected = followed_map(LITE, SIDE, photo()).values.ravel()
    assert followed.unit == "flatten" and followed.length == len(expected) == 2 * 2 * 1280
    assert len(followed.vector) <= 2048 < followed.length
    assert followed.vector.max() == pytest.approx(expected.max(), abs=1e-5)
    for term in followed.sum.terms:
        assert term.value == pytest.approx(float(expected[term.index]), abs=1e-5)


@pytest.mark.parametrize("label", [-1, 2])
def test_a_class_that_there_is_not_is_refused(trained, label):
    with pytest.raises(SettingInvalid, match="0 to 1"):
        follow(trained("gap").id, photo(), label)


def test_a_run_that_is_not_trained_is_not_found(new_run):
    for identifier in ("0" * 16, new_run(seed=77).id):
        with pytest.raises(RunNotFound):
            follow(identifier, photo(), 0)


def test_a_map_without_numbers_is_no_fault():
    maps = np.full((4, 4, 8), np.nan, np.float32)
    assert (depth_of("block", maps, 3).maps == 0).all()


@pytest.mark.parametrize("size", [64, 160])
def test_the_depths_are_the_last_blocks_of_their_size_of_map(size):
    network = build_backbone(LITE, size)
    heights = [network.get_layer(block.last_layer).output.shape[1] for block in SPEC.blocks]
    for number in chosen_blocks(SPEC):
        assert heights[number + 1] < heights[number]
    assert [heights[number] for number in chosen_blocks(SPEC)] == [size // n for n in (2, 4, 8, 16)]
