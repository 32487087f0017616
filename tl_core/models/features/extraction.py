"""From image files to rows of features, through the frozen part of a backbone.

A network may be cut at the end of any block. Whatever lies before a training's cut is frozen and computed
once; one pass over an image gives the features at the end, which the head learns on, and those at the cut,
which the unfrozen blocks read.
"""

import gc
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tl_core import images, settings
from tl_core.backbones import Preprocessing, get_backbone, weights_sha256
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.dataset import Dataset, LabeledImage
from tl_core.datasets.splits import Split, split
from tl_core.features.store import FeatureEntry, Transform
from tl_core.models.networks.backbones import build_backbone, fold_batch_norm
from tl_core.models.passes import images_at_once
from tl_core.training import TrainingConfig
from tl_core.training.augmentation import augment

Extractor = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""``(n, size, size, 3) uint8 0..255`` -> ``(n, channels)`` or ``(n, h, w, channels)`` float32."""

DIVIDED_BY_255 = Preprocessing(scale=(255.0, 255.0, 255.0))
"""The classic mistake: right for none of the backbones."""

MODELS_KEPT = {"classroom": 3, "cloud": 1}
"""Backbones that stay in a worker's memory; the least recently used one leaves first."""


@dataclass
class _Slot:
    building: threading.Lock = field(default_factory=threading.Lock)
    network: "FrozenNetwork | None" = None


_looking = threading.Lock()
_kept: dict[tuple[str, str, int], _Slot] = {}
"""Least recently used first."""


def preprocessing_of(config: TrainingConfig) -> Preprocessing:
    """Return how the pixels of a training are scaled: as the backbone wants, but for one mistake."""
    if "preprocessing" in config.mistakes:
        return DIVIDED_BY_255
    return get_backbone(config.backbone).preprocessing


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
    pixels = images.model_input(dataset.read(image), image.path, config.size)
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


def extractor(backbone: str, weights: str, size: int, pooling: str) -> Extractor:
    """Return the cached network from pixels to the features at its end.

    Args:
        backbone: name in the registry.
        weights: ``imagenet`` or ``random``.
        size: input height and width in pixels.
        pooling: ``gap``, or anything else for the whole feature map.

    Raises:
        WeightsMissing: the weights are not on this machine.
    """
    spec = get_backbone(backbone)
    network = frozen_network(backbone, weights, size)
    outputs = ((spec.cut, pooling == "gap"),)
    return lambda pixels: network.features(pixels, outputs, spec.preprocessing)[0]


def frozen_network(backbone: str, weights: str, size: int) -> "FrozenNetwork":
    """Return the cached network of a backbone; arguments and errors as for `extractor`."""
    key = (backbone, weights, size)
    with _looking:
        slot = _kept.pop(key, None) or _Slot()
        _kept[key] = slot
        surplus = len(_kept) - MODELS_KEPT[settings.current().profile]
        for left in list(_kept)[: max(surplus, 0)]:
            del _kept[left]
    with slot.building:  # two threads that need the same network build it once; others do not wait
        if slot.network is None:
            if surplus > 0:
                gc.collect()  # a network refers to itself: it would stay beside the new one
            slot.network = FrozenNetwork(*key)
        return slot.network


Outputs = tuple[tuple[str, bool], ...]
"""Layer whose output is wanted (``""`` for the preprocessed image), and whether its mean over positions."""


class FrozenNetwork:
    """A backbone for inference: shared by everything in this process, and never trained.

    Args:
        backbone: name in the registry.
        weights: ``imagenet`` or ``random``.
        size: input height and width in pixels.
    """

    def __init__(self, backbone: str, weights: str, size: int) -> None:
        self._size = size
        # Folding the normalisation into the convolutions changes only the last digits, and saves a third
        # of the time.
        self._network = fold_batch_norm(build_backbone(backbone, size, weights))
        self._at_once = images_at_once(self._network)
        self._traced: dict[tuple[Outputs, Preprocessing], Any] = {}
        self._tracing = threading.Lock()

    def features(
        self, pixels: NDArray[np.uint8], outputs: Outputs, preprocessing: Preprocessing
    ) -> list[NDArray[np.float32]]:
        """Return the features of `pixels` at each of `outputs`; as many at once as memory allows.

        Args:
            pixels: ``(n, size, size, 3) uint8 0..255``.
            outputs: where they are read.
            preprocessing: how pixels are scaled.
        """
        graph = self.graph(outputs, preprocessing)
        starts = range(0, len(pixels), self._at_once)
        passes = [graph(tf.constant(pixels[start : start + self._at_once])) for start in starts]
        return [np.concatenate(found) for found in zip(*passes, strict=True)]

    def graph(self, outputs: Outputs, preprocessing: Preprocessing) -> Any:
        """Return the same as a graph function of a tensor, for a pipeline."""
        with self._tracing:
            key = (outputs, preprocessing)
            if key not in self._traced:
                self._traced[key] = self._trace(outputs, preprocessing)
            return self._traced[key]

    def _trace(self, outputs: Outputs, preprocessing: Preprocessing) -> Any:
        image = self._network.input
        layers = [self._network.get_layer(cut).output if cut else image for cut, _ in outputs]
        network = keras.Model(image, layers)

        # Any number of images, one trace: a fixed batch would compute the last shard's padding too.
        @tf.function(
            input_signature=[tf.TensorSpec((None, self._size, self._size, 3), tf.uint8)],
            jit_compile=False,
            autograph=False,
        )
        def features(pixels: tf.Tensor) -> list[tf.Tensor]:
            batch = preprocessing.apply(tf.cast(pixels, tf.float32))
            found = keras.tree.flatten(network(batch, training=False))
            return [
                tf.reduce_mean(maps, axis=(1, 2)) if pooled else maps
                for maps, (_, pooled) in zip(found, outputs, strict=True)
            ]

        return features
