"""The second phase: what learns, what must not, and that the cached prefix changes nothing."""

import shutil
from dataclasses import replace

import keras
import numpy as np
import pytest
from safetensors.numpy import load_file

from tests.models.conftest import stop_at_look
from tl_core import files
from tl_core.answers.extraction import read_pixels
from tl_core.answers.networks import frozen_network
from tl_core.answers.prediction import predict, trained_network
from tl_core.backbones import get_backbone
from tl_core.datasets.catalogue import get_dataset
from tl_core.errors import JobCancelled, SettingInvalid
from tl_core.models.features.computing import head_sides, tail_sides
from tl_core.models.features.rows import LiveRows, Part, training_batches
from tl_core.models.fitting import phase
from tl_core.models.fitting.results import JUDGING
from tl_core.models.fitting.training import TAIL, run_training
from tl_core.models.networks.backbones import build_backbone
from tl_core.models.networks.heads import build_head, compile_head
from tl_core.models.networks.learner import build_learner, build_tail
from tl_core.results.scores import probabilities
from tl_core.runs.progress import read_events
from tl_core.runs.snapshots import snapshot
from tl_core.training import TrainingConfig
from tl_core.training.augmentation import Augmentation
from tl_core.training.forecast import Counts, space
from tl_core.training.kept_features import feature_entries, sides_of
from tl_core.training.preprocessing import preprocessing_of

FINE = {"unfrozen": 2, "fine_epochs": 3, "fine_rate": 0.0005, "epochs": 3, "dropout": 0.0}
FLIPS = Augmentation(flip_horizontal=True, rotation=20)


@pytest.fixture(scope="module")
def fine_tuned(new_run, tmp_path_factory):
    """Return the folder of `FINE` trained without any interruption."""
    run_training(run := new_run(**FINE))
    return run, shutil.copytree(run.folder, tmp_path_factory.mktemp("fine") / "run")


def all_pixels(config):
    dataset = get_dataset(config.dataset)
    return np.stack([read_pixels(dataset, image, config) for image in dataset.images])


def outcome(folder):
    return (folder / "history.csv").read_text(), *(
        files.sha256_of_file(folder / name) for name in ("head.safetensors", "tail.safetensors")
    )


def original(config):
    backbone = build_backbone(config.backbone, config.size, config.weights)
    return {f"{x.name}/{v.name}": v.numpy() for x in backbone.layers for v in x.weights}


def test_kernels_above_the_cut_move_and_normalisation_does_not(fine_tuned):
    run, folder = fine_tuned
    config = TrainingConfig.from_json(run.config)
    before, after = original(config), load_file(folder / "tail.safetensors")
    names = {name.split("/")[0].split("_")[0] for name in after}
    assert names == {"block7a", "head"}  # the last two blocks, and nothing below
    for name, array in after.items():
        moved = not np.array_equal(array, before[name])
        assert moved == ("_bn" not in name), name


def test_unfreezing_normalisation_is_the_mistake_that_moves_its_averages(new_run):
    run_training(run := new_run(**FINE, mistakes=("batch-norm",)))
    before = original(TrainingConfig.from_json(run.config))
    after = load_file(run.folder / "tail.safetensors")
    averages = [name for name in after if name.endswith("/moving_mean")]
    assert averages and all(not np.array_equal(after[name], before[name]) for name in averages)


def test_the_cached_backbone_is_untouched_by_a_fine_tuning(new_run, fine_tuned):
    run, _ = fine_tuned
    config = TrainingConfig.from_json(run.config)
    network = frozen_network(config.backbone, config.weights, config.size)
    outputs = tuple((block.last_layer, False) for block in get_backbone(config.backbone).blocks)
    pixels, scaling = all_pixels(config)[:4], preprocessing_of(config)
    before = network.features(pixels, outputs, scaling)
    run_training(new_run(**FINE, seed=8))
    assert frozen_network(config.backbone, config.weights, config.size) is network
    after = network.features(pixels, outputs, scaling)
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))


