"""Times training steps of unfrozen blocks on this machine, for `tl_core.training.forecast`."""

import math
import time

import keras
import tensorflow as tf

from tl_core.answers import forecast
from tl_core.answers.forecast import FEW, OTHERS
from tl_core.backbones import get_backbone
from tl_core.head_math.costs import FLOAT32
from tl_core.machine.memory import lets_go
from tl_core.models.networks.heads import build_head, compile_head
from tl_core.models.networks.learner import build_learner, build_tail
from tl_core.training import TrainingConfig
from tl_core.training.forecast import Rates

MOST_BYTES = 600_000_000
"""What a timed step may take; a step of more images is no quicker an image."""


@lets_go
def measure_tuning(config: TrainingConfig) -> Rates:
    """Time training steps of what is unfrozen, and batches through the frozen backbone.

    Args:
        config: dataset, head and epochs do not matter.

    Returns:
        The fastest of all measurements of this process, and whether this one was disturbed.
    """
    network = forecast.network_of(config)
    with forecast.watched() as others:
        fine, start = _training_rate(*network, config.unfrozen, config.batch)
        frozen = forecast.frozen_rate(config)
    found = Rates(
        images_per_second=frozen,
        fine_images_per_second=fine,
        start_seconds=start,
        disturbed=others() > OTHERS,
    )
    return forecast.fastest((*network, config.unfrozen, config.batch), found)


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
    return forecast.rate(step, at_once(tail, batch)), start


def at_once(tail: keras.Model, batch: int) -> int:
    """Return how many images a timed step takes: a batch, or fewer where that would take too much memory.

    A measurement is no training: whoever moves the slider of a large image must not make the worker grow by
    gigabytes.

    Args:
        tail: what learns; a step keeps what each of its layers makes.
        batch: images of a training's batch.
    """
    numbers = sum(math.prod(layer.output.shape[1:]) for layer in tail.layers)
    return max(FEW, min(batch, MOST_BYTES // (FLOAT32 * numbers)))
