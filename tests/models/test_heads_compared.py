"""Both heads on the same maps: what is trained, what is counted, and how it goes on."""

import shutil

import numpy as np
import pytest

from tests.models.conftest import stop_at_look
from tl_core import runs
from tl_core.datasets.catalogue import get_dataset
from tl_core.engine.tasks import JOBS, resolve
from tl_core.errors import DatasetRefused, JobCancelled
from tl_core.lessons.heads import RESULT, ComparisonConfig, outcomes, verdict
from tl_core.models.features.computing import ensure_features
from tl_core.models.features.rows import Part
from tl_core.models.fitting import phase
from tl_core.models.fitting.training import fit_head, run_training
from tl_core.models.lessons import heads
from tl_core.models.lessons.heads import FIT, PHASE, run_comparison
from tl_core.runs.progress import read_events
from tl_core.training.kept_features import feature_entry

SIZE = 64


@pytest.fixture(scope="module")
def new_comparison(dataset):
    def make(**changes):
        usual = {"dataset": dataset, "size": SIZE, "batch": 8, "epochs": 3, "seeds": (0, 1)}
        config = ComparisonConfig(**(usual | changes)).as_json()
        shutil.rmtree(
            runs.runs_dir() / runs.run_id(ComparisonConfig.KIND, config), ignore_errors=True
        )
        return runs.open_run(ComparisonConfig.KIND, config)

    return make


@pytest.fixture(scope="module")
def reference(new_comparison):
    """Return the result of an unstopped comparison, and the events of it and of its last fit."""
    run_comparison(run := new_comparison())
    folders = (run.folder, run.folder / "flatten-1")
    return run.read(RESULT, dict), *(read_events(folder / "progress.jsonl") for folder in folders)


def without_times(result):
    return [{**fit, "seconds": 0} for fit in result["fits"]]


def test_every_head_is_trained_once_a_seed_and_counted(reference, dataset):
    assert [(fit["pooling"], fit["seed"]) for fit in reference[0]["fits"]] == [
        *(("gap", 0), ("flatten", 0)),
        *(("gap", 1), ("flatten", 1)),
    ]
    found = outcomes(reference[0])
    assert found["gap"].parameters == 1280 * 2 + 2
    assert found["flatten"].parameters == 2 * 2 * 1280 * 2 + 2
    images = len(get_dataset(dataset).images)
    for one in found.values():
        assert one.n + one.train_n == 2 * images
        assert 0.4 < one.accuracy <= 1 and one.seconds > 0
    assert verdict(**found).take in ("gap", "flatten")


def test_the_head_with_gap_scores_like_a_training_of_its_own(reference, new_run):
    run_training(run := new_run(dropout=0.0, epochs=3, learning_rate=0.001, keep_best=False))
    alone = run.read("metrics.json", dict)
    fit = reference[0]["fits"][0]
    # The mean of cached maps and the mean inside the network differ in the last digits.
    for part in ("train", "validation"):
        assert abs(alone[part]["correct"] - fit[part]["correct"]) <= 1
        assert alone[part]["n"] == fit[part]["n"]


def test_features_are_computed_once_for_both_heads(reference, new_comparison, dataset):
    run = new_comparison(epochs=1, seeds=(5,))
    run_comparison(run)
    config = ComparisonConfig.from_json(run.config).training("flatten", 5)
    entry = feature_entry(get_dataset(dataset), config)
    assert entry.complete
    _, computed = ensure_features(run, get_dataset(dataset), config)
    assert computed == 0


def test_keeping_channels_makes_both_heads_smaller(new_comparison):
    run_comparison(run := new_comparison(channels=16, epochs=1, seeds=(0,)))
    found = outcomes(run.read(RESULT, dict))
    assert found["gap"].parameters == 16 * 2 + 2
    assert found["flatten"].parameters == 2 * 2 * 16 * 2 + 2


def watch_fits(monkeypatch):
    """Return a list that grows with the name of every fit that is trained from now on."""
    trained = []

    def watched(fit, *rest, **named):
        trained.append(fit.name)
        return fit_head(fit, *rest, **named)

    monkeypatch.setattr(heads, "fit_head", watched)
    return trained


@pytest.mark.parametrize("look", [12, 70])
def test_a_stopped_comparison_goes_on_and_ends_like_an_unstopped_one(
    reference, new_comparison, monkeypatch, look
):
    run = new_comparison()
    with monkeypatch.context() as patch:
        stop_at_look(patch, phase, look)
        with pytest.raises(JobCancelled):
            run_comparison(run)
    assert not (run.folder / RESULT).exists()
    done = sorted(path.parent.name for path in run.folder.glob(f"*/{FIT}"))
    run.withdraw_cancel()
    trained = watch_fits(monkeypatch)
    run_comparison(run)
    assert sorted([*done, *trained]) == ["flatten-0", "flatten-1", "gap-0", "gap-1"]
    assert without_times(run.read(RESULT, dict)) == without_times(reference[0])
    assert not list(run.folder.glob("*/checkpoint*"))


def test_a_fit_that_the_disk_has_damaged_is_made_again(reference, new_comparison, monkeypatch):
    run = new_comparison()
    run_comparison(run)
    (run.folder / "gap-0" / FIT).write_text('{"pooling": "gap"}')
    (run.folder / RESULT).unlink()
    trained = watch_fits(monkeypatch)
    run_comparison(run)
    assert trained == ["gap-0"]
    assert without_times(run.read(RESULT, dict)) == without_times(reference[0])


def test_progress_is_that_of_all_fits_and_epochs_stay_with_theirs(reference):
    _, events, own = reference
    done = [event["done"] for event in events if event.get("phase") == PHASE]
    assert done == sorted(done) and done[-1] == 12
    assert {event["total"] for event in events if event.get("phase") == PHASE} == {12}
    assert not [event for event in events if event["event"] == "epoch"]
    assert [event["epoch"] for event in own if event["event"] == "epoch"] == [1, 2, 3]


def test_a_changed_dataset_is_refused(new_comparison):
    with pytest.raises(DatasetRefused, match="has changed since"):
        run_comparison(new_comparison(fingerprint="0" * 64))


def test_the_worker_finds_the_job_by_its_kind():
    assert resolve(JOBS[ComparisonConfig.KIND]) is run_comparison


def test_gap_of_the_maps_is_their_mean():
    maps = np.random.default_rng(0).normal(size=(3, 2, 2, 4)).astype(np.float32)
    part = Part(features=maps, labels=np.zeros(3, np.int64))
    pooled = heads._pooled(part, "gap").features
    assert np.allclose(pooled, maps.mean(axis=(1, 2)))
    assert heads._pooled(part, "flatten").features is maps