def test_both_phases_are_recorded_in_one_history(fine_tuned):
    run, _ = fine_tuned
    assert [epoch["epoch"] for epoch in snapshot(run).epochs] == [1, 2, 3, 4, 5, 6]
    events = [e for e in read_events(run.folder / "progress.jsonl") if e["event"] == "epoch"]
    assert [event["metrics"]["unfrozen"] for event in events] == [0] * 3 + [2] * 3
    assert [event["metrics"]["rate"] for event in events] == pytest.approx(
        [0.002] * 3 + [0.0005] * 3
    )
    assert run.read("metrics.json", dict)["best_epoch"] in (4, 5, 6)  # of the second phase


@pytest.mark.slow
@pytest.mark.parametrize(
    "backbone",
    [
        "efficientnet-lite0",
        *(
            pytest.param(b, marks=pytest.mark.slow)
            for b in ("vgg16", "resnet50", "efficientnetv2b0")
        ),
    ],
)
def test_cached_prefix_trains_to_the_same_predictions_as_from_pixels(new_run, backbone):
    """EfficientNetV2 has dropout inside its blocks: in a frozen part it must not be active."""
    weights = "imagenet" if backbone == "efficientnet-lite0" else "random"
    settings = FINE | {"backbone": backbone, "weights": weights, "unfrozen": 1, "fine_epochs": 2}
    settings |= {"epochs": 2, "fine_rate": 0.0001}
    cached, live = (new_run(**settings, live=live) for live in (False, True))
    run_training(cached)
    run_training(live)
    config = TrainingConfig.from_json(cached.config)
    pixels = all_pixels(config)
    one, other = (probabilities(trained_network(run)(pixels)) for run in (cached, live))
    assert np.abs(one - other).max() < 1e-4
    untrained = new_run(**settings | {"fine_epochs": 1, "seed": 4})
    run_training(untrained)
    assert np.abs(one - probabilities(trained_network(untrained)(pixels))).max() > 1e-3


def test_training_agrees_with_plain_keras_on_the_whole_network(new_run):
    """The same steps taken by one Keras model from pixels to logits: nothing cut, cached or folded."""
    run_training(run := new_run(**FINE, keep_best=False))
    config = TrainingConfig.from_json(run.config)
    dataset, spec = get_dataset(config.dataset), get_backbone(config.backbone)
    backbone = build_backbone(config.backbone, config.size)
    pooled = keras.layers.GlobalAveragePooling2D()(backbone.output)
    whole = keras.Model(backbone.input, build_head(config, (spec.channels,), 2)(pooled))
    unfrozen = {block.last_layer.split("_")[0] for block in spec.blocks[-config.unfrozen :]}

    pixels = spec.preprocessing.apply(all_pixels(config))
    train = list(sides_of(dataset, config).train)
    labels = np.array([image.label for image in dataset.images])
    part = Part(features=pixels[train], labels=labels[train])
    for epochs, rate in ((range(3), 0.002), (range(3, 6), 0.0005)):
        if epochs.start:
            for layer in backbone.layers:
                norm = isinstance(layer, keras.layers.BatchNormalization)
                layer.trainable = layer.name.split("_")[0] in unfrozen and not norm
        compile_head(whole, config, rate)
        for batch in training_batches(part, batch=config.batch, seed=config.seed, epochs=epochs):
            whole.train_on_batch(*batch)
    ours, theirs = trained_network(run)(all_pixels(config)), whole(pixels, training=False).numpy()
    assert np.abs(ours - theirs).max() < 0.02 * np.ptp(theirs)


