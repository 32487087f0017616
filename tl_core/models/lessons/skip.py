"""The job behind "Why ResNet trains".

    runs/<id>/progress.jsonl           both networks after every epoch, from epoch 0 on
              checkpoint-*.safetensors while it runs
              skip.json                what both are worth in the end; the last file

The two networks are the two outputs of one Keras model and share nothing but the image: one step trains both
on the same batch, and a run that goes on takes both from the same epoch.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tl_core import files, images
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.splits import split
from tl_core.lessons.skip import (
    DATASET,
    NETWORKS,
    RESULT,
    Epoch,
    SkipConfig,
    Worth,
    Worths,
)
from tl_core.models.fitting import checkpoint
from tl_core.models.networks.plain_and_skip import SIDE, build_networks
from tl_core.runs import Run
from tl_core.runs.reporting import Reporter, check_cancel
from tl_core.statistics import Proportion
from tl_core.wording import N_

PHASE = N_("Train both networks")
CHECKPOINT = "networks"
PROBE_STEP = 3
"""The gradient's norm is measured on every third training image: always the same ones, of all classes."""

Images = Callable[[Any, Any], Any]
"""Does something with ``(pixels, labels)``, compiled for any number of images."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side of the split: ``(n, 32, 32, 3) float32 -1..1`` and ``(n,) int64``."""

    pixels: NDArray[np.float32]
    labels: NDArray[np.int64]


def run_skip_lesson(run: Run) -> None:
    """Train both networks; goes on from the last whole epoch.

    Raises:
        JobCancelled: somebody pressed Stop.
        LabError: the configuration cannot be used.
    """
    config = SkipConfig.from_json(run.config)
    dataset = get_dataset(DATASET)
    train, validation = _read(dataset, config.seed)
    both = build_networks(config, classes=len(dataset.class_names))
    begun = checkpoint.restore(run, CHECKPOINT, both)
    step, gradients = _compiled(both)
    report = Reporter(run, PHASE, config.epochs, begun)
    if not begun:
        untrained, _ = gradients(train.pixels, train.labels)
        _record(run, 0, both, untrained, _probe(both, gradients, train), validation)
    for epoch in range(begun + 1, config.epochs + 1):
        losses = _train_epoch(run, config, step, train, epoch)
        _record(run, epoch, both, losses, _probe(both, gradients, train), validation)
        # After the record: a kill between the two repeats the epoch instead of losing it.
        checkpoint.save(run, CHECKPOINT, both, epoch)
        report(epoch, config.epochs)
    files.write_json(run.folder / RESULT, _worths(both, train, validation).as_json())
    checkpoint.remove(run)


def _read(dataset: Dataset, seed: int) -> tuple[Side, Side]:
    pixels = np.stack(
        [images.model_input(dataset.read(image), image.shown, SIDE) for image in dataset.images]
    )
    scaled = (pixels / 127.5 - 1).astype(np.float32)
    labels = np.array([image.label for image in dataset.images], dtype=np.int64)
    sides = split(dataset, validation=0.2, seed=seed)
    train, validation = (
        Side(pixels=scaled[list(rows)], labels=labels[list(rows)])
        for rows in (sides.train, sides.validation)
    )
    return train, validation


def _compiled(both: keras.Model) -> tuple[Images, Images]:
    """Return what takes a step and gives each network's loss, and what gives losses and all gradients."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    compiled = tf.function(
        input_signature=[
            tf.TensorSpec((None, SIDE, SIDE, 3), tf.float32),
            tf.TensorSpec((None,), tf.int64),
        ],
        jit_compile=False,
        autograph=False,
    )

    def gradients(pixels: Any, labels: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            losses = [loss(labels, logits) for logits in both(pixels, training=True)]
            # The networks share no weight: the gradient of the sum is each one's own.
            total = tf.add_n(losses)
        return losses, tape.gradient(total, both.trainable_variables)

    def step(pixels: Any, labels: Any) -> Any:
        losses, slopes = gradients(pixels, labels)
        both.optimizer.apply(slopes, both.trainable_variables)
        return losses

    return compiled(step), compiled(gradients)


def _train_epoch(
    run: Run, config: SkipConfig, step: Images, train: Side, epoch: int
) -> NDArray[np.float32]:
    """Take one epoch's steps; returns each network's mean loss over them, as Keras' own `fit` tells it."""
    order = np.random.default_rng((config.seed, epoch)).permutation(len(train.labels))
    losses = []
    for start in range(0, len(order), config.batch):
        check_cancel(run)
        rows = order[start : start + config.batch]
        losses.append(step(train.pixels[rows], train.labels[rows]))
    mean: NDArray[np.float32] = np.mean(losses, axis=0)
    return mean


def _probe(both: keras.Model, gradients: Images, train: Side) -> dict[str, tuple[float, ...]]:
    """Return each network's norms of the gradient in its blocks, from the image's side."""
    rows = slice(None, None, PROBE_STEP)
    _, slopes = gradients(train.pixels[rows], train.labels[rows])
    squares: dict[str, dict[str, float]] = {name: {} for name in NETWORKS}
    for variable, slope in zip(both.trainable_variables, slopes, strict=True):
        network, block, *_ = variable.path.split("/")[0].split("_")
        if block.startswith("block"):
            found = squares[network]
            found[block] = found.get(block, 0.0) + float(tf.reduce_sum(tf.square(slope)))
    return {
        name: tuple(square**0.5 for square in found.values()) for name, found in squares.items()
    }


def _record(
    run: Run,
    epoch: int,
    both: keras.Model,
    losses: Any,
    norms: Mapping[str, tuple[float, ...]],
    validation: Side,
) -> None:
    hits = _hits(both, validation)
    networks = {
        name: Epoch(
            loss=float(losses[place]),
            accuracy=hits[name] / len(validation.labels),
            gradients=norms[name],
        ).as_json()
        for place, name in enumerate(NETWORKS)
    }
    run.append("epoch", epoch=epoch, metrics={"epoch": epoch, **networks})


def _hits(both: keras.Model, side: Side) -> dict[str, int]:
    outputs = both(side.pixels, training=False)
    return {
        name: int((np.asarray(logits).argmax(axis=1) == side.labels).sum())
        for name, logits in zip(NETWORKS, outputs, strict=True)
    }


def _worths(both: keras.Model, train: Side, validation: Side) -> Worths:
    seen, unseen = _hits(both, train), _hits(both, validation)
    held_out = len(validation.labels)
    return Worths(
        networks={
            name: Worth(
                train=Proportion(correct=seen[name], n=len(train.labels)),
                validation=Proportion(correct=unseen[name], n=held_out),
            )
            for name in NETWORKS
        },
        majority=Proportion(correct=int(np.bincount(validation.labels).max()), n=held_out),
    )
