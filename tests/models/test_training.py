"""A whole training without an engine: what it leaves, how it goes on, what it refuses."""

import csv
import shutil
from dataclasses import replace

import keras
import numpy as np
import pytest
from safetensors.numpy import load_file

from tests.datasets.importing import placed_in_memory
from tests.models.conftest import LEVELS, picture, stop_at_look
from tl_core import files, images, runs
from tl_core.datasets.bringing.importer import import_placed
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.splits import split
from tl_core.errors import DatasetRefused, JobCancelled, LabError, SettingInvalid
from tl_core.features.store import features_dir
from tl_core.machine import large_arrays
from tl_core.models.features import rows as feature_rows
from tl_core.models.features.rows import LiveRows, Part, joined, training_batches
from tl_core.models.fitting import checkpoint, phase, results, training
from tl_core.models.fitting.stepping import steps_at_once, steps_of
from tl_core.models.fitting.training import HEAD, run_training
from tl_core.models.networks.heads import build_head, compile_head
from tl_core.results.metrics import read_metrics
from tl_core.results.predictions import list_parts, read_predictions
from tl_core.runs.progress import read_events
from tl_core.runs.snapshots import snapshot
from tl_core.training import TrainingConfig
from tl_core.training.kept_features import feature_entry
from tl_core.training.schedule import best_epoch

CONFIG = {"dense": (32,), "dropout": 0.3, "seed": 3, "keep_best": False}
"""Dropout draws random numbers at every step, so a run that goes on must go on with them too."""
CHECKPOINT = "checkpoint-head.safetensors"


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.fixture(scope="module")
def reference(new_run, tmp_path_factory):
    """Return the folder of `CONFIG` trained without any interruption."""
    run_training(run := new_run(**CONFIG))
    return shutil.copytree(run.folder, tmp_path_factory.mktemp("reference") / "run")


def outcome(folder):
    """Return what a training came to, to the last bit: its head and its epochs."""
    return (folder / "history.csv").read_text(), files.sha256_of_file(folder / "head.safetensors")


def sides(config):
    """Return features and labels of both sides of the split, read without the code that trains."""
    dataset = get_dataset(config.dataset)
    entry = feature_entry(dataset, config)
    parts = split(dataset, validation=config.validation, seed=config.seed)
    return {
        name: (
            entry.read([dataset.images[i].sha256 for i in indices]),
            np.array([dataset.images[i].label for i in indices]),
        )
        for name, indices in (("train", parts.train), ("validation", parts.validation))
    }


def logits(folder, features):
    """Return what a stored head makes of features, with NumPy alone."""
    arrays = load_file(folder / "head.safetensors")
    kernels = [arrays[f"weight_{i}"] for i in range(0, len(arrays), 2)]
    biases = [arrays[f"weight_{i}"] for i in range(1, len(arrays), 2)]
    values = features.reshape(len(features), -1)
    for number, (kernel, bias) in enumerate(zip(kernels, biases, strict=True)):
        values = (np.maximum(values, 0) if number else values) @ kernel + bias
    return values


def history(folder):
    return list(csv.DictReader((folder / "history.csv").read_text().splitlines()))


def test_scores_count_every_held_out_image_once(reference):
    config = TrainingConfig.from_json(files.read_json(reference / "config.json")["config"])
    dataset = get_dataset(config.dataset)
    parts = split(dataset, validation=config.validation, seed=config.seed)
    metrics = files.read_json(reference / "metrics.json")
    for name, indices in (("train", parts.train), ("validation", parts.validation)):
        labels = [dataset.images[i].label for i in indices]
        found = metrics[name]
        assert found["n"] == len(indices) > 0
        assert np.trace(found["confusion"]) == found["correct"]
        assert np.sum(found["confusion"], axis=1).tolist() == np.bincount(labels).tolist()
    assert metrics["images_computed"] + metrics["images_reused"] == len(dataset.images)


def test_scores_are_those_of_the_stored_head_on_the_stored_features(reference):
    config = TrainingConfig.from_json(files.read_json(reference / "config.json")["config"])
    metrics = files.read_json(reference / "metrics.json")
    for name, (features, labels) in sides(config).items():
        guesses = logits(reference, features).argmax(axis=1)
        assert metrics[name]["accuracy"] == np.mean(guesses == labels)
        assert metrics[name]["correct"] == np.sum(guesses == labels)
    # Neither chance nor certainty: either would hide a mixed-up order of images or labels.
    assert 0.6 < metrics["train"]["accuracy"] < 1
    rows = history(reference)
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4"]
    assert float(rows[-1]["val_accuracy"]) == pytest.approx(metrics["validation"]["accuracy"])


