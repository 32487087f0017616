"""A training job: features once, then a head, then what it is worth."""

import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tl_core import runs
from tl_core.backbones import ensure_weights, get_backbone
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.splits import split
from tl_core.engine.spread import spread
from tl_core.errors import DatasetRefused, SettingInvalid
from tl_core.features.store import FeatureEntry, Features, make_room
from tl_core.models import checkpoint
from tl_core.models.extraction import feature_entry
from tl_core.models.heads import build_head, compile_head
from tl_core.models.results import write_results
from tl_core.reporting import Reporter, check_cancel
from tl_core.training import TrainingConfig
from tl_core.wording import N_

BYTES_PER_NUMBER = 4


@dataclass(frozen=True, kw_only=True)
class Part:
    """One side of a split: rows of features and their labels.

    Args:
        features: ``(n, ...) float32``.
        labels: ``(n,) int64``.
    """

    features: Features
    labels: NDArray[np.int64]


def run_training(run: runs.Run) -> None:
    """Train what the run's configuration says; goes on from the last whole shard or epoch.

    Raises:
        JobCancelled: somebody pressed Stop.
        LabError: the configuration, the dataset or the weights cannot be used.
    """
    config = TrainingConfig.from_json(run.config)
    dataset = get_dataset(config.dataset)
    check_config(config, dataset)
    began = time.monotonic()
    if config.weights == "imagenet":
        ensure_weights(config.backbone, Reporter(run, "weights"))
    entry, computed = ensure_features(run, dataset, config)
    extracted = time.monotonic()
    train, validation = load_parts(entry, dataset, config)
    head = fit_head(run, config, train, validation, classes=len(dataset.class_names))
    write_results(
        run,
        config,
        dataset,
        head,
        train=(train.features, train.labels),
        validation=(validation.features, validation.labels),
        facts={
            "images_computed": computed,
            "images_reused": len(entry.images) - computed,
            "seconds_features": extracted - began,
            "seconds_head": time.monotonic() - extracted,
        },
    )
    checkpoint.remove(run)


def check_config(config: TrainingConfig, dataset: Dataset) -> None:
    """Refuse what only the dataset and the backbone together can tell.

    Raises:
        DatasetRefused: the dataset has changed since the run was set up.
        SettingInvalid: one unit for more than two classes, or an image size that the backbone cannot take.
    """
    if config.fingerprint and config.fingerprint != dataset.fingerprint:
        raise DatasetRefused(
            "{title} has changed since this run was set up. Start it again with the data as it is now.",
            title=dataset.title,
        )
    classes = len(dataset.class_names)
    if config.activation == "sigmoid" and classes != 2:
        raise SettingInvalid(
            "A sigmoid head is for two classes and {title} has {classes}. Choose softmax.",
            title=dataset.title,
            classes=classes,
        )
    get_backbone(config.backbone).feature_size(config.size)


def ensure_features(
    run: runs.Run, dataset: Dataset, config: TrainingConfig
) -> tuple[FeatureEntry, int]:
    """Compute the features that are not in the store yet, on all workers.

    Returns:
        The complete entry, and how many images had to be computed.
    """
    entry = feature_entry(dataset, config)
    make_room(expected_bytes(entry, config), keep=entry)
    # A finished entry is checked too: what the disk has damaged is computed again.
    missing = entry.missing_shards()
    computed = sum(len(entry.shard_images(shard)) for shard in missing)
    total = len(entry.images)
    done = total - computed
    if done:
        run.append(
            "note",
            template=N_("Features of {reused} of {total} images were there already."),
            values={"reused": done, "total": total},
        )
    report = Reporter(run, "features", total, done)
    parts = [{"config": config.as_json(), "shard": shard} for shard in missing]
    for index, _ in spread("extract", parts, partial(check_cancel, run)):
        done += len(entry.shard_images(missing[index]))
        report(done, total)
    if not entry.complete:
        entry.finish()
    return entry, computed


def expected_bytes(entry: FeatureEntry, config: TrainingConfig) -> int:
    """Return the disk space that a complete entry takes, without the few hundred bytes of its records."""
    spec = get_backbone(config.backbone)
    positions = 1 if config.pooling == "gap" else spec.feature_size(config.size) ** 2
    return len(entry.images) * positions * spec.channels * BYTES_PER_NUMBER


def load_parts(entry: FeatureEntry, dataset: Dataset, config: TrainingConfig) -> tuple[Part, Part]:
    """Return the training and the validation side of the dataset as features."""
    sides = split(dataset, validation=config.validation, seed=config.seed)
    # Once for both sides: reading an entry loads and checks all of its shards.
    features = entry.read([image.sha256 for image in dataset.images])
    labels = np.array([image.label for image in dataset.images], dtype=np.int64)

    def part(indices: tuple[int, ...]) -> Part:
        rows = list(indices)
        return Part(features=features[rows], labels=labels[rows])

    return part(sides.train), part(sides.validation)


def fit_head(
    run: runs.Run, config: TrainingConfig, train: Part, validation: Part, *, classes: int
) -> keras.Model:
    """Return a head trained for all epochs; goes on from the run's checkpoint if there is one."""
    keras.utils.set_random_seed(config.seed)
    head = build_head(config, train.features.shape[1:], classes)
    compile_head(head, config)
    begun = checkpoint.restore(run, head)
    report = Reporter(run, "head", config.epochs, begun)
    if begun < config.epochs:
        head.fit(
            batches(train, config, first_epoch=begun),
            steps_per_epoch=-(-len(train.labels) // config.batch),
            validation_data=(validation.features, validation.labels),
            validation_batch_size=256,
            epochs=config.epochs,
            initial_epoch=begun,
            callbacks=[Recorder(run, report, config.epochs)],
            shuffle=False,  # `batches` does
            verbose=0,
        )
    return head


def batches(part: Part, config: TrainingConfig, first_epoch: int) -> tf.data.Dataset:
    """Return the batches of all epochs from `first_epoch` on, each epoch in an order of its own.

    An order depends on the seed and the epoch alone, and no thread can change it: the same seed gives the
    same run, and a run that goes on at epoch 7 sees the same batches as one that was never interrupted.
    """
    orders = [
        np.random.default_rng((config.seed, epoch)).permutation(len(part.labels)).astype(np.int32)
        for epoch in range(first_epoch, config.epochs)
    ]
    features, labels = tf.constant(part.features), tf.constant(part.labels)
    rows = tf.data.Dataset.from_tensor_slices(np.stack(orders)).flat_map(
        lambda order: tf.data.Dataset.from_tensor_slices(order).batch(config.batch)
    )
    return rows.map(lambda row: (tf.gather(features, row), tf.gather(labels, row)))


class Recorder(keras.callbacks.Callback):
    """Writes every epoch to the run book, keeps a checkpoint, and stops when asked to."""

    def __init__(self, run: runs.Run, report: Reporter, epochs: int) -> None:
        super().__init__()
        self._run = run
        self._report = report
        self._epochs = epochs

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Look for the cancel flag."""
        check_cancel(self._run)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Record the epoch, numbered from 1."""
        metrics = {"epoch": epoch + 1, **{name: float(value) for name, value in logs.items()}}
        self._run.append("epoch", epoch=epoch + 1, metrics=metrics)
        # After the record: a kill between the two repeats the epoch instead of losing it.
        checkpoint.save(self._run, self.model, epoch + 1)
        self._report(epoch + 1, self._epochs)
