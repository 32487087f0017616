"""Covered photos and loud channels: the same as a plain loop, and as the stored weights say."""

from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from tests.models.conftest import SIDE, each_once, picture
from tl_core import images
from tl_core.answers.networks import extractor
from tl_core.answers.prediction import predict
from tl_core.answers.reasons import loud_channels, occlusion
from tl_core.datasets.catalogue import get_dataset
from tl_core.engine.tasks import run_task
from tl_core.errors import RunNotFound, SettingInvalid
from tl_core.models.fitting.training import run_training
from tl_core.prediction.reasons import (
    LOUDEST,
    SPOTS,
    square_side,
    square_starts,
    what_counts,
    with_square,
)
from tl_core.results.metrics import read_metrics

RUNS: dict[str, dict[str, Any]] = {
    "softmax": {"epochs": 12},
    "sigmoid": {"epochs": 12, "activation": "sigmoid"},
    "hidden": {"epochs": 4, "dense": (16,)},
    "flatten": {"epochs": 2, "pooling": "flatten"},
    "fine-tuned": {"unfrozen": 2, "epochs": 2, "fine_epochs": 1},
    "one-unit": {"epochs": 2, "mistakes": ("one-unit",)},
}
EMOJI: dict[str, Any] = {"dataset": "emoji", "size": 96, "epochs": 8, "batch": 32}


@pytest.fixture(scope="module")
def trained(new_run):
    """Return ``trained(name)``: the run of one of `RUNS`, trained the first time it is asked for."""
    return each_once(new_run, RUNS)


def photo(level=150, seed=1):
    return images.model_input(picture(np.random.default_rng(seed), level), "photo", SIDE)


