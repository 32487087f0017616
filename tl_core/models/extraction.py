"""From image files to rows of features, through the frozen part of a backbone."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tl_core import images, settings
from tl_core.backbones import BackboneSpec, get_backbone, weights_sha256
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.dataset import Dataset
from tl_core.features.store import FeatureEntry, Transform
from tl_core.models.backbones import build_backbone, fold_batch_norm
from tl_core.training import TrainingConfig

Extractor = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""``(n, size, size, 3) uint8 0..255`` -> ``(n, channels)`` or ``(n, h, w, channels)`` float32."""

MODELS_KEPT = {"classroom": 3, "cloud": 1}
"""Backbones that stay in a worker's memory; the least recently used one leaves first."""


@dataclass
class _Slot:
    building: threading.Lock = field(default_factory=threading.Lock)
    extractor: Extractor | None = None


_looking = threading.Lock()
_kept: dict[tuple[str, str, int, bool], _Slot] = {}
"""Least recently used first."""


def transform_of(config: TrainingConfig) -> Transform:
    """Return what names the features that `config` trains on."""
    spec = get_backbone(config.backbone)
    return Transform(
        weights=weights_sha256(config.backbone, config.weights),
        cut=spec.cut,
        pooling="gap" if config.pooling == "gap" else "none",
        size=config.size,
        preprocessing=spec.preprocessing.version,
    )


def feature_entry(dataset: Dataset, config: TrainingConfig) -> FeatureEntry:
    """Return the place of a dataset's features in the store."""
    return FeatureEntry(transform_of(config), (image.sha256 for image in dataset.images))


def extract_shard(config: dict[str, object], shard: int) -> None:
    """Compute and store one shard of the features that a training needs; runs in any worker.

    Args:
        config: a `TrainingConfig` as JSON.
        shard: its number in the entry.
    """
    settled = TrainingConfig.from_json(config)
    dataset = get_dataset(settled.dataset)
    entry = feature_entry(dataset, settled)
    files = {image.sha256: image for image in dataset.images}

    def pixels(sha256: str) -> NDArray[np.uint8]:
        image = files[sha256]
        return images.model_input(dataset.read(image), image.path, settled.size)

    with ThreadPoolExecutor(settings.current().threads) as pool:
        batch = np.stack(list(pool.map(pixels, entry.shard_images(shard))))
    features = extractor(settled.backbone, settled.weights, settled.size, settled.pooling)(batch)
    entry.write_shard(shard, features)


def extractor(backbone: str, weights: str, size: int, pooling: str) -> Extractor:
    """Return the cached network from pixels to features.

    Args:
        backbone: name in the registry.
        weights: ``imagenet`` or ``random``.
        size: input height and width in pixels.
        pooling: ``gap``, or anything else for the whole feature map.

    Raises:
        WeightsMissing: the weights are not on this machine.
    """
    key = (backbone, weights, size, pooling == "gap")
    with _looking:
        slot = _kept.pop(key, None) or _Slot()
        _kept[key] = slot
        while len(_kept) > MODELS_KEPT[settings.current().profile]:
            del _kept[next(iter(_kept))]
    with slot.building:  # two threads that need the same network build it once; others do not wait
        if slot.extractor is None:
            slot.extractor = _build_extractor(*key)
        return slot.extractor


def _build_extractor(backbone: str, weights: str, size: int, pooled: bool) -> Extractor:
    spec: BackboneSpec = get_backbone(backbone)
    # Folding the normalisation into the convolutions changes only the last digits, and saves a third of
    # the time.
    network = fold_batch_norm(build_backbone(backbone, size, weights))

    # Any number of images, one trace: a fixed batch would compute the last shard's padding too.
    @tf.function(
        input_signature=[tf.TensorSpec((None, size, size, 3), tf.uint8)],
        jit_compile=False,
        autograph=False,
    )
    def features(pixels: tf.Tensor) -> tf.Tensor:
        batch = spec.preprocessing.apply(tf.cast(pixels, tf.float32))
        maps = network(batch, training=False)
        return tf.reduce_mean(maps, axis=(1, 2)) if pooled else maps

    return lambda pixels: np.asarray(features(tf.constant(pixels)))
