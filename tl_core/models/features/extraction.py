"""From image files to rows of features, through the frozen part of a backbone.

A network may be cut at the end of any block. Whatever lies before a training's cut is frozen and computed
once; one pass over an image gives the features at the end, which the head learns on, and those at the cut,
which the unfrozen blocks read.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tl_core import images, settings
from tl_core.backbones import get_backbone, weights_sha256
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.dataset import Dataset, LabeledImage
from tl_core.datasets.splits import Split, split
from tl_core.features.store import FeatureEntry, Transform
from tl_core.models.networks.frozen import frozen_network
from tl_core.training import TrainingConfig
from tl_core.training.augmentation import augment
from tl_core.training.preprocessing import preprocessing_of


def transform_of(config: TrainingConfig, copy: int = 0) -> Transform:
    """Return what names the features that the head of `config` learns on.

    Args:
        config: the training.
        copy: 0 for the images as they are, or the number of a changed copy.
    """
    changes = f"{config.augmentation.id} seed {config.seed} copy {copy}" if copy else "none"
    return Transform(
        weights=weights_sha256(config.backbone, config.weights),
        cut=get_backbone(config.backbone).cut,
        pooling="gap" if config.pooling == "gap" else "none",
        size=config.size,
        preprocessing=preprocessing_of(config).version,
        augmentation=changes,
    )


def transforms_of(config: TrainingConfig, copy: int = 0) -> tuple[Transform, ...]:
    """Return `transform_of`, and that of the activations which the unfrozen blocks read.

    There is no second one when nothing is unfrozen, or everything: then the pixels are read.
    """
    end = transform_of(config, copy)
    if not config.unfrozen or not config.cached:
        return (end,)
    return end, replace(end, cut=config.cut.layer, pooling="none")


def sides_of(dataset: Dataset, config: TrainingConfig) -> Split:
    """Return which image is used for what in a training."""
    sides = split(dataset, validation=config.validation, test=config.test, seed=config.seed)
    if "leak" in config.mistakes:
        return replace(sides, train=tuple(sorted(sides.train + sides.validation)))
    return sides


def feature_entries(
    dataset: Dataset, config: TrainingConfig, copy: int = 0
) -> tuple[FeatureEntry, ...]:
    """Return the places in the store of `transforms_of`; a changed copy has the training images alone."""
    rows: Sequence[LabeledImage] = dataset.images
    if copy:
        rows = [dataset.images[index] for index in sides_of(dataset, config).train]
    hashes = [image.sha256 for image in rows]
    return tuple(FeatureEntry(transform, hashes) for transform in transforms_of(config, copy))


def feature_entry(dataset: Dataset, config: TrainingConfig) -> FeatureEntry:
    """Return the place in the store of the features that the head learns on."""
    return feature_entries(dataset, config)[0]


def read_pixels(
    dataset: Dataset, image: LabeledImage, config: TrainingConfig, change: int = 0
) -> NDArray[np.uint8]:
    """Return one image as a training sees it: ``(size, size, 3) uint8``.

    Args:
        dataset: where it is from.
        image: which one.
        config: size, augmentation and seed.
        change: 0 for the image as it is; any other number draws its own changes.
    """
    pixels = images.model_input(dataset.read(image), image.shown, config.size)
    if not change:
        return pixels
    return augment(pixels, config.augmentation, config.seed, change, int(image.sha256[:8], 16))


def extract_shard(config: dict[str, object], shard: int, copy: int = 0) -> None:
    """Compute and store one shard of the features that a training needs; runs in any worker.

    Args:
        config: a `TrainingConfig` as JSON.
        shard: its number in the entries.
        copy: see `feature_entries`.
    """
    settled = TrainingConfig.from_json(config)
    dataset = get_dataset(settled.dataset)
    entries = feature_entries(dataset, settled, copy)
    known = [entry.lent(shard) for entry in entries]
    wanted = entries[0].shard_images(shard)
    unknown = [image for image in wanted if any(image not in rows for rows in known)]
    for rows, computed in zip(known, _computed(settled, dataset, unknown, copy), strict=True):
        rows.update(zip(unknown, computed, strict=True))
    for entry, rows in zip(entries, known, strict=True):
        entry.write_shard(shard, np.stack([rows[image] for image in wanted]))


def _computed(
    config: TrainingConfig, dataset: Dataset, hashes: Sequence[str], copy: int
) -> list[NDArray[np.float32]]:
    def pixels(sha256: str) -> NDArray[np.uint8]:
        return read_pixels(dataset, dataset.by_sha256[sha256], config, copy)

    with ThreadPoolExecutor(settings.current().threads) as pool:
        batch = np.stack(list(pool.map(pixels, hashes)))
    network = frozen_network(config.backbone, config.weights, config.size)
    outputs = tuple((one.cut, one.pooling == "gap") for one in transforms_of(config, copy))
    return network.features(batch, outputs, preprocessing_of(config))
