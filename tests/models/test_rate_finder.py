"""The range test as a job: nothing of it is left behind, Stop loses it, slow steps become fewer."""

import random
import shutil

import keras
import numpy as np
import pytest

from tl_core import runs
from tl_core.datasets.catalogue import get_dataset
from tl_core.engine.tasks import JOBS, resolve
from tl_core.errors import DatasetRefused, JobCancelled
from tl_core.models.features.computing import head_sides
from tl_core.models.features.rows import Part
from tl_core.models.fitting import rate_finder
from tl_core.models.fitting.rate_finder import PHASE, run_rate_test, sweep, unchanged
from tl_core.models.fitting.training import run_training
from tl_core.models.networks.heads import build_head, compile_head
from tl_core.runs.progress import read_events
from tl_core.runs.snapshots import snapshot
from tl_core.training import TrainingConfig
from tl_core.training.rate_finder import (
    HEAD,
    LOWEST,
    RESULT,
    STEPS,
    TAIL,
    RateTestConfig,
    points_of,
    rate_of_step,
)
from tl_core.training.rate_reading import read

SIZE = 64


def config_of(dataset, phase=HEAD, **changes):
    usual = {"dataset": dataset, "size": SIZE, "batch": 8}
    return RateTestConfig(phase=phase, training=TrainingConfig(**(usual | changes)))


@pytest.fixture(scope="module")
def new_test(dataset):
    def make(phase=HEAD, **changes):
        config = config_of(dataset, phase, **changes).as_json()
        shutil.rmtree(
            runs.runs_dir() / runs.run_id(RateTestConfig.KIND, config), ignore_errors=True
        )
        return runs.open_run(RateTestConfig.KIND, config)

    return make


@pytest.fixture
def head(dataset, new_test):
    """Return a compiled head with dropout, and the rows it learns on."""
    run_rate_test(new_test())  # computes the features
    config = config_of(dataset, dense=(16,), dropout=0.5).training
    rows = head_sides(get_dataset(dataset), config).train
    assert isinstance(rows, Part)
    model = build_head(config, rows.features.shape[1:], 2)
    compile_head(model, config, 0.01)
    model.train_on_batch(rows.features[:8], rows.labels[:8])  # an optimizer with a past
    return model, rows, config


def state(model):
    return [np.array(v.numpy()) for v in [*model.variables, *model.optimizer.variables]]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def random_state():
    drawn = np.random.get_state(legacy=False)
    keys = drawn["state"].pop("key")
    return random.getstate(), keys.tolist(), drawn


def ignore(done, total, message):
    pass


@pytest.mark.parametrize(
    ("phase", "changes"),
    [
        (HEAD, {"optimizer": "adam"}),
        (HEAD, {"optimizer": "rmsprop", "pooling": "flatten"}),
        (HEAD, {"optimizer": "sgd", "dense": (16,), "dropout": 0.5, "mix": "mixup"}),
        (TAIL, {"unfrozen": 1, "balanced": True, "smoothing": 0.1, "layer_decay": 0.5}),
        (TAIL, {"unfrozen": 1, "epochs": 0, "optimizer": "sgd"}),
    ],
)
def test_a_test_records_a_loss_for_every_rate_until_it_ends(new_test, phase, changes):
    run_rate_test(run := new_test(phase, **changes))
    result = run.read(RESULT, dict)
    taken = len(result["rates"])
    assert 3 < taken <= result["steps"] <= STEPS
    assert result["rates"] == [rate_of_step(step, result["steps"]) for step in range(taken)]
    assert len(result["losses"]) == taken
    assert max(loss for loss in result["losses"] if loss is not None) > min(result["losses"][:3])
    read(points_of(result))
    assert not list(run.folder.glob("checkpoint*")) + list(run.folder.glob("best*"))


@pytest.mark.slow
@pytest.mark.parametrize(("epochs", "computed"), [(0, False), (1, True)])
def test_a_test_of_a_network_from_scratch_computes_no_features(new_test, epochs, computed):
    scratch = {"backbone": "small-convnet", "weights": "random", "unfrozen": 3, "epochs": epochs}
    run_rate_test(run := new_test(TAIL, **scratch))
    assert ("features" in [phase.name for phase in snapshot(run).phases]) == computed


def test_the_loss_of_a_step_is_that_of_its_batch_alone(head):
    model, rows, config = head
    batches = rate_finder._batches(rows, config, 2)
    points = sweep(model, batches, 20, ignore)
    # A running mean over the steps would hardly differ from one to the next.
    assert np.std(np.diff([point.loss for point in points[:10]])) > 0.02


