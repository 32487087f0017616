"""The blocks of a run that learned, as a Keras model."""

from collections.abc import Sequence

import keras
import numpy as np
from numpy.typing import NDArray
from safetensors import numpy as safetensors

from tl_core import runs
from tl_core.models.networks.learner import build_tail, inside_tail, load_tail_arrays
from tl_core.models.passes import images_at_once
from tl_core.training import Training, TrainingConfig


class KerasTail:
    """See `tl_core.models.answers.learned.Tail`."""

    def __init__(self, run: Training, config: TrainingConfig) -> None:
        self._tail = build_tail(config)
        load_tail_arrays(self._tail, safetensors.load_file(run.folder / runs.TAIL_ARRAYS))
        self._at_once = images_at_once(self._tail)

    def maps(
        self, activations: NDArray[np.float32], layers: Sequence[str]
    ) -> list[NDArray[np.float32]]:
        """Return the outputs of some layers, as many photos at once as memory allows."""
        inside = inside_tail(self._tail, layers)
        starts = range(0, len(activations), self._at_once)
        passes = [
            keras.tree.flatten(inside(activations[start : start + self._at_once], training=False))
            for start in starts
        ]
        return [
            np.concatenate([np.asarray(one) for one in found])
            for found in zip(*passes, strict=True)
        ]