@pytest.mark.slow
def test_dropout_in_a_frozen_part_is_off_while_the_rest_learns():
    config = TrainingConfig(
        dataset="emoji", backbone="efficientnetv2b0", weights="random", size=64, unfrozen=1
    )
    spec = get_backbone(config.backbone)
    network = frozen_network(config.backbone, config.weights, config.size)
    cut = (spec.cut_before(1), False)
    pixels = np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3), dtype=np.uint8)
    rows = LiveRows(
        read=lambda epoch, row: pixels[row],
        labels=np.zeros(4, np.int64),
        frozen=lambda batch: network.features(batch, (cut,), spec.preprocessing)[0],
        shape=network.shape(cut),
    )
    epochs = training_batches(rows, batch=4, seed=0, epochs=range(2))
    found = [np.sort(features.numpy().reshape(4, -1).sum(axis=1)) for features, _ in epochs]
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5)
    # The same blocks do drop when they learn: the comparison above can fail.
    whole = build_tail(replace(config, unfrozen=len(spec.blocks)))
    image = spec.preprocessing.apply(pixels)
    assert not np.allclose(whole(image, training=True), whole(image, training=True))


@pytest.mark.slow
@pytest.mark.parametrize("epochs", [0, 1], ids=["at once", "after the head"])
def test_everything_learns_from_pixels(new_run, epochs):
    blocks = len(get_backbone("efficientnet-lite0").blocks)
    run = new_run(**FINE | {"unfrozen": blocks, "fine_epochs": 1, "epochs": epochs})
    run_training(run)
    before = original(TrainingConfig.from_json(run.config))
    after = load_file(run.folder / "tail.safetensors")
    assert after.keys() == before.keys()
    assert not np.array_equal(after["stem_conv/kernel"], before["stem_conv/kernel"])
    assert len(predict(run.id, np.zeros((64, 64, 3), np.uint8)).shares) == 2


@pytest.mark.parametrize("epochs", [0, 1], ids=["at once", "after the head"])
def test_features_that_nobody_reads_are_neither_computed_nor_refused(new_run, monkeypatch, epochs):
    monkeypatch.setenv("TL_FEATURE_QUOTA_MB", "1")  # at Flatten they would take 2.4 MB
    scratch = {"backbone": "small-convnet", "weights": "random", "pooling": "flatten"}
    run = new_run(**FINE | scratch | {"unfrozen": 3, "epochs": epochs, "fine_epochs": 1})
    config = TrainingConfig.from_json(run.config)
    assert (space(config, Counts(train=58, held_out=14, classes=2)).disk > 10**6) == bool(epochs)
    if epochs:
        with pytest.raises(SettingInvalid, match=r"1\.0 MB are allowed"):
            run_training(run)
        return
    run_training(run)
    assert [phase.name for phase in snapshot(run).phases] == [TAIL, JUDGING]
    metrics = run.read("metrics.json", dict)
    assert metrics["images_computed"] == metrics["images_reused"] == 0
    assert len(predict(run.id, np.zeros((64, 64, 3), np.uint8)).shares) == 2


@pytest.mark.parametrize(
    "look", [5, 14, 30, 40], ids=["first epoch", "head", "first of the tail", "tail"]
)
def test_stopped_fine_tuning_goes_on_and_ends_like_an_unstopped_one(
    fine_tuned, new_run, monkeypatch, look
):
    run = new_run(**FINE)
    with monkeypatch.context() as patch:
        stop_at_look(patch, phase, look)
        with pytest.raises(JobCancelled):
            run_training(run)
    assert run.has_results == (look > 5)
    if look == 30:  # nothing of the second phase is over: the head alone is the result
        assert run.read("model.json", dict)["unfrozen"] == 0
        assert run.read("metrics.json", dict)["best_epoch"] <= 3
    if run.has_results:
        assert abs(sum(predict(run.id, np.zeros((64, 64, 3), np.uint8)).shares) - 1) < 1e-5
    run.withdraw_cancel()
    run_training(run)
    assert outcome(run.folder) == outcome(fine_tuned[1])


