"""One photo through a trained run: the numbers of its head, in the order of its classes."""

import json
from functools import cache
from typing import Any

import numpy as np
import pytest
from safetensors import numpy as safetensors

from tests.models.conftest import LEVELS, SIDE, each_once, picture
from tl_core import images, runs
from tl_core.answers import learned
from tl_core.answers.prediction import predict
from tl_core.errors import LabError, RunNotFound
from tl_core.models.networks.backbones import build_backbone
from tl_core.training import Training

HEADS: dict[str, dict[str, Any]] = {
    "softmax": {"epochs": 12},
    "sigmoid": {"epochs": 12, "activation": "sigmoid", "dense": (16,)},
    "flatten": {"epochs": 2, "pooling": "flatten"},
}


@pytest.fixture(scope="module")
def trained(new_run):
    """Return ``trained(name)``: the run of one of `HEADS`, trained the first time it is asked for."""
    return each_once(new_run, HEADS)


def photo(level, seed=1):
    return images.model_input(picture(np.random.default_rng(seed), level), "photo", SIDE)


@cache
def backbone():
    return build_backbone("efficientnet-lite0", SIDE)


def by_hand(run, pixels):
    """Return the probabilities that the stored numbers give, with Keras only for the backbone."""
    batch = (pixels[np.newaxis].astype(np.float32) - 127) / 128
    values = np.asarray(backbone()(batch, training=False))
    flat = run.config["pooling"] == "flatten"
    values = values.reshape(1, -1) if flat else values.mean(axis=(1, 2))
    arrays = safetensors.load_file(run.folder / "head.safetensors")
    for number in range(0, len(arrays), 2):
        values = np.maximum(values, 0) if number else values
        values = values @ arrays[f"weight_{number}"] + arrays[f"weight_{number + 1}"]
    if values.shape[1] == 1:
        second = 1 / (1 + np.exp(-values[0, 0]))
        return [1 - second, second]
    exponents = np.exp(values[0] - values[0].max())
    return (exponents / exponents.sum()).tolist()


@pytest.mark.parametrize("name", HEADS)
def test_prediction_is_the_stored_head_on_the_photos_features(trained, name):
    run = trained(name)
    for level in LEVELS.values():
        shares = predict(run.id, photo(level)).shares
        assert all(
            type(share) is float for share in shares
        )  # plain numbers travel between processes
        assert sum(shares) == pytest.approx(1)
        assert shares == pytest.approx(by_hand(run, photo(level)), abs=1e-4)


def test_different_photos_get_different_scores(trained):
    run = trained("softmax")
    assert predict(run.id, photo(90)).logits != predict(run.id, photo(150)).logits
    assert predict(run.id, photo(90)).logits == predict(run.id, photo(90)).logits


@pytest.mark.parametrize("name", ["softmax", "sigmoid"])
def test_scores_stand_in_the_order_of_the_classes(trained, name):
    run = trained(name)
    assert run.read("model.json", dict)["class_names"] == ["dark", "light"]
    assert run.read("metrics.json", dict)["train"]["accuracy"] > 0.8
    dark, light = (predict(run.id, photo(level)).shares for level in (30, 220))
    assert dark[0] > 0.5 > dark[1]
    assert light[1] > 0.5 > light[0]


def test_a_run_that_is_not_there_is_not_found(dataset):
    for identifier in ("0" * 16, "../../etc/passwd", ""):
        with pytest.raises(RunNotFound):
            predict(identifier, photo(90))


def test_a_run_that_is_not_trained_is_not_found(new_run):
    run = new_run(seed=77)
    with pytest.raises(RunNotFound, match=run.id):
        predict(run.id, photo(90))


def write_arrays(run, change):
    path = run.folder / "head.safetensors"
    path.write_bytes(safetensors.save(change(safetensors.load_file(path))))


def cut_short(run):
    path = run.folder / "head.safetensors"
    path.write_bytes(path.read_bytes()[:-10])


def garbage(run):
    (run.folder / "head.safetensors").write_bytes(b"<html>")


def empty(run):
    (run.folder / "head.safetensors").write_bytes(b"")


def no_arrays(run):
    (run.folder / "head.safetensors").unlink()


def other_shapes(run):
    write_arrays(run, lambda arrays: {name: array[:1] for name, array in arrays.items()})


def one_array_missing(run):
    write_arrays(run, lambda arrays: {"weight_0": arrays["weight_0"]})


def no_description(run):
    (run.folder / "model.json").unlink()


def description_cut_short(run):
    (run.folder / "model.json").write_text('{"class_names": ["da')


def other_class_count(run):
    describe(run, class_names=["dark", "light", "grey"])


def other_features(run):
    describe(run, features=[640])


def features_of_the_wrong_kind(run):
    describe(run, features=None)


def describe(run, **changes):
    path = run.folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


DAMAGE = [
    cut_short,
    garbage,
    empty,
    no_arrays,
    other_shapes,
    one_array_missing,
    no_description,
    description_cut_short,
    other_class_count,
    other_features,
    features_of_the_wrong_kind,
]


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda function: function.__name__)
def test_a_damaged_head_is_one_sentence(trained, damage):
    run = trained("softmax")
    kept = {file: file.read_bytes() for file in run.folder.iterdir() if file.is_file()}
    learned._learned.cache_clear()
    try:
        damage(run)
        with pytest.raises(RunNotFound, match="Train it again"):
            predict(run.id, photo(90))
    finally:
        for file, data in kept.items():
            file.write_bytes(data)
        learned._learned.cache_clear()
    assert len(predict(run.id, photo(90)).shares) == 2


def test_a_run_of_a_newer_version_is_one_sentence(dataset):
    run = Training.of(runs.open_run("train", {"dataset": dataset, "warmup": 3}))
    with pytest.raises(LabError, match="warmup") as refusal:
        predict(run.id, photo(90))
    assert "Start it again" in str(refusal.value)
