"""Backbones for inference, from pixels to features at any of their layers: built once and kept in memory."""

import gc
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tl_core import settings
from tl_core.backbones import Preprocessing, get_backbone
from tl_core.inference import Outputs
from tl_core.inference.exported import FrozenName
from tl_core.models.networks.engines import open_engine, settled
from tl_core.models.networks.traced import TracedNetwork

Extractor = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""``(n, size, size, 3) uint8 0..255`` -> ``(n, channels)`` or ``(n, h, w, channels)`` float32."""
MODELS_KEPT = {"classroom": 3, "cloud": 1}
"""Backbones that stay in a worker's memory; the least recently used one leaves first."""


@dataclass
class _Slot:
    building: threading.Lock = field(default_factory=threading.Lock)
    network: "FrozenNetwork | None" = None


_looking = threading.Lock()
_kept: dict[tuple[str, str, int, str], _Slot] = {}
"""Least recently used first."""


def extractor(backbone: str, weights: str, size: int, pooling: str) -> Extractor:
    """Return the cached network from pixels to the features at its end, in float32.

    Args:
        backbone: name in the registry.
        weights: ``imagenet`` or ``random``.
        size: input height and width in pixels.
        pooling: ``gap``, or anything else for the whole feature map.

    Raises:
        WeightsMissing: the weights are not on this machine.
    """
    spec = get_backbone(backbone)
    network = frozen_network(backbone, weights, size, "float32")
    outputs = ((spec.cut, pooling == "gap"),)
    return lambda pixels: network.features(pixels, outputs, spec.preprocessing)[0]


def frozen_network(backbone: str, weights: str, size: int, precision: str = "") -> "FrozenNetwork":
    """Return the cached network of a backbone.

    Args:
        backbone: name in the registry.
        weights: ``imagenet`` or ``random``.
        size: input height and width in pixels.
        precision: ``float32`` or ``bfloat16`` where this machine has it; empty for what was chosen for it.

    Raises:
        WeightsMissing: the weights are not on this machine.
    """
    name = FrozenName(backbone=backbone, weights=weights, size=size)
    key = (backbone, weights, size, precision or settled(name).precision)
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
        precision: ``float32`` or ``bfloat16`` where this machine has it; empty for what was chosen for it.
    """

    def __init__(self, backbone: str, weights: str, size: int, precision: str = "") -> None:
        name = FrozenName(backbone=backbone, weights=weights, size=size)
        self._engine, self.precision = open_engine(name, precision)
        self._spec, self._size = get_backbone(backbone), size

    def features(
        self, pixels: NDArray[np.uint8], outputs: Outputs, preprocessing: Preprocessing
    ) -> list[NDArray[np.float32]]:
        """Return the features of `pixels` at each of `outputs`; as many at once as memory allows.

        Args:
            pixels: ``(n, size, size, 3) uint8 0..255``.
            outputs: where they are read.
            preprocessing: how pixels are scaled.
        """
        return self._engine.features(pixels, outputs, preprocessing)

    def graph(self, outputs: Outputs, preprocessing: Preprocessing) -> Any:
        """Return the same as a graph function of a tensor, for a pipeline."""
        engine = self._engine
        if isinstance(engine, TracedNetwork):
            return engine.graph(outputs, preprocessing)
        shapes = {"": (self._size, self._size, 3), **engine.shapes}

        def features(pixels: tf.Tensor) -> list[tf.Tensor]:
            found = tf.numpy_function(
                lambda batch: engine.features(batch, outputs, preprocessing),
                [pixels],
                [tf.float32] * len(outputs),
            )
            return [
                tf.ensure_shape(rows, (None, *(shapes[cut][-1:] if pooled else shapes[cut])))
                for rows, (cut, pooled) in zip(found, outputs, strict=True)
            ]

        return features
