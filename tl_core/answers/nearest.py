"""The training photos that are nearest to a photo, by the features at the end of the frozen backbone.

They come from the feature store. A fine-tuned run has other features at its end; those of the frozen
backbone are compared all the same, since the store has them for every training photo.
"""

import functools
import threading
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tl_core.answers.networks import frozen_network
from tl_core.backbones import get_backbone
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.dataset import Dataset
from tl_core.errors import DatasetRefused
from tl_core.prediction import nearness as arithmetic
from tl_core.prediction.nearness import Nearness, Rows
from tl_core.results.metrics import read_model
from tl_core.training import Training, get_training
from tl_core.training.kept_features import feature_entry, sides_of
from tl_core.training.preprocessing import preprocessing_of

RUNS_KEPT = 64
"""Runs whose training photos' own distances stay in memory: 4 kB each."""
_one_at_a_time = threading.Lock()
"""Around what is kept: a class that asks at once would read the same rows, 100 MB, once for each."""


def nearness(run_id: str, pixels: NDArray[np.uint8], source: str = "") -> Nearness:
    """Return the training photos that are nearest to a photo, and how near that is.

    Args:
        run_id: id of a training that has results.
        pixels: ``(size, size, 3) uint8`` at the run's input size, from `images.model_input`.
        source: SHA-256 of the file that the photo was made from; empty if unknown.

    Raises:
        DatasetRefused: the dataset is gone, or its features are no longer kept.
        RunNotFound: the run is not there, or not trained.
        WeightsMissing: the backbone's weights are not on this machine.
    """
    run = get_training(run_id)
    read_model(run)  # a run that never ended is refused as by every other question
    photo = _photo_row(run, pixels)
    with _one_at_a_time:
        rows, images = _training_rows(run)
        own = _own_distances(run)
    return arithmetic.nearness(photo, rows, own, images, source)


def _photo_row(run: Training, pixels: NDArray[np.uint8]) -> Rows:
    config = run.settings
    precision = read_model(run).precision
    network = frozen_network(config.backbone, config.weights, config.size, precision)
    outputs = ((get_backbone(config.backbone).cut, True),)
    (features,) = network.features(pixels[np.newaxis], outputs, preprocessing_of(config))
    return arithmetic.of_length_one(features)


@functools.lru_cache(1)  # of 20,000 photos they take 100 MB; those of 2,000 are read in 50 ms
def _training_rows(run: Training) -> tuple[Rows, tuple[tuple[str, int], ...]]:
    """Return the features of a run's training photos, each of length 1, and which photos they are."""
    config = run.settings
    dataset = dataset_of(config.dataset)
    chosen = [dataset.images[index] for index in sides_of(dataset, config).train]
    hashes = [image.sha256 for image in chosen]
    rows = kept_rows(run, dataset, hashes, arithmetic.of_length_one)
    return rows, tuple((image.sha256, image.label) for image in chosen)


def kept_rows(
    run: Training, dataset: Dataset, images: Sequence[str], of_shard: Callable[[Rows], Rows]
) -> Rows:
    """Return what the frozen backbone made of some photos of a run's dataset, from the store.

    Args:
        run: a training.
        dataset: its dataset.
        images: SHA-256 of each photo.
        of_shard: makes rows of one length of features, ``(n, channels)`` or ``(n, h, w, channels)``.

    Raises:
        DatasetRefused: its features are no longer kept.
    """
    try:
        entry = feature_entry(dataset, run.settings, read_model(run).precision)
        (rows,) = entry.read_groups([images], of_shard=of_shard)
    except FileNotFoundError as error:
        raise DatasetRefused(
            "What the backbone saw in the photos of {title} is no longer kept. Train on these photos with "
            "the settings of this network and another seed, and it is there again.",
            title=dataset.title,
        ) from error
    return rows


def dataset_of(identifier: str) -> Dataset:
    """Return the dataset of a run.

    Raises:
        DatasetRefused: it is gone.
    """
    try:
        return get_dataset(identifier)
    except DatasetRefused as error:
        raise DatasetRefused(
            "The photos that this network was trained on are deleted, so nothing can be compared with them. "
            "Import them again, or choose a network whose photos are still there."
        ) from error


@functools.lru_cache(RUNS_KEPT)
def _own_distances(run: Training) -> NDArray[np.float32]:
    return arithmetic.own_distances(_training_rows(run)[0])
