"""Where a trained network looked: Grad-CAM on the last feature map of its backbone.

The score of a class is differentiated by the feature map. A channel weighs as much as the score rises with
it, on average over all positions; the heat of a position is the weighted sum of its channels where that is
positive. Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391. With global average pooling and a single
Dense layer the weights are that layer's own, and this is the class activation map of Zhou et al. 2016,
https://arxiv.org/abs/1512.04150.

The score is the class's logit above the mean of all classes'. A softmax stays as it is when the same is
added to every logit, so a logit alone says nothing; and two classes look the same with a sigmoid.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tl_core.answers.extraction import read_pixels
from tl_core.answers.learned import learned_by
from tl_core.checks import check_range
from tl_core.datasets.catalogue import get_dataset
from tl_core.errors import DatasetRefused
from tl_core.results import scores
from tl_core.results.answers import HeatMaps
from tl_core.results.metrics import read_model
from tl_core.training import Training, get_training

MOST_PHOTOS = 12
"""Photos in one question; a page shows no more at once."""


def heat_maps(run_id: str, images: Sequence[str], classes: Sequence[int] | None = None) -> HeatMaps:
    """Return the heat maps of photos of the dataset that a run was trained on, in the order asked for.

    Args:
        run_id: id of a training that has results.
        images: SHA-256 of each photo, 1 to `MOST_PHOTOS` of them.
        classes: the class whose heat is wanted, for each photo; by default what the network guesses.

    Raises:
        SettingInvalid: too many photos, or no such class.
        RunNotFound: the run is not there, or not trained.
        DatasetRefused: the dataset or a photo is no longer there.
        WeightsMissing: the backbone's weights are not on this machine.
    """
    check_range("images", len(images), 1, MOST_PHOTOS)
    run = get_training(run_id)
    config = run.settings
    dataset = get_dataset(config.dataset)
    known = dataset.by_sha256
    if gone := [sha256 for sha256 in images if sha256 not in known]:
        raise DatasetRefused(
            "{title} has no photo {sha256} any more. Choose another photo, or train again with the data as "
            "it is now.",
            title=dataset.title,
            sha256=gone[0][:8],
        )
    pixels = np.stack([read_pixels(dataset, known[sha256], config) for sha256 in images])
    return HeatMaps(maps=grad_cam(run, pixels, classes))


def heat_map(run_id: str, pixels: NDArray[np.uint8], label: int | None = None) -> HeatMaps:
    """Return the one heat map of any photo.

    Args:
        run_id: id of a training that has results.
        pixels: ``(size, size, 3) uint8`` at the run's input size, from `images.model_input`.
        label: the class whose heat is wanted; by default what the network guesses.

    Raises:
        SettingInvalid: no such class.
        RunNotFound: the run is not there, or not trained.
        WeightsMissing: the backbone's weights are not on this machine.
    """
    run = get_training(run_id)
    classes = None if label is None else [label]
    return HeatMaps(maps=grad_cam(run, pixels[np.newaxis], classes))


def grad_cam(
    run: Training, pixels: NDArray[np.uint8], classes: Sequence[int] | None = None
) -> NDArray[np.float32]:
    """Return the heat maps of several photos: ``(n, h, w) float32 0..1``.

    Args:
        run: a training that has results.
        pixels: ``(n, size, size, 3) uint8 0..255``.
        classes: see `heat_maps`.

    Raises:
        SettingInvalid, RunNotFound, WeightsMissing: see `heat_maps`.
    """
    found = evidence(run, pixels, classes)
    channels = found.slopes.mean(axis=(1, 2), keepdims=True)
    return _scaled((channels * found.maps).sum(axis=-1))


class Evidence(NamedTuple):
    """What spoke for one class in each of several photos."""

    maps: NDArray[np.float32]
    """The last feature map, ``(n, h, w, channels)``."""
    slopes: NDArray[np.float32]
    """How much the score rises with it, of the same shape."""
    scores: NDArray[np.float32]
    """``(n,)``."""


def evidence(
    run: Training, pixels: NDArray[np.uint8], classes: Sequence[int] | None = None
) -> Evidence:
    """Return feature maps and how the score of a class depends on them; arguments as for `grad_cam`."""
    learned = learned_by(run)
    (maps,) = learned.maps(pixels, [len(learned.backbone.blocks) - 1])
    features = learned.pooled(maps)
    logits = learned.head.logits(features)
    score, wanted = _scores(logits, classes, len(read_model(run).class_names))
    slopes = learned.head.slopes(features, wanted)
    if features.shape != maps.shape:  # a mean rises by its share of every position
        positions = maps.shape[1] * maps.shape[2]
        slopes = np.broadcast_to(slopes[:, np.newaxis, np.newaxis] / positions, maps.shape)
    return Evidence(maps, slopes, score)


def _scores(
    logits: NDArray[np.float32], classes: Sequence[int] | None, count: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the score of one class for each photo, ``(n,)``, and how much of each logit is in it."""
    if classes is None:
        classes = scores.probabilities(logits).argmax(axis=1).tolist()
    check_range("classes", len(classes), len(logits), len(logits))
    for label in classes:
        check_range("classes", label, 0, count - 1)
    wanted = (np.eye(count, dtype=np.float32) - np.float32(1 / count))[list(classes)]
    if logits.shape[1] == 1:  # a sigmoid is a softmax over (0, logit)
        wanted = wanted[:, 1:]
    return (logits * wanted).sum(axis=1), wanted


def _scaled(heat: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the positive part of each map, its largest value as 1."""
    positive = np.maximum(np.nan_to_num(heat, nan=0.0, posinf=0.0), 0)
    hottest = positive.max(axis=(1, 2), keepdims=True)
    scaled: NDArray[np.float32] = np.divide(
        positive, hottest, out=np.zeros_like(positive), where=hottest > 0
    )
    return scaled
