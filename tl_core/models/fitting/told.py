"""What a network is told of its training images: mixed with each other or not, and how much each counts."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tl_core.models.features.rows import Labels, Rows, drawn_rows, training_batches, with_labels
from tl_core.training import TrainingConfig
from tl_core.training.mixing import Mix, mix_of_batch, mixed_up


def told_batches(
    rows: Rows, config: TrainingConfig, epochs: range, *, units: int
) -> tf.data.Dataset:
    """Return all batches of `epochs` as ``fit`` takes them: features, what is told, and maybe weights.

    What is told is the number of the class, or, where labels are shared, ``(b, classes)`` of shares, or
    ``(b,)`` for one unit. All of it depends on the seed, the epoch and the batch alone.

    Args:
        rows: the training images.
        config: how images are mixed, and classes weighed.
        epochs: numbered through the whole run.
        units: outputs of the network.
    """
    telling = _Telling(config, class_weights(rows.labels, max(units, 2)), units)
    if config.mix == "none":
        plain = training_batches(rows, batch=config.batch, seed=config.seed, epochs=epochs)
        return plain.map(telling.of) if config.shared_labels or config.balanced else plain
    drawn = drawn_rows(len(rows.labels), batch=config.batch, seed=config.seed, epochs=epochs)
    steps = -(-len(rows.labels) // config.batch)
    mixes = drawn.enumerate().map(
        lambda number, of_batch: _mix(config, number % steps, of_batch[0], tf.size(of_batch[1]))
    )
    return tf.data.Dataset.zip(_features_and_labels(rows, config, drawn, mixes), mixes).map(
        lambda batch, mix: telling.of_mixed(batch[0], batch[1], mix)
    )


def class_weights(labels: Labels, classes: int) -> NDArray[np.float32]:
    """Return what an image of each class weighs so that all classes weigh the same: n / (classes * count).

    scikit-learn's ``balanced``. A class without images has 0: nothing is ever multiplied by it.

    Example:
        >>> class_weights(np.array([0, 0, 0, 1]), 2).round(2).tolist()
        [0.67, 2.0]
    """
    counts = np.bincount(labels, minlength=classes)
    weights = len(labels) / (classes * np.maximum(counts, 1))
    return np.where(counts, weights, 0).astype(np.float32)


@dataclass(frozen=True)
class _Telling:
    """Turns batches of features and numbers of classes into what the loss takes."""

    config: TrainingConfig
    weights: NDArray[np.float32]
    units: int

    def of(self, features: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, ...]:
        shares = self._shares(labels)
        told = shares if self.config.shared_labels else labels
        return self._weighed(features, told, shares)

    def of_mixed(
        self, features: tf.Tensor, labels: tf.Tensor, mix: tuple[tf.Tensor, ...]
    ) -> tuple[tf.Tensor, ...]:
        partners, shares, _ = mix
        if self.config.mix == "mixup":
            features = _mixed_up(features, partners, shares)
        told = _mixed_up(self._shares(labels), partners, shares)
        return self._weighed(features, told, told)

    def _shares(self, labels: tf.Tensor) -> tf.Tensor:
        if self.units == 1:
            return tf.cast(labels, tf.float32)
        return tf.one_hot(labels, self.units)

    def _weighed(
        self, features: tf.Tensor, told: tf.Tensor, shares: tf.Tensor
    ) -> tuple[tf.Tensor, ...]:
        if not self.config.balanced:
            return features, told
        if self.units == 1:
            first, second = self.weights
            return features, told, shares * second + (1 - shares) * first
        return features, told, tf.linalg.matvec(shares, self.weights)


def _features_and_labels(
    rows: Rows, config: TrainingConfig, drawn: tf.data.Dataset, mixes: tf.data.Dataset
) -> tf.data.Dataset:
    if config.mix != "cutmix":
        return with_labels(rows, drawn)
    cuts = tf.data.Dataset.zip(drawn, mixes).map(
        lambda of_batch, mix: (*of_batch, mix[0], mix[2])  # partners and boxes
    )
    return with_labels(rows, cuts)


def _mix(
    config: TrainingConfig, number: tf.Tensor, epoch: tf.Tensor, count: tf.Tensor
) -> tuple[tf.Tensor, ...]:
    def drawn(*values: Any) -> Mix:
        number, epoch, count = map(int, values)
        return mix_of_batch(config.mix, count, config.size, (config.seed, epoch, number))

    partners, shares, boxes = tf.numpy_function(
        drawn, [number, epoch, count], (tf.int32, tf.float32, tf.int32)
    )
    return (
        tf.ensure_shape(partners, (None,)),
        tf.ensure_shape(shares, (None,)),
        tf.ensure_shape(boxes, (None, 4)),
    )


def _mixed_up(values: tf.Tensor, partners: tf.Tensor, shares: tf.Tensor) -> tf.Tensor:
    mixed = tf.numpy_function(mixed_up, [values, partners, shares], tf.float32)
    return tf.ensure_shape(mixed, values.shape)
