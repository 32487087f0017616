"""A training leaves nothing of itself in memory, and learns what it learns with Keras' own optimizers."""

import weakref
from collections.abc import Callable
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from tl_core.lessons.skip import SkipConfig
from tl_core.machine.garbage import collect_whole
from tl_core.models.answers.forecast_tuning import measure_tuning
from tl_core.models.lessons import skip
from tl_core.models.networks import heads, plain_and_skip
from tl_core.models.networks.heads import OPTIMIZERS, build_head, compile_head
from tl_core.models.networks.learner import build_learner, build_tail
from tl_core.models.networks.plain_and_skip import SIDE, build_networks
from tl_core.training import TrainingConfig

TRIES = 3
"""Pages that were tested before in this process have left a thread that freezes what lives now and then."""
GRAPH = type(tf.function(lambda: tf.constant(0)).get_concrete_function().graph)
LABELS = np.array([0, 1, 1, 0])
CONFIG = TrainingConfig(
    dataset="", backbone="mobilenetv2", weights="random", size=96, unfrozen=1, batch=4
)


def outliving(learn: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how much of what TensorFlow traces for `learn` is still there after it."""
    traced: list[weakref.ref[object]] = []
    build = GRAPH.__init__

    def noted(graph: object, *arguments: object, **named: object) -> None:
        build(graph, *arguments, **named)
        traced.append(weakref.ref(graph))

    with monkeypatch.context() as patch:
        patch.setattr(GRAPH, "__init__", noted)
        learn()
    assert traced
    for _ in range(TRIES):
        collect_whole()
        if not (alive := sum(graph() is not None for graph in traced)):
            break
    return alive


def rows_of(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(4, *shape)).astype(np.float32)


def head(settings: TrainingConfig) -> keras.Model:
    model = build_head(settings, (6,), 2)
    compile_head(model, settings)
    return model


def fit_head() -> None:
    head(CONFIG).fit(rows_of((6,)), LABELS, shuffle=False, verbose=0)


def fit_blocks() -> None:
    tail = build_tail(CONFIG)
    model = build_learner(tail, build_head(CONFIG, tail.output_shape[-1:], 2), CONFIG)
    compile_head(model, CONFIG, 1e-3)
    model.fit(rows_of(tail.input_shape[1:]), LABELS, shuffle=False, verbose=0)


def step_of_both_networks() -> None:
    step, _ = skip._compiled(build_networks(SkipConfig(blocks=2), 2))
    step(rows_of((SIDE, SIDE, 3)), LABELS)


def measure_steps() -> None:
    assert measure_tuning(CONFIG).fine_images_per_second > 0


@pytest.mark.parametrize(
    "learn",
    [fit_head, fit_blocks, step_of_both_networks, measure_steps],
    ids=lambda one: one.__name__,
)
def test_nothing_that_was_traced_outlives_its_network(learn, monkeypatch):
    assert outliving(learn, monkeypatch) == 0
    for module in (heads, plain_and_skip):
        monkeypatch.setattr(module, "on_one_machine", lambda optimizer: optimizer)
    assert outliving(learn, monkeypatch) > 0  # what is said of Keras' own is still so


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training_is_bit_for_bit_that_of_keras_own_optimizer(optimizer, monkeypatch):
    rows = rows_of((6,))

    def learned() -> list[np.ndarray]:
        model = head(replace(CONFIG, optimizer=optimizer, learning_rate=0.1))
        first = [array.copy() for array in model.get_weights()]
        model.fit(rows, LABELS, epochs=3, shuffle=False, verbose=0)
        assert any((a != b).any() for a, b in zip(first, model.get_weights(), strict=True))
        return model.get_weights()

    ours = learned()
    monkeypatch.setattr(heads, "on_one_machine", lambda optimizer: optimizer)
    for mine, theirs in zip(ours, learned(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize(("name", "first"), [("rmsprop", 3.16), ("adam", 1.0)])
def test_rmsprops_very_first_step_is_three_times_as_large_as_later_ones(name, first):
    """Under a slope that stays: its mean of squares begins at 0, and nothing makes up for that."""
    rate, steps = 0.01, 60
    weight = keras.Variable(np.zeros(1, np.float32))
    optimizer = OPTIMIZERS[name](rate)
    optimizer.build([weight])
    places = [0.0]
    for _ in range(steps):
        optimizer.apply([tf.ones(1)], [weight])
        places.append(float(weight.numpy()[0]))
    sizes = -np.diff(places) / rate
    assert sizes[0] == pytest.approx(first, rel=0.01)
    assert sizes[-1] == pytest.approx(1, rel=0.01)