def test_last_validation_loss_is_the_cross_entropy_of_the_stored_head(reference):
    config = TrainingConfig.from_json(files.read_json(reference / "config.json")["config"])
    features, labels = sides(config)["validation"]
    values = logits(reference, features).astype(np.float64)
    mine = np.log(np.exp(values).sum(axis=1)) - values[np.arange(len(labels)), labels]
    assert float(history(reference)[-1]["val_loss"]) == pytest.approx(mine.mean(), abs=1e-5)


def test_result_says_what_is_needed_to_use_it(reference):
    description = files.read_json(reference / "model.json")
    assert description["class_names"] == ["dark", "light"]
    assert description["features"] == [1280]
    assert description["parameters"] == 1280 * 32 + 32 + 32 * 2 + 2
    assert set(description["versions"]) == {"python", "keras", "tensorflow", "numpy"}
    assert len(list((reference / "thumbnails").glob("*.webp"))) == 8
    assert not list(reference.glob("checkpoint-*")) and not list(reference.glob("best-*"))


def test_the_pictures_that_are_kept_are_of_photos_that_it_learned_from(reference):
    config = TrainingConfig.from_json(files.read_json(reference / "config.json")["config"])
    dataset = get_dataset(config.dataset)
    parts = split(dataset, validation=config.validation, seed=config.seed)

    def pictures(indices):
        shown = [dataset.images[index] for index in indices]
        small = [images.load_shrunk(dataset.read(one), one.path, 96) for one in shown]
        return {images.thumbnail_webp(picture) for picture in small}

    kept = {path.read_bytes() for path in (reference / "thumbnails").iterdir()}
    assert kept <= pictures(parts.train) and not kept & pictures(parts.validation)
    labels = np.array([one.label for one in dataset.images])
    first = {int(index) for label in (0, 1) for index in np.flatnonzero(labels == label)[:4]}
    assert first & set(parts.validation), "else the first of a class would do as well"


