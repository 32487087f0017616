"""What a model is fitted on: rows of features from the store, or images that are read anew each time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tl_core import settings
from tl_core.features.store import Features, features_dir
from tl_core.machine.large_arrays import MOST_IN_MEMORY, array_to_fill
from tl_core.training.mixing import cut_in

Labels = NDArray[np.int64]


class Rows(Protocol):
    """One side of a split, for `tl_core.models.fitting.phase`."""

    @property
    def labels(self) -> Labels:
        """``(n,) int64``; a row for each."""

    def stream(self, rows: tf.data.Dataset) -> tf.data.Dataset:
        """Return the features of batches of rows: ``(epoch, row numbers)`` -> ``(batch, ...) float32``.

        Images that are read anew take two arrays of `Mix` behind these: partners and boxes.
        """

    def in_order(self, batch: int) -> Iterator[Features]:
        """Yield the features of all rows once, in their order, `batch` at a time: to judge a model on."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Rows that are at hand.

    Args:
        features: ``(n, ...) float32``, see `tl_core.machine.large_arrays`.
        labels: ``(n,) int64``.
    """

    features: Features
    labels: Labels

    def stream(self, rows: tf.data.Dataset) -> tf.data.Dataset:
        """Return the features of batches of rows."""
        if self.features.nbytes > MOST_IN_MEMORY:
            return rows.map(self._gathered)
        features = tf.constant(self.features)  # a batch is gathered faster inside the graph
        return rows.map(lambda epoch, row: tf.gather(features, row))

    def in_order(self, batch: int) -> Iterator[Features]:
        """Yield the features of all rows once."""
        for start in range(0, len(self.labels), batch):
            yield self.features[start : start + batch]

    def _gathered(self, epoch: tf.Tensor, row: tf.Tensor) -> tf.Tensor:
        batch = tf.numpy_function(self.features.__getitem__, [row], tf.float32)
        return tf.ensure_shape(batch, (None, *self.features.shape[1:]))


@dataclass(frozen=True, kw_only=True)
class LiveRows:
    """Images that go through the frozen part of the network whenever they are needed.

    Args:
        read: ``read(epoch, row)`` returns ``(size, size, 3) uint8``, changed as that epoch wants it.
        labels: ``(n,) int64``.
        frozen: from ``(batch, size, size, 3) uint8`` to features.
        shape: of an image's features.
    """

    read: Callable[[int, int], NDArray[np.uint8]]
    labels: Labels
    frozen: Callable[[NDArray[np.uint8]], Features]
    shape: tuple[int, ...]

    def stream(self, rows: tf.data.Dataset) -> tf.data.Dataset:
        """Return the features of batches of rows."""
        pool = ThreadPoolExecutor(settings.current().threads)

        def computed(epoch: Any, row: Any, *mix: Any) -> Features:
            batch = self._read(pool, epoch, row)
            return self.frozen(cut_in(batch, *mix) if mix else batch)

        def features(epoch: tf.Tensor, row: tf.Tensor, *mix: tf.Tensor) -> tf.Tensor:
            batch = tf.numpy_function(computed, [epoch, row, *mix], tf.float32)
            return tf.ensure_shape(batch, (None, *self.shape))

        return rows.map(features)

    def in_order(self, batch: int) -> Iterator[Features]:
        """Yield the features of all rows once, of the images as they are in epoch 0."""
        with ThreadPoolExecutor(settings.current().threads) as pool:
            for start in range(0, len(self.labels), batch):
                rows = range(start, min(start + batch, len(self.labels)))
                yield self.frozen(self._read(pool, 0, rows))

    def _read(self, pool: Executor, epoch: int, rows: Iterable[int]) -> NDArray[np.uint8]:
        return np.stack(list(pool.map(lambda row: self.read(int(epoch), int(row)), rows)))


def joined(parts: Sequence[Part]) -> Part:
    """Return the rows of all parts, one part after another."""
    if len(parts) == 1:
        return parts[0]
    labels = np.concatenate([part.labels for part in parts])
    features = array_to_fill((len(labels), *parts[0].features.shape[1:]), features_dir())
    np.concatenate([part.features for part in parts], out=features)
    return Part(features=features, labels=labels)


def training_batches(rows: Rows, *, batch: int, seed: int, epochs: range) -> tf.data.Dataset:
    """Return (features, labels) of all batches of `epochs`, as `drawn_rows` draws them."""
    return with_labels(
        rows, drawn_rows(len(rows.labels), batch=batch, seed=seed, epochs=epochs)
    ).prefetch(4)


def drawn_rows(count: int, *, batch: int, seed: int, epochs: range) -> tf.data.Dataset:
    """Return (epoch, row numbers) of all batches of `epochs`, each epoch in an order of its own.

    An order depends on the seed and the epoch alone, and no thread can change it: the same seed gives the
    same run, and a run that goes on at epoch 7 sees the same batches as one that was never interrupted.
    """
    orders = [
        np.random.default_rng((seed, epoch)).permutation(count).astype(np.int32) for epoch in epochs
    ]
    numbers = np.array(epochs, np.int32)
    return tf.data.Dataset.from_tensor_slices((numbers, np.stack(orders))).flat_map(
        lambda epoch, order: (
            tf.data.Dataset.from_tensor_slices(order).batch(batch).map(lambda row: (epoch, row))
        )
    )


def with_labels(rows: Rows, batches: tf.data.Dataset) -> tf.data.Dataset:
    """Return (features, labels) of what `Rows.stream` takes."""
    labels = tf.constant(rows.labels)
    of_batches = batches.map(lambda epoch, row, *mix: tf.gather(labels, row))
    return tf.data.Dataset.zip(rows.stream(batches), of_batches)