def test_weights_optimizer_and_random_numbers_are_restored_to_the_bit(head):
    model, rows, config = head
    before, outside = state(model), random_state()
    points = sweep(model, rate_finder._batches(rows, config, 2), STEPS, ignore)
    assert len(points) > 20
    assert same(state(model), before)
    assert random_state() == outside
    with unchanged(
        model
    ):  # would be seen: a step changes weights, slots, counter and dropout's seed
        model.train_on_batch(rows.features[:8], rows.labels[:8])
        changed = [not np.array_equal(a, b) for a, b in zip(state(model), before, strict=True)]
        assert sum(changed) > len(changed) / 2
    assert same(state(model), before)


def test_a_stop_restores_them_too(head):
    model, rows, config = head
    before = state(model)

    def stop(done, total, message):
        if done == 5:
            raise JobCancelled("This job was stopped.")

    with pytest.raises(JobCancelled):
        sweep(model, rate_finder._batches(rows, config, 2), STEPS, stop)
    assert same(state(model), before)


@pytest.mark.slow
@pytest.mark.parametrize("changes", [{}, {"unfrozen": 1, "epochs": 1, "fine_epochs": 1}])
def test_a_training_after_a_test_is_the_training_without_it(new_run, new_test, changes):
    usual = {"epochs": 2, "dropout": 0.5, "batch": 8} | changes
    run_training(run := new_run(**usual))
    without = trained(run)
    phase = TAIL if "unfrozen" in changes else HEAD
    run_rate_test(new_test(phase, **usual))
    run_training(run := new_run(**usual))
    assert trained(run) == without


def trained(run):
    epochs = [dict(epoch) for epoch in snapshot(run).epochs]
    assert epochs
    weights = {path.name: path.read_bytes() for path in sorted(run.folder.glob("*.safetensors"))}
    assert weights
    return epochs, weights


def test_the_same_test_gives_the_same_curve(new_test):
    results = []
    for _ in range(2):
        run_rate_test(run := new_test(dropout=0.5))
        results.append(run.read(RESULT, dict))
        keras.utils.set_random_seed(99)  # what else a worker does must not matter
    assert results[0] == results[1]


def test_slow_steps_become_fewer_over_the_same_rates(new_test, monkeypatch):
    monkeypatch.setattr(rate_finder, "SECONDS", 0.0)
    run_rate_test(run := new_test())
    result = run.read(RESULT, dict)
    assert result["steps"] == rate_finder.FEWEST_STEPS
    assert result["rates"][0] == LOWEST
    assert result["rates"][1] / result["rates"][0] > 3


def test_a_batch_larger_than_the_dataset_takes_all_images(new_test):
    run_rate_test(run := new_test(batch=1024))
    assert run.read(RESULT, dict)["losses"]


def test_mistakes_are_tested_with(new_test):
    losses = []
    for mistakes in ((), ("shuffled-labels",)):
        run_rate_test(run := new_test(mistakes=mistakes, pooling="flatten"))
        losses.append(run.read(RESULT, dict)["losses"][30:60])
    # The features are the same, the labels fit them no more: more is left to learn by heart.
    assert np.mean(losses[0]) < np.mean(losses[1])


def test_a_stopped_test_starts_anew_and_ends_like_an_unstopped_one(new_test, monkeypatch):
    run_rate_test(run := new_test())
    reference = run.read(RESULT, dict)
    run = new_test()
    with monkeypatch.context() as patch:
        calls = []

        def loss(*arguments):
            calls.append(1)
            if len(calls) == 30:
                run.request_cancel()
            return original(*arguments)

        original = rate_finder._loss_of_step
        patch.setattr(rate_finder, "_loss_of_step", loss)
        patch.setattr("tl_core.runs.reporting.SECONDS_BETWEEN_LOOKS", 0.0)
        with pytest.raises(JobCancelled):
            run_rate_test(run)
    assert len(calls) == 30 and not (run.folder / RESULT).exists()
    run.withdraw_cancel()
    run_rate_test(run)
    assert run.read(RESULT, dict) == reference


def test_progress_counts_the_steps_and_ends_full(new_test):
    run_rate_test(run := new_test(optimizer="sgd", pooling="flatten"))
    events = [e for e in read_events(run.folder / "progress.jsonl") if e.get("phase") == PHASE]
    done = [event["done"] for event in events]
    assert done == sorted(done) and events[-1]["done"] == events[-1]["total"]


def test_a_changed_dataset_is_refused(new_test):
    with pytest.raises(DatasetRefused, match="has changed since"):
        run_rate_test(new_test(fingerprint="0" * 64))


def test_the_worker_finds_the_job_by_its_kind():
    assert resolve(JOBS[RateTestConfig.KIND]) is run_rate_test
