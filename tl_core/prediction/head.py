"""The head of a trained run as arrays: its logits, and how they depend on what it reads."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from safetensors import numpy as safetensors

from tl_core import runs
from tl_core.results.metrics import read_model
from tl_core.training import CERTAIN, Training

Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainedHead:
    """A head: relu between its layers, logits at its end.

    Args:
        arrays: kernel ``(inputs, units)`` and bias ``(units,)`` of each layer in turn, float32.
        constant: the logit that it gives whatever the layers say, a mistake made on purpose; or None.
    """

    arrays: tuple[Floats, ...]
    constant: float | None = None

    @classmethod
    def of(cls, run: Training) -> Self:
        """Read the head of a run.

        Raises:
            OSError, LookupError, TypeError, ValueError, SafetensorError: there is none, or it is damaged.
        """
        config, model = run.settings, read_model(run)
        found = safetensors.load_file(run.folder / runs.HEAD_ARRAYS)
        units = 1 if config.one_unit else len(model.class_names)
        widths = (math.prod(model.features), *config.dense, units)
        arrays = [
            _array(found[f"weight_{2 * number + part}"], shape)
            for number, (inputs, outputs) in enumerate(itertools.pairwise(widths))
            for part, shape in enumerate([(inputs, outputs), (outputs,)])
        ]
        constant = CERTAIN if "one-unit" in config.mistakes else None
        return cls(arrays=tuple(arrays), constant=constant)

    @property
    def last(self) -> tuple[Floats, Floats]:
        """Kernel and bias of the last layer."""
        return self.arrays[-2], self.arrays[-1]

    def logits(self, features: Floats) -> Floats:
        """Return ``(n, units) float32`` of ``(n, ...)`` features, a map's one after another."""
        if self.constant is not None:
            return np.full((len(features), self.last[1].size), self.constant, np.float32)
        kernel, bias = self.last
        return self.before_last(features) @ kernel + bias

    def before_last(self, features: Floats) -> Floats:
        """Return what the last layer reads: ``(n, inputs) float32``."""
        *_, values = self._values(features)
        return values

    def slopes(self, features: Floats, wanted: Floats) -> Floats:
        """Return how much a weighted sum of the logits rises with each of the features.

        Args:
            features: ``(n, ...) float32``.
            wanted: weight of each logit in the sum, ``(n, units)``.

        Returns:
            The same shape as `features`; zeros where the logits depend on nothing.
        """
        if self.constant is not None:
            return np.zeros_like(features)
        values = [*self._values(features)]
        slopes = wanted.astype(np.float32)
        for number in reversed(range(len(values))):
            slopes = slopes @ self.arrays[2 * number].T
            if number:
                slopes = slopes * (values[number] > 0)
        return slopes.reshape(features.shape)

    def _values(self, features: Floats) -> Iterator[Floats]:
        """Yield what each layer reads."""
        values = features.reshape(len(features), -1)
        yield values
        for kernel, bias in zip(self.arrays[:-2:2], self.arrays[1:-2:2], strict=True):
            values = np.maximum(values @ kernel + bias, 0)
            yield values


def _array(found: NDArray[Any], shape: tuple[int, ...]) -> Floats:
    if found.shape != shape:
        raise ValueError(f"an array of {found.shape} where {shape} is needed")
    return found.astype(np.float32, copy=False)
