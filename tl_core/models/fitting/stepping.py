"""Several steps of a training at once, where Keras would do more around each than the step itself takes."""

from collections.abc import Callable
from itertools import cycle
from typing import Any

import keras
import tensorflow as tf

from tl_core.models.features.rows import Part, Rows

QUICK_STEPS, LOOKS = 32, 16
"""Steps that a head takes at most on stored features before anybody looks, and how often somebody does in an
epoch that has as many: a step takes a millisecond or less, and what Keras does around it longer than that."""


def steps_at_once(train: Rows, steps: int, *, unfrozen: int) -> int:
    """Return how many steps are taken before the next look for a Stop, which waits for them.

    Args:
        train: what is learned from.
        steps: of an epoch.
        unfrozen: blocks of the backbone that learn.
    """
    if unfrozen or not isinstance(train, Part):
        return 1
    return min(QUICK_STEPS, max(steps // LOOKS, 1))


def steps_of(model: keras.Model, steps: int, at_once: int) -> Callable[[Any], Any]:
    """Return what takes the next steps of an epoch of so many, `at_once` of them or what is left.

    In the place of Keras' own `train_function`. Its ``steps_per_execution`` would run on into the next epoch
    where that does not divide the number of steps.
    """

    @tf.function(jit_compile=False)
    def several(batches: Any, count: Any) -> Any:
        for _ in tf.range(count):
            model.train_step(next(batches))
        return model.get_metrics_result()

    lengths = cycle([min(at_once, steps - done) for done in range(0, steps, at_once)])
    return lambda batches: several(batches, tf.constant(next(lengths)))
