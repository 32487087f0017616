"""From image files to rows of features, through the frozen part of a backbone.

A network may be cut at the end of any block. Whatever lies before a training's cut is frozen and computed
once; one pass over an image gives the features at the end, which the head learns on, and those at the cut,
which the unfrozen blocks read.
"""

import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from tl_core import images, settings
from tl_core.answers.networks import FrozenNetwork, frozen_network
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.dataset import Dataset, LabeledImage
from tl_core.errors import EngineUnavailable
from tl_core.training import TrainingConfig
from tl_core.training.augmentation import augment
from tl_core.training.kept_features import feature_entries
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


def extract_shard(
    config: dict[str, object], shard: int, copy: int = 0, precision: str = "", beside: int = 1
) -> None:
    """Compute and store one shard of the features that a training needs; runs in any worker.

    Args:
        config: a `TrainingConfig` as JSON.
        shard: its number in the entries.
        copy: see `feature_entries`.
        precision: see `feature_entries`; the same for all machines that compute for a training.
        beside: how many shards a worker computes at the same time, each with its share of the threads.

    Raises:
        EngineUnavailable: this machine does not compute so.
    """
    settled = TrainingConfig.from_json(config)
    dataset = get_dataset(settled.dataset)
    entries = feature_entries(dataset, settled, copy, precision)
    known = [entry.lent(shard) for entry in entries]
    wanted = entries[0].shard_images(shard)
    unknown = [image for image in wanted if any(image not in rows for rows in known)]
    if unknown:  # another training may have finished them meanwhile
        outputs = tuple((e.transform.cut, e.transform.pooling == "gap") for e in entries)
        network = _network(settled, entries[0].transform.precision)
        threads = -(-settings.current().threads // beside)
        batch = _pixels(settled, dataset, unknown, copy, threads)
        scaling = preprocessing_of(settled)
        found = network.features(batch, outputs, scaling, callers=beside)
        for rows, computed in zip(known, found, strict=True):
            rows.update(zip(unknown, computed, strict=True))
    for entry, rows in zip(entries, known, strict=True):
        entry.write_shard(shard, np.stack([rows[image] for image in wanted]))


def _network(config: TrainingConfig, precision: str) -> FrozenNetwork:
    network = frozen_network(config.backbone, config.weights, config.size, precision)
    if network.precision != precision:
        raise EngineUnavailable(
            "{host} cannot compute features in {precision}, as the machine that began this does: its "
            "processor or its packages are others. Set TL_PRECISION to float32 on all machines and start "
            "the lab again.",
            host=socket.gethostname(),
            precision=precision,
        )
    return network


def _pixels(
    config: TrainingConfig, dataset: Dataset, hashes: Sequence[str], copy: int, threads: int
) -> NDArray[np.uint8]:
    def pixels(sha256: str) -> NDArray[np.uint8]:
        return read_pixels(dataset, dataset.by_sha256[sha256], config, copy)

    with ThreadPoolExecutor(threads) as pool:
        return np.stack(list(pool.map(pixels, hashes)))
