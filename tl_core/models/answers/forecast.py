"""Times one batch on this machine, for `tl_core.training.forecast`."""

import time
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import tensorflow as tf

from tl_core.backbones import get_backbone, weights_source
from tl_core.models.networks.frozen import frozen_network
from tl_core.models.networks.heads import build_head, compile_head
from tl_core.models.networks.learner import build_learner, build_tail
from tl_core.training import TrainingConfig
from tl_core.training.forecast import Rates

FEW, MANY = 4, 32
"""Images of the warm-up, and of the batch that is timed where the warm-up was quick."""
QUICK = 0.25
"""Seconds."""
KEPT = 128


def measure_rates(config: TrainingConfig) -> Rates:
    """Time a batch through the frozen backbone, and a training step of what is unfrozen; never twice.

    Args:
        config: dataset, head and epochs do not matter.
    """
    # Other weights are as fast: nothing is downloaded for a forecast.
    here = weights_source(config.backbone) != "missing"
    weights = config.weights if here else "random"
    network = (config.backbone, weights, config.size)
    fine, start = 0.0, 0.0
    if config.unfrozen:
        fine, start = _training_rate(*network, config.unfrozen, config.batch)
    return Rates(
        images_per_second=_frozen_rate(*network), fine_images_per_second=fine, start_seconds=start
    )


@lru_cache(KEPT)
def _frozen_rate(backbone: str, weights: str, size: int) -> float:
    spec = get_backbone(backbone)
    network = frozen_network(backbone, weights, size)

    def extract(count: int) -> None:
        pixels = np.zeros((count, size, size, 3), np.uint8)
        network.features(pixels, ((spec.cut, True),), spec.preprocessing)

    return _rate(extract, MANY)


@lru_cache(KEPT)
def _training_rate(
    backbone: str, weights: str, size: int, unfrozen: int, batch: int
) -> tuple[float, float]:
    """Return images a second of a training step, and the seconds until the first step is over."""
    began = time.perf_counter()
    config = TrainingConfig(
        dataset="", backbone=backbone, weights=weights, size=size, unfrozen=unfrozen
    )
    tail = build_tail(config)
    channels = get_backbone(backbone).channels
    learner = build_learner(tail, build_head(config, (channels,), 2), config)
    compile_head(learner, config, config.fine_rate)

    def step(count: int) -> None:
        shape = (count, *tail.input_shape[1:])
        rows = tf.data.Dataset.from_tensors((tf.zeros(shape), tf.zeros(count, tf.int64)))
        learner.fit(rows, shuffle=False, verbose=0)

    step(FEW)
    start = time.perf_counter() - began
    return _rate(step, batch), start


def _rate(work: Callable[[int], None], many: int) -> float:
    """Return how many images a second `work` does after a warm-up; slow work is timed with few."""
    work(FEW)
    seconds = _seconds(work, FEW)
    if seconds > QUICK:
        return FEW / seconds
    work(many)  # another size may be traced anew
    return many / _seconds(work, many)


def _seconds(work: Callable[[int], None], count: int) -> float:
    began = time.perf_counter()
    work(count)
    return time.perf_counter() - began
