"""Networks for inference, from pixels to features at any of their layers: built once and kept in memory.

Nothing here needs Keras where a network was exported before: a process that only answers stays small. What is
missing is exported by whoever has Keras anyway, and otherwise by a process that ends with it.
"""

import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tl_core import settings
from tl_core.backbones import Preprocessing, get_backbone
from tl_core.exports import trained_mark
from tl_core.inference import Outputs
from tl_core.inference.choice import kept_choice
from tl_core.inference.exported import FrozenName
from tl_core.inference.ready import MAKER, choose_elsewhere, ready_network
from tl_core.machine import garbage
from tl_core.machine.loading import load
from tl_core.training import Training

Extractor = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""``(n, size, size, 3) uint8 0..255`` -> ``(n, channels)`` or ``(n, h, w, channels)`` float32."""
MODELS_KEPT = {"answers": 3, "trains": 1, "both": 2}
"""What a worker does -> networks that stay in its memory, up to 150 MB each; the least recently used one
leaves first, and is opened again in a few hundredths of a second."""


class Engine(Protocol):
    """What computes features."""

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Layer -> shape of its output without the batch."""

    def features(
        self,
        pixels: NDArray[np.uint8],
        outputs: Outputs,
        preprocessing: Preprocessing,
        *,
        callers: int = 1,
    ) -> list[NDArray[np.float32]]:
        """See `FrozenNetwork.features`."""


@dataclass
class _Slot:
    building: threading.Lock = field(default_factory=threading.Lock)
    network: "FrozenNetwork | None" = None


_looking = threading.Lock()
_kept: dict[tuple[FrozenName, str], _Slot] = {}
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
    network = frozen_network(backbone, weights, size)
    outputs = ((spec.cut, pooling == "gap"),)
    return lambda pixels: network.features(pixels, outputs, spec.preprocessing)[0]


def frozen_network(
    backbone: str, weights: str, size: int, precision: str = "float32"
) -> "FrozenNetwork":
    """Return the cached network of a backbone.

    Args:
        backbone: name in the registry.
        weights: ``imagenet`` or ``random``.
        size: input height and width in pixels.
        precision: ``float32``, as for every answer: it is that of the exported files and of browsers.
            Features may be in ``bfloat16`` where this machine has it; empty for what was chosen for them.

    Raises:
        WeightsMissing: the weights are not on this machine.
    """
    return _network(FrozenName(backbone=backbone, weights=weights, size=size), precision)


def own_network(run: Training) -> "FrozenNetwork":
    """Return the backbone of a run with the blocks that learned, in float32: they are not rounded.

    Raises:
        RunNotFound: its files are damaged.
        WeightsMissing: its backbone's weights are not on this machine.
    """
    return _network(own_name(run), "float32")


def own_name(run: Training) -> FrozenName:
    """Return what the backbone of a run with the blocks that learned is called, in its present state."""
    config = run.settings
    return FrozenName(
        backbone=config.backbone,
        weights=config.weights,
        size=config.size,
        run=run.id,
        trained=trained_mark(run),
    )


def _network(name: FrozenName, precision: str) -> "FrozenNetwork":
    key = (name, precision or _chosen_precision(name))
    with _looking:
        slot = _kept.pop(key, None) or _Slot()
        _kept[key] = slot
        surplus = len(_kept) - MODELS_KEPT[_work()]
        # One that is being built stays: it would be built twice.
        built = [other for other, one in _kept.items() if one.network and other != key]
        for left in built[: max(surplus, 0)]:
            del _kept[left]
    with slot.building:  # two threads that need the same network build it once; others do not wait
        if slot.network is None:
            if surplus > 0:
                garbage.collect_whole()  # it refers to itself: it would stay beside the new one
            slot.network = FrozenNetwork(*key)
        return slot.network


def _chosen_precision(name: FrozenName) -> str:
    if choice := kept_choice(name) or (alone() and choose_elsewhere(name)):
        return choice.precision
    precision: str = _keras_side("settled")(name).precision
    return precision


def _work() -> str:
    if settings.current().profile == "cloud":
        return "both"
    return "answers" if alone() else "trains"


def alone() -> bool:
    """Tell whether this process holds no Keras, and should not have to."""
    return "keras" not in sys.modules


class FrozenNetwork:
    """A network for inference: shared by everything in this process, and never trained.

    Args:
        name: which one.
        precision: ``float32``, or ``bfloat16`` where this machine has it.
    """

    def __init__(self, name: FrozenName, precision: str) -> None:
        self._engine, self.precision = _opened(name, precision)
        self._size = name.size

    def features(
        self,
        pixels: NDArray[np.uint8],
        outputs: Outputs,
        preprocessing: Preprocessing,
        *,
        callers: int = 1,
    ) -> list[NDArray[np.float32]]:
        """Return the features of `pixels` at each of `outputs`; as many at once as memory allows.

        Args:
            pixels: ``(n, size, size, 3) uint8 0..255``.
            outputs: where they are read.
            preprocessing: how pixels are scaled.
            callers: see `InferenceNetwork.features`.
        """
        return self._engine.features(pixels, outputs, preprocessing, callers=callers)

    def shape(self, output: tuple[str, bool]) -> tuple[int, ...]:
        """Return the shape of what one of `outputs` gives for an image."""
        layer, pooled = output
        shape = self._engine.shapes[layer] if layer else (self._size, self._size, 3)
        return shape[-1:] if pooled else shape


def _opened(name: FrozenName, precision: str) -> tuple[Engine, str]:
    if alone() and (ready := ready_network(name, precision)):
        return ready
    opened: tuple[Engine, str] = _keras_side("open_engine")(name, precision)
    return opened


def _keras_side(function: str) -> Any:
    """Return a function of what exports networks; loads Keras, 700 MB, where it is not."""
    return getattr(load(MAKER), function)