def test_same_seed_gives_the_same_head_and_the_flag_is_looked_at_after_every_batch(
    reference, new_run, monkeypatch
):
    looks = stop_at_look(monkeypatch, phase, 10**6)
    run_training(run := new_run(**CONFIG))
    assert outcome(run.folder) == outcome(reference)
    config = TrainingConfig.from_json(run.config)
    images = len(sides(config)["train"][1])
    batches, judged = -(-images // config.batch), 1
    assert len(looks) == config.epochs * (batches + judged)


def test_no_part_of_an_epoch_is_silent(new_run, monkeypatch):
    """Batches, the judging of each epoch, and that of the result: each is told as it goes."""
    monkeypatch.setattr("tl_core.runs.reporting.SECONDS_BETWEEN_LINES", 0.0)
    monkeypatch.setattr(phase, "MOST_TO_JUDGE", 8)
    run_training(run := new_run(epochs=2, seed=21))
    told = [event for event in read_events(run.folder / "progress.jsonl") if "phase" in event]
    head = [event["message"] for event in told if event["phase"] == HEAD]
    assert head[0] == "0/2"
    first = [message for message in head if message.startswith("1/2")]
    assert first.count("1/2") >= 7, "the batches of 58 images"
    judged = [message.partition(" ")[2] for message in first if " " in message]
    assert judged == ["8/14", "14/14"]
    seen = [(event["done"], event["total"]) for event in told if "Judge" in event["phase"]]
    assert seen[-1] == (58, 58) and len(seen) == 8
    assert [event["done"] for event in told if event["phase"] == HEAD] == sorted(
        event["done"] for event in told if event["phase"] == HEAD
    )


def test_stop_while_the_result_is_judged_keeps_it(new_run, monkeypatch):
    monkeypatch.setattr("tl_core.runs.reporting.SECONDS_BETWEEN_LOOKS", 0.0)
    run = new_run(epochs=2, seed=22)
    judge = phase.judge

    def stopped(*arguments):
        runs.get_run(run.id).request_cancel()
        return judge(*arguments)

    monkeypatch.setattr(results, "judge", stopped)
    run_training(run)
    judged = read_metrics(run).train
    assert judged and judged.n == 58


def test_a_test_folder_that_came_with_the_dataset_is_judged(dataset, new_run):
    """No share is asked for then: there is no control for it."""
    random = np.random.default_rng(5)
    pictures = {
        name: [(f"{name}{i}.png", picture(random, level)) for i in range(9)]
        for name, level in LEVELS.items()
    }
    placed = [
        (entry, replace(place, part="test" if number % 9 > 5 else "train"))
        for number, (entry, place) in enumerate(placed_in_memory(pictures))
    ]
    brought = import_placed(placed, "With a test folder", lambda *_: None)
    run = new_run(dataset=brought.id, fingerprint=brought.fingerprint)
    assert TrainingConfig.from_json(run.config).test == 0
    run_training(run)
    assert read_metrics(run).headline.n == 6
    shown = {image.sha256 for image in brought.images if image.part == "test"}
    assert set(read_predictions(run, "test").images) == shown
    run_training(run := new_run())
    assert read_metrics(run).test is None and list(list_parts(run)) == ["validation"]


def test_another_seed_gives_another_head(reference, new_run):
    run_training(run := new_run(**CONFIG | {"seed": 4}))
    assert outcome(run.folder)[1] != outcome(reference)[1]


def die_at(monkeypatch, matches, *, before):
    """End the process when a line that `matches` is written to the run book, or just after it."""
    append = runs.Run.append

    def write(run, event, **values):
        if matches(event, values) and before:
            raise Killed
        append(run, event, **values)
        if matches(event, values):
            raise Killed

    monkeypatch.setattr(runs.Run, "append", write)


def is_second_epoch(event, values):
    return event == "epoch" and values["epoch"] == 2


def stopped_in_the_third_epoch(monkeypatch, run):
    stop_at_look(monkeypatch, phase, 21)  # eight batches an epoch, and a look before it is recorded
    with pytest.raises(JobCancelled):
        run_training(run)
    run.withdraw_cancel()


def killed_between_checkpoint_and_record(monkeypatch, run):
    die_at(monkeypatch, is_second_epoch, before=True)
    with pytest.raises(Killed):
        run_training(run)


def killed_after_the_record(monkeypatch, run):
    die_at(monkeypatch, is_second_epoch, before=False)
    with pytest.raises(Killed):
        run_training(run)


def killed_before_the_scores(monkeypatch, run):
    """Only what comes after the last epoch is missing."""

    def die(*_, **__):
        raise Killed

    monkeypatch.setattr(training, "write_results", die)
    with pytest.raises(Killed):
        run_training(run)


def left_with_a_damaged_checkpoint(monkeypatch, run):
    killed_after_the_record(monkeypatch, run)
    path = run.folder / CHECKPOINT
    path.write_bytes(path.read_bytes()[:-100])


INTERRUPTIONS = [
    stopped_in_the_third_epoch,
    killed_between_checkpoint_and_record,
    killed_after_the_record,
    killed_before_the_scores,
    left_with_a_damaged_checkpoint,
]


@pytest.mark.parametrize("interrupt", INTERRUPTIONS, ids=lambda function: function.__name__)
def test_interrupted_training_ends_like_an_uninterrupted_one(
    reference, new_run, monkeypatch, interrupt
):
    run = new_run(**CONFIG)
    with monkeypatch.context() as patch:
        interrupt(patch, run)
    assert run.has_results == (interrupt is stopped_in_the_third_epoch)
    run_training(run)
    assert outcome(run.folder) == outcome(reference)
    done = [e["epoch"] for e in read_events(run.folder / "progress.jsonl") if e["event"] == "epoch"]
    repeated = len(done) - len(set(done))
    assert repeated <= 1 or interrupt is left_with_a_damaged_checkpoint


def test_cancel_in_the_first_epoch_stops_within_one_batch_and_leaves_no_result(
    new_run, monkeypatch
):
    run = new_run(**CONFIG)
    looks = stop_at_look(monkeypatch, phase, 5)
    with pytest.raises(JobCancelled):
        run_training(run)
    assert len(looks) == 5
    assert snapshot(run).epochs == ()
    assert not run.has_results
    assert not (run.folder / "head.safetensors").exists()


def test_cancel_later_keeps_the_best_epoch_and_what_it_is_worth(new_run, monkeypatch):
    run = new_run(**CONFIG | {"keep_best": True})
    looks = stop_at_look(monkeypatch, phase, 21)
    with pytest.raises(JobCancelled):
        run_training(run)
    assert len(looks) == 21
    epochs = snapshot(run).epochs
    assert [epoch["epoch"] for epoch in epochs] == [1, 2]
    metrics = run.read("metrics.json", dict)
    assert metrics["stopped"] and "train" not in metrics
    assert metrics["validation"]["accuracy"] == max(epoch["val_accuracy"] for epoch in epochs)
    features, labels = sides(TrainingConfig.from_json(run.config))["validation"]
    guesses = logits(run.folder, features).argmax(axis=1)
    assert metrics["validation"]["correct"] == np.sum(guesses == labels)


def test_stopped_result_names_the_epoch_whose_weights_it_has(reference, new_run, monkeypatch):
    """A kill between the best epoch's weights and its record, then Stop before it is recorded again."""
    epochs = [{k: float(v) for k, v in row.items()} for row in history(reference)]
    better = next(n for n in range(2, len(epochs) + 1) if best_epoch(epochs[:n]) == n - 1)
    run = new_run(**CONFIG | {"keep_best": True})
    with monkeypatch.context() as patch:
        die_at(patch, lambda event, values: values.get("epoch") == better, before=True)
        with pytest.raises(Killed):
            run_training(run)
    stop_at_look(monkeypatch, phase, 3)
    with pytest.raises(JobCancelled):
        run_training(run)
    assert len(snapshot(run).epochs) == better - 1
    metrics = run.read("metrics.json", dict)
    assert metrics["best_epoch"] == better
    assert metrics["validation"]["accuracy"] == epochs[better - 1]["val_accuracy"]


def test_cancel_before_the_start_computes_nothing(new_run):
    run = new_run(size=96)
    run.request_cancel()
    with pytest.raises(JobCancelled):
        run_training(run)
    config = TrainingConfig.from_json(run.config)
    entry = feature_entry(get_dataset(config.dataset), config)
    assert entry.missing_shards() == list(entry.shards)


def test_order_of_the_images_depends_on_seed_and_epoch_alone():
    part = Part(features=np.arange(20, dtype=np.float32), labels=np.arange(20))

    def orders(seed, first_epoch=0):
        found = training_batches(part, batch=8, seed=seed, epochs=range(first_epoch, 3))
        found = [(x.numpy(), y.numpy()) for x, y in found]
        assert [len(y) for _, y in found] == [8, 8, 4] * (3 - first_epoch)
        assert all((x == y).all() for x, y in found)  # a row keeps its label
        return np.concatenate([y for _, y in found]).reshape(-1, 20).tolist()

    first = orders(0)
    assert all(sorted(order) == list(range(20)) for order in first)
    assert orders(0) == first and orders(0, first_epoch=1) == first[1:]
    assert len({tuple(order) for order in first + orders(1)}) == 6


def test_a_head_learns_on_rows_of_a_file_what_it_learns_on_those_in_memory(monkeypatch, tmp_path):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    features_dir().mkdir()
    rng = np.random.default_rng(5)
    parts = [
        Part(features=rng.normal(size=(14, 6)).astype(np.float32), labels=rng.integers(0, 2, 14))
        for _ in range(2)
    ]

    def learned(rows):
        config = TrainingConfig(dataset="", batch=4)
        keras.utils.set_random_seed(0)
        model = build_head(config, (6,), 2)
        compile_head(model, config)
        batches = training_batches(rows, batch=4, seed=0, epochs=range(3))
        model.fit(batches, steps_per_epoch=7, epochs=3, shuffle=False, verbose=0)
        return model.get_weights()

    in_memory = joined(parts)
    for module in (large_arrays, feature_rows):
        monkeypatch.setattr(module, "MOST_IN_MEMORY", 100)
    mapped = joined(parts)
    assert isinstance(mapped.features, np.memmap)
    assert not isinstance(in_memory.features, np.memmap)
    for ours, theirs in zip(learned(mapped), learned(in_memory), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("at_once", [1, 3, 7, 32])
def test_steps_taken_at_once_are_those_of_keras(at_once):
    config = TrainingConfig(dataset="", batch=4, dense=(8,), dropout=0.5)
    rng = np.random.default_rng(5)
    part = Part(features=rng.normal(size=(27, 6)).astype(np.float32), labels=rng.integers(0, 2, 27))

    def fitted(own):
        keras.utils.set_random_seed(0)
        model = build_head(config, (6,), 2)
        compile_head(model, config)
        model.optimizer.build(model.trainable_variables)
        if own:
            model.train_function = steps_of(model, 7, at_once)
        batches = training_batches(part, batch=4, seed=0, epochs=range(3))
        calls = -(-7 // at_once) if own else 7
        told = model.fit(batches, steps_per_epoch=calls, epochs=3, shuffle=False, verbose=0)
        return [*model.get_weights(), *map(np.array, told.history.values())]

    for mine, theirs in zip(fitted(own=True), fitted(own=False), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_stop_waits_for_few_steps():
    part = Part(features=np.zeros((1, 1), np.float32), labels=np.zeros(1, np.int64))
    found = [steps_at_once(part, steps, unfrozen=0) for steps in (1, 31, 32, 200, 10_000)]
    assert found == [1, 1, 2, 12, 32]
    assert steps_at_once(part, 10_000, unfrozen=1) == 1


def test_rows_are_judged_once_each_in_their_order():
    pixels = np.arange(10, dtype=np.uint8)
    kept = Part(features=np.arange(10, dtype=np.float32), labels=np.arange(10))
    live = LiveRows(
        read=lambda epoch, row: pixels[row] + np.uint8(100 * epoch),
        labels=np.arange(10),
        frozen=lambda batch: batch.astype(np.float32),
        shape=(),
    )
    for rows in (kept, live):
        batches = list(rows.in_order(4))
        assert [len(batch) for batch in batches] == [4, 4, 2]
        np.testing.assert_array_equal(np.concatenate(batches), kept.features)


def test_checkpoint_of_another_head_is_left_alone(new_run):
    small, large = new_run(dense=(4,)), new_run(dense=(8,))
    heads = {}
    for run in (small, large):
        config = TrainingConfig.from_json(run.config)
        heads[run.id] = build_head(config, (1280,), 2)
        compile_head(heads[run.id], config)
    assert checkpoint.restore(small, HEAD, heads[small.id]) == 0
    checkpoint.save(small, HEAD, heads[small.id], 3)
    assert checkpoint.restore(small, HEAD, heads[small.id]) == 3
    shutil.copy(small.folder / CHECKPOINT, large.folder / CHECKPOINT)
    before = heads[large.id].get_weights()
    assert checkpoint.restore(large, HEAD, heads[large.id]) == 0
    after = heads[large.id].get_weights()
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))


@pytest.mark.parametrize(
    ("changes", "kind", "sentence"),
    [
        (
            {"dataset": "emoji", "fingerprint": "", "activation": "sigmoid"},
            SettingInvalid,
            "two classes .* has 3",
        ),
        ({"fingerprint": "0" * 64}, DatasetRefused, "Dark and light has changed since"),
        # 74 pixels are one less than InceptionV3 can take
        ({"backbone": "inceptionv3", "size": 74}, SettingInvalid, "from 75 to 512"),
        ({"backbone": "resnet999"}, SettingInvalid, "no backbone called resnet999"),
        ({"dataset": "0" * 16}, DatasetRefused, "There is no dataset 0000000000000000"),
        ({"dataset": "../../etc"}, DatasetRefused, "There is no dataset"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_anything_is_computed(
    new_run, changes, kind, sentence
):
    run = new_run(**changes)
    with pytest.raises(kind, match=sentence) as refusal:
        run_training(run)
    assert isinstance(refusal.value, LabError)
    assert {file.name for file in run.folder.iterdir()} == {"config.json"}


def test_a_full_run_book_refuses_before_anything_is_computed(new_run, monkeypatch):
    monkeypatch.setenv("TL_RUN_QUOTA_MB", "1")
    run, other = new_run(seed=61), new_run(seed=62)
    files.write_bytes(other.folder / "head.safetensors", bytes(10**6))
    with pytest.raises(SettingInvalid, match="Delete runs in the run book"):
        run_training(run)
    assert not run.has_results and read_phases(run) == set()
    shutil.rmtree(other.folder)
    monkeypatch.setenv("TL_RUN_QUOTA_MB", "1000")
    run_training(run)  # what Resume does
    assert run.has_results


def read_phases(run):
    path = run.folder / "progress.jsonl"
    events = read_events(path) if path.exists() else []
    return {event["phase"] for event in events if event["event"] == "progress"}
