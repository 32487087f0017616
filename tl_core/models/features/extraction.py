"""From image files to rows of features, through the frozen part of a backbone.

A network may be cut at the end of any block. Whatever lies before a training's cut is frozen and computed
once; one pass over an image gives the features at the end, which the head learns on, and those at the cut,
which the unfrozen blocks read.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from tl_core import images, settings
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.dataset import Dataset, LabeledImage
from tl_core.models.networks.frozen import frozen_network
from tl_core.training import TrainingConfig
from tl_core.training.augmentation import augment
from tl_core.training.kept_features import feature_entries, transforms_of
from tl_core.training.preprocessing import preprocessing_of


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
