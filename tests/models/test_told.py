"""Class weights, smoothed labels, mixed rows and a bent rate: what plain Keras does with the same numbers."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models.conftest import stop_at_look
from tl_core import runs
from tl_core.errors import JobCancelled
from tl_core.models.features.rows import LiveRows, Part
from tl_core.models.fitting import phase
from tl_core.models.fitting.phase import Phase, fit, judged
from tl_core.models.fitting.told import class_weights, told_batches
from tl_core.models.fitting.training import fit_head
from tl_core.models.networks.block_rates import rate_shares
from tl_core.models.networks.heads import build_head, compile_head
from tl_core.models.networks.learner import build_learner, build_tail
from tl_core.runs.snapshots import snapshot
from tl_core.training import TrainingConfig
from tl_core.training.mixing import cut_in, mix_of_batch, mixed_up

COUNTS = (40, 12, 5)
SETTINGS: dict[str, Any] = {"epochs": 3, "batch": 8, "learning_rate": 0.01, "keep_best": False}


@pytest.fixture(autouse=True)
def data_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))


def part(counts=COUNTS, seed=0):
    random = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(counts)), counts)
    centres = np.random.default_rng(9).normal(0, 1, (len(counts), 6))
    rows = centres[labels] + random.normal(0, 1.2, (len(labels), 6))
    return Part(features=rows.astype(np.float32), labels=labels)


def config_of(**changes):
    return TrainingConfig(dataset="emoji", **SETTINGS | changes)


def ours(config, train, classes):
    """Return weights and epochs of a head that the lab has trained."""
    run = runs.open_job(config)
    head = fit_head(run, config, train, part(seed=1), classes=classes)
    return [weight.numpy() for weight in head.weights], snapshot(run).epochs


def plain(config, train, units, *, loss, told=None, weights=None, rate=None):
    """Return the weights of the same head after the same steps of ``train_on_batch``, in the same order."""
    keras.utils.set_random_seed(config.seed)
    head = build_head(config, train.features.shape[1:], max(units, 2))
    head.compile(keras.optimizers.Adam(rate or config.learning_rate), loss, jit_compile=False)
    for epoch in range(config.epochs):
        order = np.random.default_rng((config.seed, epoch)).permutation(len(train.labels))
        for number, start in enumerate(range(0, len(order), config.batch)):
            rows = order[start : start + config.batch]
            x, y = train.features[rows], train.labels[rows]
            count = weights[y].astype(np.float32) if weights is not None else None
            if told:
                x, y = told(x, y, epoch, number)
            head.train_on_batch(x, y, sample_weight=count)
    return [weight.numpy() for weight in head.weights]


def same(one, other, tolerance=1e-5):
    return all(np.allclose(a, b, atol=tolerance) for a, b in zip(one, other, strict=True))


def one_hot(labels):
    return np.eye(len(COUNTS), dtype=np.float32)[labels]


SPARSE = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def test_class_weights_are_those_that_scikit_learn_calls_balanced():
    labels = part().labels
    found = class_weights(labels, 3)
    assert found == pytest.approx([57 / (3 * count) for count in COUNTS])
    assert np.bincount(labels, weights=found[labels]) == pytest.approx([19, 19, 19])
    assert class_weights(labels, 4)[3] == 0  # nobody has it, nothing is divided by 0
    # The example of its documentation.
    assert class_weights(np.array([1, 1, 1, 1, 0, 0]), 2).tolist() == [1.5, 0.75]


def test_weighed_classes_are_keras_class_weight():
    config, train = config_of(balanced=True, dropout=0.3), part()
    keras.utils.set_random_seed(config.seed)
    head = build_head(config, (6,), 3)
    head.compile(keras.optimizers.Adam(0.01), SPARSE, jit_compile=False)
    weights = dict(enumerate(len(train.labels) / (3 * np.array(COUNTS))))
    for epoch in range(config.epochs):
        order = np.random.default_rng((config.seed, epoch)).permutation(len(train.labels))
        rows, labels = train.features[order], train.labels[order]
        head.fit(rows, labels, batch_size=8, shuffle=False, class_weight=weights, verbose=0)
    theirs = [weight.numpy() for weight in head.weights]
    assert same(ours(config, train, 3)[0], theirs)
    assert not same(ours(replace(config, balanced=False), train, 3)[0], theirs, 1e-3)


@pytest.mark.slow
def test_weighed_classes_bring_back_the_recall_of_a_rare_one():
    train, judge = part((200, 200, 6)), part((60, 60, 60), seed=5)

    def recall(**changes):
        config = config_of(epochs=12, dropout=0.0, **changes)
        head = fit_head(runs.open_job(config), config, train, judge, classes=3)
        guesses = np.asarray(head(judge.features)).argmax(axis=1)
        return (guesses == judge.labels)[judge.labels == 2].mean()

    assert recall(balanced=True) > recall() + 0.1


def test_smoothed_labels_are_those_of_keras_losses():
    config, train = config_of(smoothing=0.1), part()
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
    theirs = plain(config, train, 3, loss=loss, told=lambda x, y, *_: (x, one_hot(y)))
    assert same(ours(config, train, 3)[0], theirs)
    usual = plain(config, train, 3, loss=SPARSE)
    assert not same(usual, theirs, 1e-3)


@pytest.mark.slow
def test_a_smoothed_head_with_one_unit_is_keras_binary_loss():
    config, train = config_of(smoothing=0.2, activation="sigmoid"), part((30, 14))
    loss = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.2)
    theirs = plain(config, train, 1, loss=loss)
    run = runs.open_job(config)
    head = fit_head(run, config, train, part((9, 9), seed=1), classes=2)
    assert same([weight.numpy() for weight in head.weights], theirs)


@pytest.mark.parametrize("units", [1, 3])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_of_validation_is_what_keras_would_say(units, smoothing):
    random = np.random.default_rng(2)
    outputs = random.normal(0, 3, (50, units)).astype(np.float32)
    labels = random.integers(0, max(units, 2), 50)
    activation = "sigmoid" if units == 1 else "softmax"
    config = config_of(smoothing=smoothing, activation=activation)
    if units == 1:
        loss = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=smoothing)
        theirs = loss(labels[:, None].astype(np.float32), outputs)
    else:
        loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)
        theirs = loss(one_hot(labels), outputs)
    assert judged(config, outputs, labels)["val_loss"] == pytest.approx(float(theirs), abs=1e-5)


@pytest.mark.parametrize("balanced", [False, True])
def test_mixed_rows_are_drawn_by_seed_epoch_and_batch(balanced):
    config, train = config_of(mix="mixup", balanced=balanced, smoothing=0.1), part()
    batches = list(told_batches(train, config, range(1, 3), units=3))
    assert len(batches) == 2 * 8
    weights = class_weights(train.labels, 3)
    for number, batch in enumerate(batches):
        epoch, place = 1 + number // 8, number % 8
        order = np.random.default_rng((0, epoch)).permutation(57)[place * 8 : place * 8 + 8]
        mix = mix_of_batch("mixup", len(order), config.size, (0, epoch, place))
        told = mixed_up(one_hot(train.labels[order]), mix.partners, mix.shares)
        rows = mixed_up(train.features[order], mix.partners, mix.shares)
        expected = (rows, told, told @ weights) if balanced else (rows, told)
        assert len(batch) == len(expected)
        assert same([one.numpy() for one in batch], expected, 1e-6)


@pytest.mark.slow
def test_mixed_rows_train_as_in_plain_keras_with_one_unit_too():
    for classes, activation in ((3, "softmax"), (2, "sigmoid")):
        config = config_of(mix="mixup", activation=activation)
        train, units = part(COUNTS[:classes]), 1 if activation == "sigmoid" else 3

        def told(x, y, epoch, number, units=units, config=config):
            mix = mix_of_batch("mixup", len(y), config.size, (config.seed, epoch, number))
            shares = y.astype(np.float32) if units == 1 else one_hot(y)
            arrays = (x, shares)
            return tuple(mixed_up(one, mix.partners, mix.shares) for one in arrays)

        loss = (
            keras.losses.BinaryCrossentropy(from_logits=True)
            if units == 1
            else keras.losses.CategoricalCrossentropy(from_logits=True)
        )
        theirs = plain(config, train, units, loss=loss, told=told)
        run = runs.open_job(config)
        judge = part(COUNTS[:classes], seed=1)
        head = fit_head(run, config, train, judge, classes=classes)
        assert same([weight.numpy() for weight in head.weights], theirs)


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_the_right_answer_to_mixed_photos_is_the_larger_share(activation):
    config = config_of(mix="mixup", activation=activation)
    head = build_head(config, (6,), 2)
    compile_head(head, config)
    second = np.array([0.7, 0.3, 0.6, 0.9], np.float32)
    rows = part((2, 2)).features
    logits = np.asarray(head(rows))
    guessed = logits[:, 0] > 0 if activation == "sigmoid" else logits[:, 1] > logits[:, 0]
    told = second if activation == "sigmoid" else np.stack([1 - second, second], axis=1)
    found = head.evaluate(rows, told, verbose=0, return_dict=True)["accuracy"]
    # Keras' own accuracy of one unit compares for equality: never of 0.7 with 1.
    assert found == pytest.approx((guessed == (second > 0.5)).mean()) and found > 0


def test_a_piece_is_cut_from_the_pixels_before_the_frozen_part_reads_them():
    pixels = np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), dtype=np.uint8)
    rows = LiveRows(
        read=lambda epoch, row: pixels[row],
        labels=np.arange(20) % 3,
        frozen=lambda batch: batch.astype(np.float32),
        shape=(32, 32, 3),
    )
    config = config_of(mix="cutmix", live=True, size=32)
    batches = list(told_batches(rows, config, range(2), units=3))
    assert len(batches) == 6
    for number, (features, told) in enumerate(batches):
        epoch, place = divmod(number, 3)
        order = np.random.default_rng((0, epoch)).permutation(20)[place * 8 : place * 8 + 8]
        mix = mix_of_batch("cutmix", len(order), 32, (0, epoch, place))
        cut = cut_in(pixels[order], mix.partners, mix.boxes)
        assert np.array_equal(features.numpy(), cut)
        labels = one_hot(rows.labels[order])
        assert np.allclose(told.numpy(), mixed_up(labels, mix.partners, mix.shares))


def test_a_cosine_is_keras_schedule_step_by_step():
    config, train = config_of(schedule="cosine", warm_up=0.25), part()
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, 18, warmup_target=0.01, warmup_steps=6
    )  # 24 steps
    theirs = plain(config, train, 3, loss=SPARSE, rate=schedule)
    weights, epochs = ours(config, train, 3)
    assert same(weights, theirs)
    last = [float(schedule(step)) for step in (7, 15, 23)]
    assert [epoch["rate"] for epoch in epochs] == pytest.approx(last, rel=1e-4)
    assert not same(ours(config_of(), train, 3)[0], theirs, 1e-3)


EVERYTHING = {"schedule": "cosine", "balanced": True, "smoothing": 0.1, "dropout": 0.3}


@pytest.mark.parametrize("mix", ["mixup", pytest.param("cutmix", marks=pytest.mark.slow)])
def test_an_interrupted_training_ends_like_an_uninterrupted_one(monkeypatch, mix):
    config = config_of(mix=mix, live=mix == "cutmix", size=32, **EVERYTHING)
    train, found = part(), []
    if mix == "cutmix":
        pixels = np.random.default_rng(0).integers(0, 256, (57, 32, 32, 3), dtype=np.uint8)
        train = LiveRows(
            read=lambda epoch, row: pixels[row],
            labels=part().labels,
            frozen=lambda batch: (
                (batch.astype(np.float32) / 255).reshape(-1, 512, 6)[:, 0].astype(np.float32)
            ),
            shape=(6,),
        )
    for looks in (0, 13):  # the second time it is stopped in its second epoch
        run = runs.open_run("train", config.as_json() | {"validation": 0.2 + looks / 100})
        settings = {"train": train, "validation": part(seed=1)}
        first = Phase(name="head", epochs=config.epochs, rate=config.learning_rate)
        if looks:
            with monkeypatch.context() as patch:
                stop_at_look(patch, phase, looks)
                assert fit(run, config, first, build_head(config, (6,), 3), **settings).stopped
            assert len(snapshot(run).epochs) == 1
            run.withdraw_cancel()
        head = build_head(config, (6,), 3)
        fit(run, config, first, head, **settings)
        epochs = [dict(epoch) for epoch in snapshot(run).epochs]
        found.append(([weight.numpy() for weight in head.weights], epochs))
    (weights, epochs), (again, repeated) = found
    assert all(np.array_equal(a, b) for a, b in zip(weights, again, strict=True))
    assert epochs == repeated and len(epochs) == 3


def test_each_block_learns_at_a_share_of_the_rate_of_the_next():
    config = config_of(backbone="small-convnet", weights="random", unfrozen=3, size=32)
    moved = {}
    for decay in (1.0, 0.5):
        chosen = replace(config, layer_decay=decay, optimizer="sgd", dropout=0.0)
        keras.utils.set_random_seed(0)
        tail = build_tail(chosen)
        learner = build_learner(tail, build_head(chosen, tail.output_shape[-1:], 3), chosen)
        compile_head(learner, chosen, 0.01)
        before = [variable.numpy() for variable in learner.trainable_variables]
        random = np.random.default_rng(0)
        rows = random.normal(0, 1, (8, 32, 32, 3)).astype(np.float32)
        learner.train_on_batch(rows, random.integers(0, 3, 8))
        after = [variable.numpy() for variable in learner.trainable_variables]
        moved[decay] = [a - b for a, b in zip(after, before, strict=True)]
        shares = rate_shares(learner, chosen)
        assert set(shares) == ({1.0} if decay == 1 else {0.25, 0.5, 1.0})
        assert shares[-1] == 1 and shares == sorted(shares)
    for share, slow, fast in zip(shares, moved[0.5], moved[1.0], strict=True):
        assert np.abs(fast).max() > 0
        # One step of SGD is proportional to the rate.
        assert np.allclose(slow, share * fast, atol=1e-6, rtol=1e-2)


def test_usual_settings_tell_nothing_but_the_classes():
    batches = list(told_batches(part(), config_of(), range(1), units=3))
    assert all(len(batch) == 2 and batch[1].dtype == tf.int64 for batch in batches)
    head = build_head(config_of(), (6,), 3)
    compile_head(head, config_of())
    assert isinstance(head.loss, keras.losses.SparseCategoricalCrossentropy)


def test_stop_before_the_first_mixed_epoch_leaves_nothing(monkeypatch):
    config = config_of(mix="mixup")
    run = runs.open_job(config)
    stop_at_look(monkeypatch, phase, 3)
    with pytest.raises(JobCancelled):
        fit_head(run, config, part(), part(seed=1), classes=3)
    assert snapshot(run).epochs == ()
