"""What the weights of a network look like in numbers, and how far a training moved them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class WeightArray:
    """Statistics and histogram of one array of weights.

    Args:
        shape: of the array.
        mean: of its numbers, as `std`, `min` and `max` are.
        std: standard deviation.
        min: the smallest.
        max: the largest.
        edges: of the histogram's steps, ``(steps + 1,) float32``.
        counts: how many numbers are in each step, ``(steps,)``.
        before: the counts of the first weights on the same edges; None where nothing was trained.
    """

    shape: tuple[int, ...]
    mean: float
    std: float
    min: float
    max: float
    edges: NDArray[np.float32]
    counts: NDArray[np.int64]
    before: NDArray[np.int64] | None = None


LayerArrays = Mapping[str, Mapping[str, WeightArray]]
"""Layer -> variable -> what it looks like."""


@dataclass(frozen=True, kw_only=True, eq=False)
class NetworkWeights:
    """The weights of a network, or what a training made of them.

    Args:
        layers: of a backbone, every layer; of a training, the head and every layer that was unfrozen.
        moved: block -> how far it is from where it began, ``||w - w0|| / ||w0||`` (Euclidean) over all of its
            weights but the moving averages, for the unfrozen blocks from the photo inwards.
    """

    layers: LayerArrays = field(default_factory=dict)
    moved: Mapping[str, float] = field(default_factory=dict)
