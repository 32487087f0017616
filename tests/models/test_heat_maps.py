"""Grad-CAM: the same as class activation maps where those exist, and hot where the evidence is."""

from typing import Any

import keras
import numpy as np
import pytest
from safetensors.numpy import load_file

from tests.models.conftest import SIDE, picture
from tl_core import images
from tl_core.answers import heat_maps as module
from tl_core.answers.extraction import read_pixels
from tl_core.answers.heat_maps import MOST_PHOTOS, grad_cam, heat_map, heat_maps
from tl_core.answers.networks import frozen_network
from tl_core.backbones import get_backbone
from tl_core.datasets.catalogue import get_dataset
from tl_core.engine.tasks import run_task
from tl_core.errors import DatasetRefused, RunNotFound, SettingInvalid
from tl_core.models.fitting.training import run_training
from tl_core.models.networks.backbones import build_backbone
from tl_core.models.networks.trained import load_learned
from tl_core.training import TrainingConfig
from tl_core.training.preprocessing import preprocessing_of

RUNS: dict[str, dict[str, Any]] = {
    "softmax": {},
    "sigmoid": {"activation": "sigmoid", "dense": (16,)},
    "large": {"size": 2 * SIDE, "epochs": 12},
    "flatten": {"pooling": "flatten", "epochs": 2},
    "fine-tuned": {"unfrozen": 2, "epochs": 2, "fine_epochs": 1},
    "everything": {"unfrozen": 4, "epochs": 1, "fine_epochs": 1, "backbone": "small-convnet"},
}


@pytest.fixture(scope="module")
def trained(new_run):
    """Return ``trained(name)``: the run of one of `RUNS`, trained the first time it is asked for."""
    done = {}

    def get(name):
        if name not in done:
            changes = dict(RUNS[name])
            if changes.get("backbone") == "small-convnet":
                changes |= {"weights": "random"}
                changes["unfrozen"] = len(get_backbone("small-convnet").blocks)
            run_training(run := new_run(**changes))
            done[name] = run
        return done[name]

    return get


def some(run, count=3):
    return [image.sha256 for image in get_dataset(run.config["dataset"]).images[:count]]


def photo(level, seed=1):
    return images.model_input(picture(np.random.default_rng(seed), level), "photo", SIDE)


@pytest.mark.parametrize("label", [0, 1])
def test_with_pooling_and_one_dense_layer_it_is_the_class_activation_map(trained, label):
    """Zhou et al. 2016, equation 2: the sum of the channels, weighted as the Dense layer weighs them."""
    run = trained("softmax")
    config = TrainingConfig.from_json(run.config)
    pixels = np.stack([photo(90), photo(150)])
    network = frozen_network(config.backbone, config.weights, config.size)
    cut = get_backbone(config.backbone).cut
    (maps,) = network.features(pixels, ((cut, False),), preprocessing_of(config))
    kernel = load_file(run.folder / "head.safetensors")["weight_0"]
    kernel = kernel - kernel.mean(axis=1, keepdims=True)  # the softmax stays the same
    one, other = (np.maximum(maps @ kernel[:, column], 0) for column in (label, 1 - label))
    found = grad_cam(run, pixels, [label, label])
    assert found.any()
    assert found * one.max(axis=(1, 2), keepdims=True) == pytest.approx(one, abs=1e-4)
    assert found * other.max(axis=(1, 2), keepdims=True) != pytest.approx(other, abs=1e-2)


@pytest.mark.parametrize("name", RUNS)
def test_every_kind_of_run_has_heat_maps_of_its_photos(trained, name):
    run = trained(name)
    hashes = some(run)
    found = heat_maps(run.id, hashes).maps
    side = get_backbone(run.config["backbone"]).feature_size(run.config["size"])
    assert [heat.shape for heat in found] == [(side, side)] * 3
    for heat in found:
        assert heat.dtype == np.float32
        assert heat.min() >= 0
        assert heat.max() in (0, pytest.approx(1))
    assert any(heat.max() > 0 for heat in found)
    assert not np.array_equal(found[0], found[1])
    (again,) = heat_maps(run.id, hashes[1:2]).maps  # in the order asked for
    assert again == pytest.approx(found[1], abs=1e-4)


