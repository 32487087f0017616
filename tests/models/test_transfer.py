"""The job on transfer: held-out images stay held out, many images contain the few, Stop loses one fit."""

import shutil

import numpy as np
import pytest

from tests.models.conftest import stop_at_look
from tl_core import files, runs
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.splits import split
from tl_core.engine.tasks import JOBS, resolve
from tl_core.errors import DatasetRefused, JobCancelled
from tl_core.lessons.transfer import RESULT, SOURCES, Comparison, TransferConfig, verdict
from tl_core.models.features.rows import Part
from tl_core.models.lessons import transfer
from tl_core.models.lessons.transfer import PHASE, choose, run_transfer_lesson
from tl_core.runs.progress import read_events

SIZE = 64


@pytest.fixture(scope="module")
def new_lesson(dataset):
    def make(**changes):
        usual = {"dataset": dataset, "size": SIZE, "steps": 20, "seeds": (0, 1)}
        config = TransferConfig(**(usual | changes)).as_json()
        shutil.rmtree(
            runs.runs_dir() / runs.run_id(TransferConfig.KIND, config), ignore_errors=True
        )
        return runs.open_run(TransferConfig.KIND, config)

    return make


@pytest.fixture(scope="module")
def reference(new_lesson):
    """Return the result and the events of an unstopped lesson."""
    run_transfer_lesson(run := new_lesson())
    return run.read(RESULT, dict), read_events(run.folder / "progress.jsonl")


def test_every_kind_of_features_has_every_size_and_seed_once(reference):
    fits = [(fit["seed"], fit["source"], fit["images"]) for fit in reference[0]["fits"]]
    assert fits == [
        (seed, source, images)
        for seed in (0, 1)
        for source in SOURCES
        for images in (5, 10, 20, 50)
    ]
    # Each class has 36 images, 7 of them held out: 50 a class are all 29.
    assert {fit["images"]: fit["trained_on"] for fit in reference[0]["fits"]} == {
        5: 10,
        10: 20,
        20: 40,
        50: 58,
    }
    for row in Comparison.from_json(reference[0]).points.values():
        assert [point.n for point in row] == [28] * 4
    assert reference[0]["majority"]["n"] == 28 and reference[0]["majority"]["accuracy"] == 0.5
    assert verdict(Comparison.from_json(reference[0]).points)


def test_progress_counts_fits(reference):
    done = [event["done"] for event in reference[1] if event.get("phase") == PHASE]
    assert done == sorted(done) and done[-1] == 24


def test_more_images_contain_the_fewer_and_no_held_out_one(dataset):
    found = get_dataset(dataset)
    chosen = choose(found, TransferConfig(dataset=dataset), seed=3)
    assert chosen.validation == split(found, validation=0.2, seed=3).validation
    for few, many in [(5, 10), (10, 50)]:
        assert set(chosen.first(few)) < set(chosen.first(many))
    assert not set(chosen.first(50)) & set(chosen.validation)
    labels = [found.images[index].label for index in chosen.first(5)]
    assert np.bincount(labels).tolist() == [5, 5]
    other = choose(found, TransferConfig(dataset=dataset), seed=4)
    assert other.first(5) != chosen.first(5)


def test_a_head_takes_as_many_steps_for_few_images_as_for_many():
    training = TransferConfig(dataset="any", batch=32).training("imagenet", 0)
    for count in (10, 32, 100):
        batches = list(transfer._batches(count, training, steps=7))
        assert len(batches) == 7
        assert all(0 < len(rows) <= 32 and rows.max() < count for rows in batches)
    assert sorted(np.concatenate(batches[:4])) == list(range(100))  # a whole epoch


def test_a_head_learns_what_can_be_learned(new_lesson):
    random = np.random.default_rng(0)
    labels = np.arange(40) % 2
    features = random.normal(size=(40, 8)).astype(np.float32) + 3 * labels[:, np.newaxis]
    part = Part(features=features.astype(np.float32), labels=labels)
    training = TransferConfig(dataset="any", learning_rate=0.01).training("imagenet", 0)

    head = transfer._head(new_lesson(), training, part, steps=200, classes=2)
    guesses = np.asarray(head(part.features)).argmax(axis=1)
    assert (guesses == labels).mean() > 0.9


@pytest.mark.parametrize("look", [3, 60])
def test_a_stopped_lesson_goes_on_and_ends_like_an_unstopped_one(
    reference, new_lesson, monkeypatch, look
):
    run = new_lesson()
    with monkeypatch.context() as patch:
        stop_at_look(patch, transfer, look)
        with pytest.raises(JobCancelled):
            run_transfer_lesson(run)
    done = run.read(RESULT, dict)["fits"] if (run.folder / RESULT).exists() else []
    assert len(done) < 24
    run.withdraw_cancel()
    trained = []
    original = transfer._head

    def watched(*parts):
        trained.append(parts)
        return original(*parts)

    monkeypatch.setattr(transfer, "_head", watched)
    run_transfer_lesson(run)
    assert len(trained) == 24 - len(done)
    assert run.read(RESULT, dict) == reference[0]


def test_a_result_that_the_disk_has_damaged_is_made_again(reference, new_lesson):
    run = new_lesson()
    files.write_json(run.folder / RESULT, {"fits": [{"source": "pixels"}]})
    run_transfer_lesson(run)
    assert run.read(RESULT, dict) == reference[0]


def test_a_changed_dataset_is_refused(new_lesson):
    with pytest.raises(DatasetRefused, match="has changed since"):
        run_transfer_lesson(new_lesson(fingerprint="0" * 64))


def test_the_worker_finds_the_job_by_its_kind():
    assert resolve(JOBS[TransferConfig.KIND]) is run_transfer_lesson
