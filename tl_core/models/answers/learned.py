"""What a run has learned, for whoever answers questions about it: every number of it without Keras."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError

from tl_core import runs
from tl_core.backbones import BackboneSpec, get_backbone
from tl_core.errors import RunNotFound
from tl_core.models.networks.frozen import frozen_network
from tl_core.prediction.head import TrainedHead
from tl_core.results.metrics import read_model
from tl_core.training import Training, TrainingConfig
from tl_core.training.preprocessing import preprocessing_of

NETWORKS_KEPT = 8

Pixels = NDArray[np.uint8]
"""``(n, size, size, 3)``, 0..255."""
Maps = NDArray[np.float32]
"""``(n, h, w, channels)``, or features as a head reads them."""


class Tail(Protocol):
    """The blocks of a backbone that learned."""

    def maps(self, activations: Maps, layers: Sequence[str]) -> list[Maps]:
        """Return the outputs of some of its layers, of activations at the cut."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Learned:
    """A trained network: the frozen part that all share, and what a run has learned behind it.

    Args:
        config: the run's settings, without blocks that were to learn and never did.
        head: what ends in logits.
        tail: the blocks below it that learned; None where the head learned alone.
    """

    config: TrainingConfig
    head: TrainedHead
    tail: Tail | None

    @property
    def backbone(self) -> BackboneSpec:
        """What it is built on."""
        return get_backbone(self.config.backbone)

    def logits(self, pixels: Pixels) -> Maps:
        """Return what the network says of photos: ``(n, classes)``, or ``(n, 1)``."""
        return self.head.logits(self.features(pixels))

    def features(self, pixels: Pixels) -> Maps:
        """Return what the head reads of photos."""
        if self.tail:
            return self.pooled(self.maps(pixels, [len(self.backbone.blocks) - 1])[0])
        return self._frozen(pixels, [self.config.cut])[0]

    def pooled(self, maps: Maps) -> Maps:
        """Return what the head reads of maps at the end of the backbone."""
        return maps.mean(axis=(1, 2)) if self.config.pooling == "gap" else maps

    def maps(self, pixels: Pixels, blocks: Sequence[int]) -> list[Maps]:
        """Return what photos are after some blocks, given by their numbers in the network's order."""
        spec = self.backbone
        split = len(spec.blocks) - self.config.unfrozen
        layers = [spec.blocks[number].last_layer for number in blocks if number < split]
        later = [spec.blocks[number].last_layer for number in blocks if number >= split]
        outputs = [(layer, False) for layer in layers]
        if not self.tail or not later:
            return self._frozen(pixels, outputs)
        *found, cut = self._frozen(pixels, [*outputs, self.config.cut])
        return [*found, *self.tail.maps(cut, later)]

    def _frozen(self, pixels: Pixels, outputs: Sequence[tuple[str, bool]]) -> list[Maps]:
        # Looked up each time: kept here, a run that nobody asks for would hold its backbone.
        network = frozen_network(self.config.backbone, self.config.weights, self.config.size)
        return network.features(pixels, tuple(outputs), preprocessing_of(self.config))


def learned_by(run: Training) -> Learned:
    """Return what a run has learned, from memory if it was asked for before.

    Raises:
        RunNotFound: the run is not trained, or its files are damaged.
        WeightsMissing: its backbone's weights are not on this machine.
    """
    return _learned(run, _version(run))


def _version(run: Training) -> int:
    """Return what changes when a stopped run has gone on and is trained further."""
    try:
        return (run.folder / runs.METRICS).stat().st_mtime_ns
    except OSError:
        return 0


@functools.lru_cache(NETWORKS_KEPT)
def _learned(run: Training, version: int) -> Learned:
    try:
        settings, model = run.settings, read_model(run)
        config = replace(settings, unfrozen=model.unfrozen)
        head = TrainedHead.of(run)
        tail = _tail(run, config) if model.unfrozen else None
    except (OSError, ValueError, LookupError, TypeError, SafetensorError) as error:
        raise unreadable(run) from error
    return Learned(config=config, head=head, tail=tail)


def unreadable(run: Training) -> RunNotFound:
    """Return the error of a run whose files cannot be read."""
    return RunNotFound(
        "Run {id} has no trained network that can be read. Train it again.", id=run.id
    )


def _tail(run: Training, config: TrainingConfig) -> Tail:
    from tl_core.models.networks.tails import KerasTail  # heavy

    return KerasTail(run, config)
