"""A softmax over one unit, made as people make it: what is shown of it is what Keras does."""

import keras
import numpy as np
import pytest
from safetensors.numpy import load_file

from tl_core import runs
from tl_core.models.features.rows import Part
from tl_core.models.fitting.phase import Phase, fit
from tl_core.models.fitting.told import told_batches
from tl_core.models.fitting.training import run_training
from tl_core.models.networks.heads import build_head
from tl_core.models.networks.trained import load_learned
from tl_core.prediction.head import TrainedHead
from tl_core.results.metrics import read_metrics
from tl_core.results.predictions import read_predictions
from tl_core.runs.snapshots import snapshot
from tl_core.training import TrainingConfig

pytestmark = pytest.mark.filterwarnings(r"ignore:[\s\S]*softmax over axis")
WIDTH, EPOCHS = 12, 5
SIGMOID, MISTAKE = {"activation": "sigmoid"}, {"mistakes": ("one-unit",)}
FINE = {"unfrozen": 2, "epochs": 1, "fine_epochs": 2, "fine_rate": 0.001, "keep_best": False}


def rows(seed: int) -> Part:
    """Return features of 70 images of one class and 50 of another, which a straight line can part."""
    dice = np.random.default_rng(seed)
    labels = np.repeat([0, 1], [70, 50])
    return Part(
        features=(dice.standard_normal((120, WIDTH)) + labels[:, None]).astype(np.float32),
        labels=labels,
    )


def fitted(tmp_path, monkeypatch, **changes):
    """Return weights, epochs and judged logits of a head that the lab has trained."""
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    config = TrainingConfig(
        dataset="emoji",
        batch=16,
        epochs=EPOCHS,
        learning_rate=0.01,
        dropout=0.0,
        **changes,
    )
    run = runs.open_job(config)
    head = build_head(config, (WIDTH,), 2)
    phase = Phase(name="head", epochs=EPOCHS, rate=config.learning_rate)
    found = fit(run, config, phase, head, train=rows(0), validation=rows(1))
    return config, head, snapshot(run).epochs, found


def test_the_mistake_is_that_of_plain_keras_number_by_number(tmp_path, monkeypatch):
    config, head, epochs, _ = fitted(tmp_path, monkeypatch, **MISTAKE, keep_best=False)
    keras.utils.set_random_seed(config.seed)
    start = keras.initializers.GlorotUniform(seed=config.seed * 1000)
    plain = keras.Sequential(
        [
            keras.Input((WIDTH,)),
            keras.layers.Dense(1, activation="softmax", kernel_initializer=start),
        ]
    )
    plain.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    fits = plain.fit(
        told_batches(rows(0), config, range(EPOCHS), units=1),
        validation_data=(rows(1).features, rows(1).labels),
        steps_per_epoch=8,
        epochs=EPOCHS,
        shuffle=False,
        verbose=0,
    )
    for ours, theirs in zip(head.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    for name, values in fits.history.items():
        assert [epoch[name] for epoch in epochs] == pytest.approx(values, abs=1e-5), name
    assert (plain.predict(rows(1).features, verbose=0) == 1).all()


def test_the_loss_falls_the_accuracy_stays_and_the_weights_are_those_of_a_sigmoid(
    tmp_path, monkeypatch
):
    _, wrong, epochs, found = fitted(tmp_path, monkeypatch, **MISTAKE, keep_best=False)
    _, right, good, expected = fitted(tmp_path, monkeypatch, **SIGMOID, keep_best=False)
    for name in ("accuracy", "val_accuracy"):  # the share of the second class
        assert [one[name] for one in epochs] == pytest.approx([50 / 120] * EPOCHS)
    assert epochs[-1]["loss"] < 0.7 * epochs[0]["loss"]
    assert epochs[-1]["val_loss"] < 0.8 * epochs[0]["val_loss"]
    for name in ("loss", "val_loss"):
        assert [one[name] for one in epochs] == [one[name] for one in good]
    assert good[-1]["val_accuracy"] > 0.7 > epochs[-1]["val_accuracy"]
    for ours, theirs in zip(wrong.get_weights(), right.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(found.outputs, expected.outputs)
    assert (np.asarray(wrong(rows(1).features)) == 1).all()


@pytest.mark.slow
def test_a_run_answers_one_class_and_keeps_what_the_logits_behind_it_say(new_run):
    run_training(run := new_run(**MISTAKE, epochs=2, keep_best=False))
    run_training(right := new_run(**SIGMOID, epochs=2, keep_best=False))
    metrics, good = read_metrics(run), read_metrics(right)
    shares = read_predictions(run, "validation").probabilities
    assert (np.round(shares, 6) == [0, 1]).all()
    assert metrics.behind == good.validation and good.behind is None
    assert metrics.validation.confusion != good.validation.confusion
    assert metrics.train and metrics.train.confusion[0][0] == 0
    assert TrainedHead.of(run).logits(np.ones((2, 1280), np.float32)).tolist() == [[30], [30]]
    arrays, expected = (load_file(one.folder / runs.HEAD_ARRAYS) for one in (run, right))
    assert all((arrays[name] == expected[name]).all() for name in expected)


@pytest.mark.slow
def test_the_blocks_below_it_learn_as_below_a_sigmoid(new_run):
    run_training(run := new_run(**MISTAKE, **FINE))
    run_training(right := new_run(**SIGMOID, **FINE))
    for name in (runs.HEAD_ARRAYS, runs.TAIL_ARRAYS):
        arrays, expected = (load_file(one.folder / name) for one in (run, right))
        assert arrays.keys() == expected.keys()
        assert all((arrays[key] == expected[key]).all() for key in expected)
    epochs, good = snapshot(run).epochs, snapshot(right).epochs
    assert [one["val_loss"] for one in epochs] == [one["val_loss"] for one in good]
    assert len({one["val_accuracy"] for one in epochs}) == 1
    _, learned = load_learned(run)
    activations = np.random.default_rng(0).random((2, *learned.input_shape[1:]), np.float32)
    assert np.asarray(learned(activations)).tolist() == [[1], [1]]