@pytest.mark.parametrize("name", ["softmax", "flatten", "fine-tuned"])
@pytest.mark.parametrize("label", [0, 1])
def test_covered_photos_have_the_scores_that_each_has_alone(trained, name, label):
    run, pixels, side = trained(name), photo(), square_side(SIDE)
    found = occlusion(run.id, pixels, label, 3)
    top = square_starts(SIDE)[3]
    one_by_one = [
        predict(run.id, with_square(pixels, left, top, side)).shares[label]
        for left in square_starts(SIDE)
    ]
    assert found.shares == pytest.approx(one_by_one, abs=1e-4)
    assert found.share == pytest.approx(predict(run.id, pixels).shares[label], abs=1e-4)
    assert len(set(one_by_one)) > 1
    # Two classes: the evidence is half of what one logit is above the other.
    odds = found.shares / (1 - found.shares)
    assert found.evidences == pytest.approx(np.log(odds) / 2, abs=1e-3)
    assert found.evidence == pytest.approx(np.log(found.share / (1 - found.share)) / 2, abs=1e-3)


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_score_falls_most_where_the_thing_is(new_run, side):
    """A car on one side of an empty picture: the network's score for vehicles needs that side."""
    emoji = get_dataset("emoji")
    run_training(run := new_run(**EMOJI, fingerprint=emoji.fingerprint))
    (car,) = [one for one in emoji.images if one.shown.endswith("blue_car.webp")]
    thing = images.model_input(emoji.read(car), car.shown, EMOJI["size"] // 2)
    pixels = np.full((EMOJI["size"], EMOJI["size"], 3), 255, np.uint8)
    left = 0 if side == "left" else EMOJI["size"] // 2
    pixels[EMOJI["size"] // 4 :, left:][: len(thing), : len(thing)] = thing
    label = emoji.class_names.index("vehicles")
    rows = [occlusion(run.id, pixels, label, row) for row in range(SPOTS)]
    lost = what_counts(EMOJI["size"], rows[0].evidence - np.stack([row.evidences for row in rows]))
    halves = lost[:, : EMOJI["size"] // 2].max(), lost[:, EMOJI["size"] // 2 :].max()
    assert rows[0].share > 0.5
    assert (halves[0] > halves[1]) == (side == "left")


@pytest.mark.parametrize(
    ("label", "row", "named"),
    [(2, 0, "label"), (-1, 0, "label"), (0, SPOTS, "row"), (0, -1, "row")],
)
def test_a_class_or_row_that_is_not_there_is_refused(trained, label, row, named):
    with pytest.raises(SettingInvalid, match=named):
        occlusion(trained("softmax").id, photo(), label, row)


def test_runs_that_are_not_there_are_refused(dataset, new_run):
    for identifier in ("0" * 16, "../../etc", new_run(seed=79).id):
        with pytest.raises(RunNotFound):
            occlusion(identifier, photo(), 0, 0)
        with pytest.raises(RunNotFound):
            loud_channels(identifier, photo(), 0)


def stored_parts(run, pixels, label):
    """Return what every channel adds to a class's evidence, and the bias, by the stored weights alone."""
    arrays = load_file(run.folder / "head.safetensors")
    kernel, bias = arrays["weight_0"], arrays["weight_1"]
    if kernel.shape[1] == 1:  # a sigmoid is a softmax over (0, logit)
        kernel, bias = (np.concatenate([np.zeros_like(x), x], axis=-1) for x in (kernel, bias))
    kernel = kernel - kernel.mean(axis=1, keepdims=True)
    pooled = extractor("efficientnet-lite0", "imagenet", SIDE, "gap")(pixels[np.newaxis])[0]
    return pooled * kernel[:, label], float(bias[label] - bias.mean())


@pytest.mark.parametrize("name", ["softmax", "sigmoid"])
@pytest.mark.parametrize("label", [0, 1])
def test_with_one_dense_layer_channels_add_up_to_the_logit(trained, name, label):
    run, pixels = trained(name), photo()
    parts, bias = stored_parts(run, pixels, label)
    found = loud_channels(run.id, pixels, label)
    order = np.argsort(-parts)[:LOUDEST]
    assert found.parts == pytest.approx(parts[order], abs=1e-4)
    assert found.channels == tuple(order) and found.count == len(parts) == 1280
    assert found.bias == pytest.approx(bias, abs=1e-3)
    assert found.evidence == pytest.approx(parts.sum() + bias, abs=1e-3)
    assert sum(found.parts) + found.others + found.bias == pytest.approx(found.evidence, abs=1e-4)
    shares = predict(run.id, pixels).shares
    # Two classes: the evidence is half of what one logit is above the other.
    assert np.log(shares[label] / shares[1 - label]) / 2 == pytest.approx(found.evidence, abs=1e-3)


@pytest.mark.parametrize("name", ["softmax", "hidden", "flatten", "fine-tuned"])
def test_every_kind_of_run_names_its_loudest_with_their_maps(trained, name):
    run, pixels = trained(name), photo()
    found = run_task("loud_channels", run_id=run.id, pixels=pixels, label=1)
    assert 0 < len(found.channels) == len(found.parts) == len(found.maps) <= LOUDEST
    assert list(found.parts) == sorted(found.parts, reverse=True) and min(found.parts) > 0
    assert found.maps.max() > 0
    assert sum(found.parts) + found.others + found.bias == pytest.approx(found.evidence, abs=1e-3)
    other = loud_channels(run.id, pixels, 0)
    assert other.channels != found.channels
    if name == "softmax":
        whole = extractor("efficientnet-lite0", "imagenet", SIDE, "none")(pixels[np.newaxis])[0]
        assert found.maps[0] == pytest.approx(whole[..., found.channels[0]], abs=1e-5)


@pytest.mark.filterwarnings("ignore:.*softmax over axis")
def test_a_network_that_cannot_differ_has_no_loud_channels(trained):
    found = loud_channels(trained("one-unit").id, photo(), 1)
    assert found.channels == () and found.maps.shape[0] == 0
    metrics = read_metrics(trained("one-unit"))  # though its weights tell the classes apart
    assert metrics.behind and metrics.behind.correct > metrics.validation.correct


@pytest.mark.parametrize("label", [2, -1])
def test_channels_of_a_class_that_is_not_there_are_refused(trained, label):
    with pytest.raises(SettingInvalid, match="classes"):
        loud_channels(trained("softmax").id, photo(), label)
