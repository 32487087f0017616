"""Puzzles about kernels: the same number gives the same puzzle everywhere."""

import numpy as np

from tl_core.convolution.arrays import Array
from tl_core.convolution.kernels import Kernel, get_kernel, list_kernels
from tl_core.convolution.pooling import length

CHOICES = 4
TOO_EASY = ("identity",)


def mystery_kernel(seed: int) -> Kernel:
    """Return the kernel of puzzle `seed`: one with a single direction and nothing to set."""
    names = _names()
    return get_kernel(names[int(np.random.default_rng(seed).integers(len(names)))])


def guesses(seed: int) -> tuple[list[str], str]:
    """Return the names of four kernels, and which of them is meant."""
    random = np.random.default_rng([seed, CHOICES])
    names = [str(name) for name in random.choice(_names(), CHOICES, replace=False)]
    return names, names[int(random.integers(CHOICES))]


def score(wanted: Array, result: Array) -> int:
    """Return how far two results of one shape agree: 100 if they are equal, 0 if nothing is left.

    100 (1 - |result - wanted| / |wanted|), and not below 0.
    """
    size = length(wanted)
    if wanted.shape != result.shape or not size:
        return 0
    # Rounded down: 100 is for results that are equal up to rounding.
    return int(100 * max(0.0, 1 - length(result - wanted) / size) + 1e-3)


def _names() -> list[str]:
    return [
        preset.name
        for preset in list_kernels()
        if not preset.parameters
        and preset.name not in TOO_EASY
        and get_kernel(preset.name).second is None
    ]
