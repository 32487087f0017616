"""Backbones for inference, from pixels to features at any of their layers: built once and kept in memory."""

import gc
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tl_core import settings
from tl_core.backbones import Preprocessing, get_backbone
from tl_core.models.networks.backbones import build_backbone, fold_batch_norm
from tl_core.models.passes import images_at_once

Extractor = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""``(n, size, size, 3) uint8 0..255`` -> ``(n, channels)`` or ``(n, h, w, channels)`` float32."""
Outputs = tuple[tuple[str, bool], ...]
"""Layer whose output is wanted (``""`` for the preprocessed image), and whether its mean over positions."""
MODELS_KEPT = {"classroom": 3, "cloud": 1}
"""Backbones that stay in a worker's memory; the least recently used one leaves first."""


@dataclass
class _Slot:
    building: threading.Lock = field(default_factory=threading.Lock)
    network: "FrozenNetwork | None" = None


_looking = threading.Lock()
_kept: dict[tuple[str, str, int], _Slot] = {}
"""Least recently used first."""


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
