"""Measures how far a dataset's features are from those of ImageNet; see `tl_core.training.likeness`."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tl_core import images, settings
from tl_core.backbones import DEFAULT_BACKBONE, get_backbone
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.dataset import Dataset
from tl_core.models.networks.backbones import build_backbone
from tl_core.training.likeness import MOST_IMAGES, SEED, Likeness, store_likeness, stored_likeness

SIZE = 160
BATCH = 4
"""Images at a time."""


def measure_likeness(dataset: str) -> Likeness:
    """Measure and keep the likeness of a dataset, at most 100 of its images; 3 s at first, then at once.

    Args:
        dataset: its id in the catalogue.
    """
    chosen = get_dataset(dataset)
    likeness = stored_likeness(chosen.fingerprint)
    if likeness is None:
        pixels = _pixels(chosen)
        likeness = Likeness(distance=distance(pixels), images=len(pixels))
        store_likeness(chosen.fingerprint, likeness)
    return likeness


def distance(pixels: NDArray[np.uint8]) -> float:
    """Return the distance of images from ImageNet.

    Args:
        pixels: ``(n, 160, 160, 3) uint8 0..255``.
    """
    network = build_backbone(DEFAULT_BACKBONE, SIZE)
    layers = [x for x in network.layers if isinstance(x, keras.layers.BatchNormalization)]
    moments = _moments(network, layers)
    starts = range(0, len(pixels), BATCH)
    batches = [moments(tf.constant(pixels[start : start + BATCH])) for start in starts]
    sums = [np.sum(found, axis=0) / len(pixels) for found in zip(*batches, strict=True)]
    return float(np.mean([_of_layer(*pair) for pair in zip(layers, sums, strict=True)]))


def _moments(network: keras.Model, layers: Sequence[keras.Layer]) -> Any:
    """Return a graph from a batch to what each layer reads of it: sums of means and of mean squares.

    A graph drops what it no longer needs: all that the layers read is 30 MB an image.
    """
    readings = keras.Model(network.input, [layer.input for layer in layers])
    prepare = get_backbone(DEFAULT_BACKBONE).preprocessing.apply

    @tf.function(
        input_signature=[tf.TensorSpec((None, SIZE, SIZE, 3), tf.uint8)],
        jit_compile=False,
        autograph=False,
    )
    def moments(pixels: tf.Tensor) -> list[tf.Tensor]:
        found = readings(prepare(tf.cast(pixels, tf.float32)), training=False)
        return [_sums(tf.cast(values, tf.float64)) for values in found]

    return moments


def _sums(values: tf.Tensor) -> tf.Tensor:
    means = (tf.reduce_mean(each, axis=(1, 2)) for each in (values, values**2))
    return tf.stack([tf.reduce_sum(each, axis=0) for each in means])


def _of_layer(layer: keras.layers.BatchNormalization, moments: NDArray[np.float64]) -> float:
    mean, square = moments
    deviation = np.sqrt(np.maximum(square - mean**2, 0))
    usual_mean, variance = (np.asarray(x) for x in (layer.moving_mean, layer.moving_variance))
    off = (mean - usual_mean) ** 2 + (deviation - np.sqrt(variance)) ** 2
    # The median: a few channels that are silent on ImageNet would outweigh all others.
    return float(np.median(off / (variance + layer.epsilon)))


def _pixels(dataset: Dataset) -> NDArray[np.uint8]:
    order = np.random.default_rng(SEED).permutation(len(dataset.images))[:MOST_IMAGES]

    def read(index: int) -> NDArray[np.uint8]:
        image = dataset.images[index]
        return images.model_input(dataset.read(image), image.shown, SIZE)

    with ThreadPoolExecutor(settings.current().threads) as pool:
        return np.stack(list(pool.map(read, order)))