@pytest.mark.parametrize("name", ["softmax", "sigmoid", "fine-tuned"])
def test_the_guessed_class_is_meant_when_none_is_named(trained, name):
    run = trained(name)
    pixels = photo(220)
    guess = int(np.argmax(run_task("predict", run_id=run.id, pixels=pixels).shares))
    heat = heat_map(run.id, pixels).maps
    assert np.array_equal(heat, heat_map(run.id, pixels, guess).maps)
    assert not np.array_equal(heat, heat_map(run.id, pixels, 1 - guess).maps)


def test_gradients_of_a_fine_tuned_run_are_those_of_its_whole_network(trained):
    """The same by finite differences: each channel of the feature map is made a little larger."""
    run = trained("fine-tuned")
    config = TrainingConfig.from_json(run.config)
    pixels = photo(150)
    unfrozen, learner = load_learned(run)
    backbone = build_backbone(config.backbone, config.size)
    cut = keras.Model(
        backbone.input,
        backbone.get_layer(get_backbone(config.backbone).cut_before(unfrozen)).output,
    )
    batch = preprocessing_of(config).apply(pixels[np.newaxis])
    maps = np.asarray(learner.get_layer("tail")(cut(batch, training=False), training=False))
    head = learner.get_layer("head")

    def score(pooled):
        logits = np.asarray(head(pooled.astype(np.float32), training=False))
        return (logits[:, 1] - logits[:, 0]) / 2

    pooled = maps.mean(axis=(1, 2))
    steps = pooled + np.eye(pooled.shape[1]) * 0.5  # the head is one Dense layer: any step will do
    slopes = (score(steps) - score(pooled)) / 0.5
    by_hand = np.maximum((maps * slopes).sum(axis=-1), 0)[0]
    assert heat_map(run.id, pixels, 1).maps[0] == pytest.approx(by_hand / by_hand.max(), abs=2e-3)


def test_the_heat_is_where_the_evidence_is(trained):
    """One half of the photo is light, the other dark: each class finds its own half."""
    run = trained("large")
    light, dark = (np.tile(photo(level), (2, 1, 1)) for level in (210, 40))
    for left, right, label in ((light, dark, 1), (dark, light, 1), (light, dark, 0)):
        heat = heat_map(run.id, np.concatenate([left, right], axis=1), label).maps[0]
        first, last = heat[:, 0].sum(), heat[:, -1].sum()
        assert first != last
        assert (first > last) == ((left is light) == (label == 1))


def test_nothing_to_see_is_a_map_of_zeros():
    assert not module._scaled(np.full((1, 2, 2), np.nan, np.float32)).any()
    assert not module._scaled(np.full((1, 2, 2), -1, np.float32)).any()
    assert module._scaled(np.array([[[-1, 2]]], np.float32)).tolist() == [[[0, 1]]]


def test_a_page_of_photos_is_the_most_that_is_computed_at_once(trained):
    run = trained("softmax")
    hashes = some(run, MOST_PHOTOS)
    assert len(run_task("heat_maps", run_id=run.id, images=hashes).maps) == MOST_PHOTOS
    for wrong in (some(run, MOST_PHOTOS + 1), list[str]()):
        with pytest.raises(SettingInvalid):
            heat_maps(run.id, wrong)


@pytest.mark.parametrize("classes", [[2], [-1], [0, 1], []])
def test_a_class_that_is_not_there_is_refused(trained, classes):
    run = trained("softmax")
    with pytest.raises(SettingInvalid, match="classes"):
        heat_maps(run.id, some(run, 1), classes)


def test_photos_and_runs_that_are_not_there_are_refused(trained, new_run):
    run = trained("softmax")
    with pytest.raises(DatasetRefused, match="Choose another photo"):
        heat_maps(run.id, [*some(run, 1), "0" * 64])
    for identifier in ("0" * 16, "../../etc", new_run(seed=78).id):
        with pytest.raises(RunNotFound):
            heat_maps(identifier, some(run, 1))


def test_pixels_and_hash_are_two_ways_to_the_same_map(trained):
    run = trained("flatten")
    config = TrainingConfig.from_json(run.config)
    dataset = get_dataset(config.dataset)
    pixels = read_pixels(dataset, dataset.images[5], config)
    asked = heat_maps(run.id, [dataset.images[5].sha256])
    assert np.array_equal(run_task("heat_map", run_id=run.id, pixels=pixels).maps, asked.maps)
