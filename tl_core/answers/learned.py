"""What a run has learned, for whoever answers questions about it: every number of it without Keras."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from tl_core import runs
from tl_core.answers.networks import FrozenNetwork, frozen_network, own_network
from tl_core.backbones import BackboneSpec, get_backbone
from tl_core.errors import RunNotFound
from tl_core.prediction.head import TrainedHead
from tl_core.results.metrics import read_model
from tl_core.training import Training, TrainingConfig
from tl_core.training.preprocessing import preprocessing_of

NETWORKS_KEPT = 8

Pixels = NDArray[np.uint8]
"""``(n, size, size, 3)``, 0..255."""
Maps = NDArray[np.float32]
"""``(n, h, w, channels)``, or features as a head reads them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Learned:
    """A trained network: what lies below the head, which most runs share, and the head.

    It answers in float32, as its exports and a browser do, also where its head has learned on features in
    bfloat16.

    Args:
        run: the training.
        config: its settings, without blocks that were to learn and never did.
        head: what ends in logits.
    """

    run: Training
    config: TrainingConfig
    head: TrainedHead

    @property
    def backbone(self) -> BackboneSpec:
        """What it is built on."""
        return get_backbone(self.config.backbone)

    def logits(self, pixels: Pixels) -> Maps:
        """Return what the network says of photos: ``(n, classes)``, or ``(n, 1)``."""
        return self.head.logits(self.features(pixels))

    def features(self, pixels: Pixels) -> Maps:
        """Return what the head reads of photos."""
        return self._outputs(pixels, [(self.backbone.cut, self.config.pooling == "gap")])[0]

    def pooled(self, maps: Maps) -> Maps:
        """Return what the head reads of maps at the end of the backbone."""
        return maps.mean(axis=(1, 2)) if self.config.pooling == "gap" else maps

    def maps(self, pixels: Pixels, blocks: Sequence[int]) -> list[Maps]:
        """Return what photos are after some blocks, given by their numbers."""
        layers = [self.backbone.blocks[number].last_layer for number in blocks]
        return self._outputs(pixels, [(layer, False) for layer in layers])

    def _outputs(self, pixels: Pixels, outputs: Sequence[tuple[str, bool]]) -> list[Maps]:
        # Looked up each time: kept here, a run that nobody asks for would hold its network.
        return self._network().features(pixels, tuple(outputs), preprocessing_of(self.config))

    def _network(self) -> FrozenNetwork:
        if self.config.unfrozen:
            return own_network(self.run)
        config = self.config
        return frozen_network(config.backbone, config.weights, config.size)


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
        if model.unfrozen:  # read by whoever exports it; what is damaged is said here
            with safe_open(run.folder / runs.TAIL_ARRAYS, "np"):
                pass
    except (OSError, ValueError, LookupError, TypeError, SafetensorError) as error:
        raise RunNotFound(
            "Run {id} has no trained network that can be read. Train it again.", id=run.id
        ) from error
    return Learned(run=run, config=config, head=head)
