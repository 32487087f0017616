"""The job behind "Test learning rates".

    runs/<id>/rates.json   rate and loss of every step; the last file

It takes seconds, so a test that was stopped starts anew.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tl_core import files
from tl_core.backbones import ensure_weights
from tl_core.checks import Json
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.dataset import Dataset
from tl_core.models.features.computing import ensure_features, head_sides, tail_sides
from tl_core.models.features.rows import Part, Rows
from tl_core.models.fitting import checkpoint
from tl_core.models.fitting.told import told_batches
from tl_core.models.fitting.training import check_config, fit_head
from tl_core.models.networks.heads import build_head, compile_head
from tl_core.models.networks.learner import build_learner, build_tail
from tl_core.runs import Run
from tl_core.runs.reporting import OnProgress, Reporter
from tl_core.training import TrainingConfig
from tl_core.training.forecast import reads_features
from tl_core.training.rate_finder import (
    HEAD,
    LOWEST,
    RESULT,
    STEPS,
    Point,
    RateTestConfig,
    next_point,
    rate_of_step,
    runs_away,
)
from tl_core.wording import N_

PHASE = N_("Raise the learning rate step by step")
SECONDS = 20.0
"""A test whose steps are slow takes fewer of them, to end in about this time."""
FEWEST_STEPS = 12
TRIED = 2
"""Steps before the test: the first one compiles, the last one is timed."""

Batches = Iterator[tuple[Any, ...]]


def run_rate_test(run: Run) -> None:
    """Raise the rate step by step, as the run's configuration says, and record the loss.

    Raises:
        JobCancelled: somebody pressed Stop.
        LabError: the configuration, the dataset or the weights cannot be used.
    """
    config = RateTestConfig.from_json(run.config)
    dataset = get_dataset(config.training.dataset)
    check_config(config.training, dataset)
    if config.training.weights == "imagenet":
        ensure_weights(config.training.backbone, Reporter(run, "weights"))
    if reads_features(config.training):
        ensure_features(run, dataset, config.training)
    model, rows = _learner(run, config, dataset)
    compile_head(model, config.training, LOWEST)
    batches = _batches(rows, config.training, model.output_shape[-1])
    steps = _affordable_steps(model, batches)
    points = sweep(model, batches, steps, Reporter(run, PHASE, steps))
    files.write_json(run.folder / RESULT, _record(points, steps))
    checkpoint.remove(run)


def sweep(model: keras.Model, batches: Batches, steps: int, on_progress: OnProgress) -> list[Point]:
    """Take up to `steps` steps, each at a higher rate, and leave a compiled model as it was, to the bit.

    Returns:
        A point a step; the last one is where the loss ran away, if it did.
    """
    points: list[Point] = []
    with unchanged(model):
        for step in range(steps):
            rate = rate_of_step(step, steps)
            points.append(next_point(points, rate, _loss_of_step(model, batches, rate), steps))
            if runs_away(points):
                break
            on_progress(step + 1, steps, "")
    on_progress(steps, steps, "")
    return points


@contextmanager
def unchanged(model: keras.Model) -> Iterator[None]:
    """Give a compiled model its weights, optimizer and random numbers back when the block ends."""
    model.optimizer.build(model.trainable_variables)
    # `variables` has the state of the dropout layers' random numbers, which `weights` leaves out.
    variables = [*model.variables, *model.optimizer.variables]
    kept = [np.array(variable.numpy()) for variable in variables]
    try:
        yield
    finally:
        for variable, value in zip(variables, kept, strict=True):
            variable.assign(value)
        model.reset_metrics()


def _learner(run: Run, config: RateTestConfig, dataset: Dataset) -> tuple[keras.Model, Rows]:
    """Return what learns in the phase as it is when the phase begins, and what it learns from."""
    training, classes = config.training, len(dataset.class_names)
    if config.phase == HEAD:
        train = head_sides(dataset, training).train
        assert isinstance(train, Part)
        return build_head(training, train.features.shape[1:], classes), train
    tail = build_tail(training)
    if training.epochs:
        sides = head_sides(dataset, training)
        assert isinstance(sides.train, Part) and isinstance(sides.validation, Part)
        head = fit_head(run, training, sides.train, sides.validation, classes=classes)
    else:
        shape = tail.output_shape[-1:] if training.pooling == "gap" else tail.output_shape[1:]
        head = build_head(training, shape, classes)
    return build_learner(tail, head, training), tail_sides(dataset, training).train


def _batches(rows: Rows, training: TrainingConfig, units: int) -> Batches:
    """Return the whole batches of a training; the last ones of its epochs would be noisier."""
    count = len(rows.labels)
    batch = min(training.batch, count)
    epochs = range(-(-(STEPS + TRIED) // (count // batch)))
    batches = told_batches(rows, replace(training, batch=batch), epochs, units=units)
    return iter(batches.filter(lambda _, told, *weights: tf.shape(told)[0] == batch))


def _affordable_steps(model: keras.Model, batches: Batches) -> int:
    seconds = 0.0
    with unchanged(model):
        for _ in range(TRIED):
            began = time.perf_counter()
            _loss_of_step(model, batches, LOWEST)
            seconds = time.perf_counter() - began
    return min(max(int(SECONDS / seconds), FEWEST_STEPS), STEPS)


def _loss_of_step(model: keras.Model, batches: Batches, rate: float) -> float:
    """Take a step and return the loss of its batch before it."""
    model.optimizer.learning_rate.assign(rate)
    model.reset_metrics()  # else Keras returns the mean of all batches so far
    loss, *_ = model.train_on_batch(*next(batches))
    return float(loss)


def _record(points: list[Point], steps: int) -> Json:
    """Return the points as JSON, which has no NaN: None stands for a loss that is no number."""
    losses = [point.loss if np.isfinite(point.loss) else None for point in points]
    return {"steps": steps, "rates": [point.rate for point in points], "losses": losses}
