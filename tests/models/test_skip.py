"""The job on skip connections: the networks differ in nothing else, and it goes on where it was stopped."""

import json
import shutil

import numpy as np
import pytest
from keras import layers

from tests.images.reading import load_rgb
from tests.models.conftest import stop_at_look
from tl_core import runs
from tl_core.answers.residual_block import residual_block
from tl_core.backbones import DEFAULT_BACKBONE, get_backbone
from tl_core.datasets.catalogue import get_dataset, read_photo
from tl_core.engine.tasks import JOBS, resolve
from tl_core.errors import JobCancelled, SettingInvalid
from tl_core.images import resize
from tl_core.lessons.skip import (
    DATASET,
    NETWORKS,
    RESIDUAL_SIDE,
    RESULT,
    SkipConfig,
    fade,
    knowing_shares,
    residual_blocks,
    story,
)
from tl_core.models.lessons import skip
from tl_core.models.lessons.skip import PHASE, run_skip_lesson
from tl_core.models.networks.backbones import build_backbone
from tl_core.models.networks.plain_and_skip import build_networks
from tl_core.runs.progress import read_events
from tl_core.runs.snapshots import snapshot


@pytest.fixture(scope="module")
def new_lesson(dataset):
    def make(**changes):
        config = SkipConfig(**({"blocks": 2, "epochs": 3} | changes)).as_json()
        shutil.rmtree(runs.runs_dir() / runs.run_id(SkipConfig.KIND, config), ignore_errors=True)
        return runs.open_run(SkipConfig.KIND, config)

    return make


@pytest.fixture(scope="module")
def reference(new_lesson):
    """Return the epochs, the result and the events of an unstopped lesson."""
    run_skip_lesson(run := new_lesson())
    return snapshot(run).epochs, run.read(RESULT, dict), read_events(run.folder / "progress.jsonl")


def of_network(both, name):
    return [layer for layer in both.layers if layer.name.startswith(f"{name}_")]


def test_the_networks_differ_in_their_sums_alone():
    both = build_networks(SkipConfig(blocks=3), classes=3)
    plain, skip = (of_network(both, name) for name in NETWORKS)
    assert [
        len([one for one in side if isinstance(one, layers.Add)]) for side in (plain, skip)
    ] == [0, 3]
    weights = [[w for layer in side for w in layer.get_weights()] for side in (plain, skip)]
    assert len(weights[0]) == len(weights[1]) == 2 * (1 + 6 + 1)
    for one, other in zip(*weights, strict=True):
        assert np.array_equal(one, other)
    assert not [one for one in both.layers if isinstance(one, layers.BatchNormalization)]


def test_another_seed_has_other_first_weights():
    first, second = (build_networks(SkipConfig(blocks=2, seed=seed), 3) for seed in (0, 1))
    assert not np.array_equal(first.get_weights()[0], second.get_weights()[0])


def test_every_epoch_is_recorded_from_before_the_first_step(reference):
    epochs, result, events = reference
    assert [epoch["epoch"] for epoch in epochs] == [0, 1, 2, 3]
    for name in NETWORKS:
        for epoch in story(epochs, name):
            assert len(epoch.gradients) == 2 and min(epoch.gradients) > 0
            assert 0 < epoch.loss < 3 and 0 <= epoch.accuracy <= 1
        assert result[name]["validation"]["n"] + result[name]["train"]["n"] == 287
    assert result["majority"]["correct"] == 26 and result["majority"]["n"] == 57
    done = [event["done"] for event in events if event.get("phase") == PHASE]
    assert done[0] == 0 and done[-1] == 3
    json.dumps(epochs)  # pages in any process read them


def test_the_gradient_of_a_deep_plain_network_fades_and_that_of_one_with_skips_does_not(new_lesson):
    run_skip_lesson(run := new_lesson(blocks=12, epochs=1))
    first = {name: story(snapshot(run).epochs, name)[0] for name in NETWORKS}
    assert fade(first["plain"]) > 1000
    assert fade(first["skip"]) < 10


@pytest.mark.parametrize("look", [3, 35])  # in the first and in the last epoch
def test_a_stopped_lesson_goes_on_and_ends_like_an_unstopped_one(
    reference, new_lesson, monkeypatch, look
):
    run = new_lesson()
    with monkeypatch.context() as patch:
        stop_at_look(patch, skip, look)
        with pytest.raises(JobCancelled):
            run_skip_lesson(run)
    assert not (run.folder / RESULT).exists()
    run.withdraw_cancel()
    run_skip_lesson(run)
    for name in NETWORKS:
        for again, once in zip(
            story(snapshot(run).epochs, name), story(reference[0], name), strict=True
        ):
            assert again.loss == pytest.approx(once.loss, rel=1e-4)
            assert again.gradients == pytest.approx(once.gradients, rel=1e-3)
    assert run.read(RESULT, dict) == reference[1]
    assert not list(run.folder.glob("checkpoint*"))


def test_the_worker_finds_the_job_by_its_kind():
    assert resolve(JOBS[SkipConfig.KIND]) is run_skip_lesson


@pytest.mark.parametrize("block", ["block2b", residual_blocks()[-1]])
def test_x_and_its_change_add_up_to_what_the_block_gives_on(block):
    pixels = load_rgb(read_photo("chelsea"), "chelsea")
    answer = residual_block(block, pixels)
    network = build_backbone(DEFAULT_BACKBONE, RESIDUAL_SIDE)
    batch = get_backbone(DEFAULT_BACKBONE).preprocessing.apply(
        resize(pixels, RESIDUAL_SIDE, RESIDUAL_SIDE)[np.newaxis]
    )
    upto = type(network)(network.input, network.get_layer(f"{block}_add").output)
    whole = np.moveaxis(np.asarray(upto(batch))[0], -1, 0)
    assert answer.total == len(whole)
    assert np.allclose(answer.x + answer.change, whole[list(answer.channels)], atol=1e-3)
    assert not np.allclose(answer.x, whole[list(answer.channels)], atol=1e-1)
    assert 0.1 < answer.share < 1


def test_a_block_without_a_sum_is_refused():
    with pytest.raises(SettingInvalid, match="block2b"):
        residual_block("block2a", np.zeros((8, 8, 3), np.uint8))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_only_the_network_with_skip_connections_learns(new_lesson, seed):
    run_skip_lesson(run := new_lesson(blocks=12, epochs=25, seed=seed))
    plain, skip = (story(snapshot(run).epochs, name)[-1] for name in NETWORKS)
    shares = knowing_shares(get_dataset(DATASET).count_by_class.values())
    assert plain.loss > 0.97 * shares
    assert skip.loss < 0.8 * shares
