"""The rules of an epoch's end, compared with the Keras callbacks that they follow."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tl_core.training.schedule import best_epoch, cosine_rate, ends_early, rate_after, warm_up_steps

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


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 400),
    st.sampled_from([0.0, 0.05, 0.1, 0.3, 0.5]),
    st.sampled_from([1e-5, 0.001, 0.1]),
)
def test_a_cosine_is_that_of_keras_at_every_step(steps, warm_up, rate):
    from keras.optimizers.schedules import CosineDecay

    rising = warm_up_steps(steps, warm_up)
    keras = CosineDecay(0.0, steps - rising, warmup_target=rate, warmup_steps=rising)
    for step in {0, rising, steps // 2, steps - 1}:
        ours = cosine_rate(step, steps, rate, warm_up)
        assert ours == pytest.approx(float(keras(step)), rel=1e-3, abs=rate * 1e-5)


def test_a_cosine_rises_in_a_line_and_falls_to_nearly_nothing():
    rates = [cosine_rate(step, 100, 1.0, 0.2) for step in range(100)]
    assert rates[:21] == pytest.approx([step / 20 for step in range(21)])
    assert rates[20:] == sorted(rates[20:], reverse=True)
    assert rates[60] == pytest.approx(0.5) and 0 < rates[-1] < 0.001
