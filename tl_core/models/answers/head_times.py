"""Times heads on one feature map: what an answer costs behind a backbone that is the same for all of them."""

import time
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from tl_core import settings
from tl_core.head_math import HeadConfig, Shape, describe_head, totals
from tl_core.head_math.heads import features_per_photo
from tl_core.head_math.times import MOST_TIMED, HeadTime, HeadTimes

RUNS = 31
WARM_UP = 5
"""Runs that are not counted: the first ones lay out the computation and fetch the weights."""
LONGEST = 3.0
"""Seconds for all heads; slow ones get fewer runs."""
LEAST_RUNS = 5
POOLED: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {
    "flatten": lambda maps: tf.reshape(maps, (1, -1)),
    "gap": lambda maps: tf.reduce_mean(maps, axis=(1, 2)),
    "gmp": lambda maps: tf.reduce_max(maps, axis=(1, 2)),
    "gap+gmp": lambda maps: tf.concat([POOLED["gap"](maps), POOLED["gmp"](maps)], axis=1),
}


def time_heads(feature_map: Shape, heads: Sequence[HeadConfig]) -> HeadTimes:
    """Time one answer of every head, in turn, so that what else the machine does slows all of them alike.

    Args:
        feature_map: `(h, w, channels)`.
        heads: of different poolings.

    Raises:
        SettingInvalid: `feature_map` is none.
    """
    small = [
        head for head in heads if totals(describe_head(feature_map, head)).parameters <= MOST_TIMED
    ]
    maps = tf.constant(np.random.default_rng(0).random((1, *feature_map), np.float32))
    networks = {head.pooling: _head(feature_map, head) for head in small}
    for _ in range(WARM_UP):
        for network in networks.values():
            network(maps).numpy()
    seconds: dict[str, list[float]] = {pooling: [] for pooling in networks}
    until = time.perf_counter() + LONGEST
    for run in range(RUNS):
        if run >= LEAST_RUNS and time.perf_counter() > until:
            break
        for pooling, network in networks.items():
            began = time.perf_counter()
            network(maps).numpy()
            seconds[pooling].append(time.perf_counter() - began)
    return HeadTimes(
        heads={pooling: _summary(found) for pooling, found in seconds.items()},
        threads=settings.current().threads,
    )


def _head(feature_map: Shape, config: HeadConfig) -> Callable[[tf.Tensor], tf.Tensor]:
    """Return a head with made-up weights: others are as fast, and dropout does nothing in an answer."""
    layers = [layer for _, layer in config.layers if layer.kind == "Dense"]
    widths = (features_per_photo(feature_map, config.pooling), *(each.units for each in layers))
    weights = [
        (
            tf.fill((before, layer.units), 0.01),
            tf.zeros(layer.units) if layer.use_bias else None,
        )
        for before, layer in zip(widths, layers, strict=False)
    ]

    @tf.function(
        input_signature=[tf.TensorSpec((1, *feature_map), tf.float32)],
        jit_compile=False,
        autograph=False,
    )
    def head(maps: tf.Tensor) -> tf.Tensor:
        values = POOLED[config.pooling](maps)
        for number, (kernel, bias) in enumerate(weights, start=1):
            values = tf.matmul(values, kernel)
            values = values if bias is None else tf.nn.bias_add(values, bias)
            values = tf.nn.relu(values) if number < len(weights) else values
        return getattr(tf.nn, config.activation)(values)

    return head


def _summary(seconds: Sequence[float]) -> HeadTime:
    low, middle, high = (float(value) * 1000 for value in np.percentile(seconds, (25, 50, 75)))
    return HeadTime(
        milliseconds=middle, fastest=min(seconds) * 1000, low=low, high=high, runs=len(seconds)
    )
