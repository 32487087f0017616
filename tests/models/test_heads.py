"""A head is exactly the layers that its configuration says, and gives logits."""

import keras
import numpy as np
import pytest

from tl_core.head_math import HeadConfig, describe_head, totals
from tl_core.models.networks.heads import build_head, compile_head
from tl_core.training import TrainingConfig


def config(**changes):
    return TrainingConfig(dataset="emoji", **changes)


def kinds(head):
    return [type(layer).__name__ for layer in head.layers]


@pytest.mark.parametrize(
    ("changes", "features", "classes", "parameters"),
    [
        ({}, (1280,), 3, 1280 * 3 + 3),
        ({"activation": "sigmoid"}, (1280,), 2, 1280 + 1),
        ({"dense": (64,)}, (1280,), 3, 1280 * 64 + 64 + 64 * 3 + 3),
        ({"dense": (8, 4), "dropout": 0.0}, (10,), 2, 10 * 8 + 8 + 8 * 4 + 4 + 4 * 2 + 2),
        # every position of the map has weights of its own
        ({"pooling": "flatten"}, (2, 3, 10), 5, 2 * 3 * 10 * 5 + 5),
        ({"pooling": "flatten", "dense": (7,)}, (2, 2, 10), 2, 40 * 7 + 7 + 7 * 2 + 2),
    ],
)
def test_parameters_are_those_of_the_formula(changes, features, classes, parameters):
    head = build_head(config(**changes), features, classes)
    assert head.count_params() == parameters
    assert sum(int(np.prod(w.shape)) for w in head.trainable_weights) == parameters


@pytest.mark.parametrize("pooling", ["gap", "flatten"])
@pytest.mark.parametrize("dense", [(), (64,), (32, 16)])
@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_parameters_are_those_that_the_calculator_shows(pooling, dense, activation):
    head = build_head(
        config(pooling=pooling, dense=dense, activation=activation),
        (1280,) if pooling == "gap" else (5, 5, 1280),
        2,
    )
    shown = HeadConfig(pooling=pooling, units=dense, classes=2, activation=activation)
    assert head.count_params() == totals(describe_head((5, 5, 1280), shown)).trainable


@pytest.mark.parametrize(
    ("changes", "features", "layers"),
    [
        ({}, (4,), ["Dropout", "Dense"]),
        ({"dropout": 0.0}, (4,), ["Dense"]),
        ({"dense": (8, 4)}, (4,), ["Dropout", "Dense"] * 3),
        ({"dense": (8, 4), "dropout": 0.0}, (4,), ["Dense"] * 3),
        ({"pooling": "flatten", "dense": (8,)}, (2, 2, 4), ["Flatten"] + ["Dropout", "Dense"] * 2),
        ({"dense": (8,), "drop_features": False}, (4,), ["Dense", "Dropout", "Dense"]),
        ({"drop_features": False}, (4,), ["Dropout", "Dense"]),
    ],
)
def test_dropout_stands_before_every_dense_layer_but_one_that_is_spared(changes, features, layers):
    head = build_head(config(**changes), features, 3)
    assert kinds(head) == ["InputLayer", *layers]
    rates = [layer.rate for layer in head.layers if isinstance(layer, keras.layers.Dropout)]
    assert set(rates) <= {config(**changes).dropout}


@pytest.mark.parametrize(("activation", "units"), [("softmax", 3), ("sigmoid", 1)])
def test_output_is_logits_and_hidden_layers_are_relu(activation, units):
    head = build_head(config(dense=(16,), activation=activation), (8,), 3)
    first, last = (layer for layer in head.layers if isinstance(layer, keras.layers.Dense))
    assert first.activation is keras.activations.relu
    assert last.activation is keras.activations.linear
    rows = np.random.default_rng(0).normal(0, 50, (200, 8)).astype(np.float32)
    answers = np.asarray(head(rows, training=False))
    assert answers.shape == (200, units)
    assert answers.min() < 0 and answers.max() > 1  # probabilities would not be


def test_dropout_works_in_training_only():
    head = build_head(config(dropout=0.5), (64,), 2)
    rows = np.ones((1, 64), np.float32)
    still = [np.asarray(head(rows, training=False)) for _ in range(2)]
    moving = [np.asarray(head(rows, training=True)) for _ in range(2)]
    assert np.array_equal(still[0], still[1]) and not np.array_equal(moving[0], moving[1])


def test_first_weights_depend_on_the_seed_alone():
    def kernels(seed):
        head = build_head(config(dense=(8,), seed=seed), (8,), 8)
        return [w.numpy() for w in head.weights if w.ndim == 2]

    first, again, other = kernels(1), kernels(1), kernels(2)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(first, other, strict=True))
    assert not np.array_equal(first[0], first[1])  # layers of one shape do not start alike


def test_largest_seed_that_a_configuration_takes_can_be_used():
    head = build_head(config(dense=(4,), seed=2**31 - 1), (8,), 2)
    assert np.isfinite(np.asarray(head(np.ones((1, 8), np.float32), training=True))).all()


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_loss_and_accuracy_are_those_of_the_probabilities(activation):
    settled = config(activation=activation, dropout=0.0)
    head = build_head(settled, (8,), 2)
    compile_head(head, settled)
    random = np.random.default_rng(0)
    rows = random.normal(0, 3, (50, 8)).astype(np.float32)
    labels = random.integers(0, 2, 50)
    logits = np.asarray(head(rows, training=False), np.float64)
    if activation == "sigmoid":
        logits = np.hstack([np.zeros_like(logits), logits])
    chosen = logits[np.arange(50), labels]
    loss = np.mean(np.log(np.exp(logits).sum(axis=1)) - chosen)
    found = head.evaluate(rows, labels, verbose=0, return_dict=True)
    assert found["loss"] == pytest.approx(loss, abs=1e-5)
    assert found["accuracy"] == pytest.approx(np.mean(logits.argmax(axis=1) == labels))
