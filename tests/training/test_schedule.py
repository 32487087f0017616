"""The rules of an epoch's end, compared with the Keras callbacks that they follow."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tl_core.training.schedule import best_epoch, ends_early, rate_after

ACCURACIES = st.lists(st.integers(0, 12).map(lambda right: right / 12), min_size=1, max_size=25)


def epochs(accuracies, losses=None):
    losses = losses or [1.0] * len(accuracies)
    return [
        {"val_accuracy": accuracy, "val_loss": loss}
        for accuracy, loss in zip(accuracies, losses, strict=True)
    ]


@pytest.mark.parametrize(
    ("accuracies", "losses", "best"),
    [
        ([0.5, 0.9, 0.8], None, 1),
        ([0.9, 0.9, 0.9], None, 0),  # nothing was gained by going on
        ([0.9, 0.9, 0.9], [0.5, 0.3, 0.4], 1),
        ([0.9, 0.9], [math.nan, 8.0], 1),  # a loss that ran away is the worst
        ([0.3], [math.nan], 0),
    ],
)
def test_best_epoch_has_the_best_accuracy_then_the_smallest_loss(accuracies, losses, best):
    assert best_epoch(epochs(accuracies, losses)) == best


def keras_trace(accuracies, patience, plateau):
    """Return (epochs run, rate of each epoch) as Keras's own callbacks decide."""
    import keras

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.optimizer.learning_rate.assign(1.0)
    callbacks = []
    if patience:
        callbacks.append(
            keras.callbacks.EarlyStopping("val_accuracy", patience=patience, mode="max")
        )
    if plateau:
        callbacks.append(
            keras.callbacks.ReduceLROnPlateau(
                "val_accuracy", factor=0.5, patience=plateau, mode="max", min_delta=0
            )
        )
    rates = []
    for callback in callbacks:
        callback.set_model(model)
        callback.on_train_begin()
    for number, accuracy in enumerate(accuracies):
        rates.append(float(model.optimizer.learning_rate.numpy()))
        for callback in callbacks:
            callback.on_epoch_end(number, {"val_accuracy": accuracy})
        if model.stop_training:
            break
    return rates


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # Keras's own
@pytest.mark.parametrize("patience", [1, 2, 5])
@pytest.mark.parametrize("plateau", [1, 3])
@settings(deadline=None, max_examples=40)
@given(accuracies=ACCURACIES)
def test_early_stopping_and_plateau_decide_like_keras(patience, plateau, accuracies):
    rates: list[float] = []
    past: list[dict[str, Any]] = []
    for epoch in epochs(accuracies):
        rates.append(rate_after(past, 1.0, plateau))
        past.append(epoch)
        if ends_early(past, patience):
            break
    assert rates == pytest.approx(keras_trace(accuracies, patience, plateau))


def test_neither_rule_does_anything_when_it_is_off():
    past = epochs([0.9, *[0.1] * 50])
    assert not ends_early(past, 0) and not ends_early([], 3)
    assert rate_after(past, 0.25, 0) == 0.25
