"""Puzzles about kernels: the same number gives the same puzzle everywhere."""

from dataclasses import dataclass

import numpy as np

from tl_core.convolution.arrays import Array
from tl_core.convolution.geometry import Geometry, Pair
from tl_core.convolution.kernels import Kernel, get_kernel, list_kernels
from tl_core.convolution.pooling import length

CHOICES = 4
TOO_EASY = ("identity",)
SIZES = (5, 64)
"""Pixels a side of the images whose results are guessed: small enough for mental arithmetic."""


@dataclass(frozen=True, kw_only=True)
class SizeQuestion:
    """How large is the result?"""

    image: Pair
    geometry: Geometry

    @property
    def answer(self) -> Pair:
        """Rows and columns of the result."""
        return self.geometry.output_size(self.image)


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

    100 (1 - |a result - wanted| / |wanted|) with the positive factor a that fits best: the pictures by
    which a person compares are stretched each on its own, so a factor cannot be seen in them.
    """
    size = length(wanted)
    if wanted.shape != result.shape or not size:
        return 0
    overlap = float(np.multiply(wanted, result, dtype=np.float64).sum())
    if overlap <= 0:
        return 0
    factor = overlap / length(result) ** 2
    rest = length(np.multiply(factor, result, dtype=np.float64) - wanted)
    # Rounded down: 100 is for results that are equal up to rounding.
    return int(100 * max(0.0, 1 - rest / size) + 1e-3)


def size_question(seed: int) -> SizeQuestion:
    """Return question `seed` about the size of a result.

    Example:
        >>> size_question(3) == size_question(3)
        True
    """
    random = np.random.default_rng([seed, *SIZES])
    height, width = (int(side) for side in random.integers(*SIZES, 2, endpoint=True))
    stride = int(random.integers(1, 4))
    # Keras has no layer with a stride and gaps at once.
    dilation = int(random.integers(1, 3)) if stride == 1 else 1
    most = (min(height, width) - 1) // dilation + 1
    side = int(random.choice([one for one in (2, 3, 4, 5, 7) if one <= most]))
    paddings: tuple[str | int, ...] = ("valid", "same", "full", 1, 2)
    geometry = Geometry(
        kernel=(side, side),
        stride=(stride, stride),
        dilation=(dilation, dilation),
        padding=paddings[int(random.integers(len(paddings)))],
    )
    return SizeQuestion(image=(height, width), geometry=geometry)


def _names() -> list[str]:
    return [
        preset.name
        for preset in list_kernels()
        if not preset.parameters
        and preset.name not in TOO_EASY
        and get_kernel(preset.name).second is None
    ]