def test_prediction_of_a_fine_tuned_run_is_what_its_scores_were_counted_on(fine_tuned):
    run, _ = fine_tuned
    config = TrainingConfig.from_json(run.config)
    dataset = get_dataset(config.dataset)
    found = run.read("predictions.json", dict)["validation"]
    places = [i for i, image in enumerate(dataset.images) if image.sha256 in found["images"]]
    pixels = all_pixels(config)
    for place in places[:4]:
        row = found["images"].index(dataset.images[place].sha256)
        assert predict(run.id, pixels[place]).shares == pytest.approx(
            found["probabilities"][row], abs=1e-4
        )
    right = np.argmax(found["probabilities"], axis=1) == np.array(found["labels"])
    assert int(right.sum()) == run.read("metrics.json", dict)["validation"]["correct"]


@pytest.mark.slow
@pytest.mark.parametrize("unfrozen", [0, 2])
def test_changed_copies_are_computed_once_for_training_images_alone(new_run, unfrozen):
    settings = FINE | {"unfrozen": unfrozen, "augmentation": FLIPS, "copies": 2, "seed": 5}
    run_training(run := new_run(**settings))
    config = TrainingConfig.from_json(run.config)
    dataset = get_dataset(config.dataset)
    train = sides_of(dataset, config).train
    expected = {dataset.images[index].sha256 for index in train}
    for copy in (1, 2):
        for entry in feature_entries(dataset, config, copy):
            assert entry.complete and set(entry.images) == expected
    sides = tail_sides(dataset, config) if unfrozen else head_sides(dataset, config)
    assert len(sides.train.labels) == 3 * len(sides.seen.labels) == 3 * len(train)
    assert isinstance(sides.train, Part) and isinstance(sides.seen, Part)
    as_they_are, first, second = np.split(sides.train.features, 3)
    np.testing.assert_array_equal(as_they_are, sides.seen.features)
    assert not np.allclose(as_they_are, first) and not np.allclose(first, second)
    run_training(again := new_run(**settings, batch=16))
    metrics = again.read("metrics.json", dict)
    assert metrics["images_computed"] == 0
    assert metrics["images_reused"] == len(dataset.images) + 2 * len(expected)


def test_live_changes_differ_between_epochs_and_repeat_with_the_seed(new_run):
    run = new_run(**FINE | {"unfrozen": 0, "augmentation": FLIPS, "live": True})
    run_training(run)
    config = TrainingConfig.from_json(run.config)
    rows = head_sides(get_dataset(config.dataset), config).train
    assert isinstance(rows, LiveRows)
    assert np.array_equal(rows.read(0, 3), rows.read(0, 3))
    assert not np.array_equal(rows.read(0, 3), rows.read(1, 3))


def test_a_test_share_is_held_out_of_both_and_judged_once(new_run):
    run_training(run := new_run(**FINE, test=0.2))
    found = run.read("predictions.json", dict)
    config = TrainingConfig.from_json(run.config)
    dataset = get_dataset(config.dataset)
    train = {dataset.images[i].sha256 for i in sides_of(dataset, config).train}
    validation, test = (set(found[part]["images"]) for part in ("validation", "test"))
    assert test and not (test & validation or test & train or validation & train)
    metrics = run.read("metrics.json", dict)
    assert metrics["test"]["n"] == len(test)
    guesses = np.argmax(found["test"]["probabilities"], axis=1)
    assert metrics["test"]["correct"] == np.sum(guesses == np.array(found["test"]["labels"]))


def test_more_blocks_than_there_are_is_refused_before_anything_is_computed(new_run):
    run = new_run(**FINE | {"unfrozen": 19})
    with pytest.raises(SettingInvalid, match="18"):
        run_training(run)
    assert {file.name for file in run.folder.iterdir()} == {"config.json"}


def test_learner_has_the_weights_of_tail_and_head_alone():
    config = TrainingConfig(dataset="emoji", size=64, unfrozen=1)
    tail = build_tail(config)
    head = build_head(config, (1280,), 3)
    learner = build_learner(tail, head, config)
    kernels = [v for v in learner.trainable_variables if v.name == "kernel"]
    assert len(kernels) == 2  # the last convolution, and the head
    assert learner.count_params() == tail.count_params() + head.count_params()
