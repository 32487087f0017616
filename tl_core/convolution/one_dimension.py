"""Convolution in one dimension, where every product can be written down."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tl_core.convolution.arrays import Doubles, Integers
from tl_core.errors import SettingInvalid

MODES = ("full", "same", "valid")
LONGEST = 1000


@dataclass(frozen=True, kw_only=True, eq=False)
class SlidingProducts:
    """A 1-D convolution with everything that went into it.

    Attributes:
        output: (n,) the sums.
        products: (n, patch length), column j is the patch's j-th weight times the signal value that it
            meets; beyond the signal's ends 0.
        positions: (n, patch length), which signal value that is; below 0 or past the end there is none.
    """

    output: Doubles
    products: Doubles
    positions: Integers


def convolve_1d(signal: ArrayLike, patch: ArrayLike, mode: str = "full") -> SlidingProducts:
    """Slide the flipped `patch` along `signal`; the output is that of ``numpy.convolve``.

    Args:
        signal: 1 to 1000 finite numbers.
        patch: 1 to 1000 finite numbers.
        mode: ``full`` (every overlap), ``same`` (as long as the longer one) or ``valid`` (only where the
            shorter one lies fully inside the longer).

    Returns:
        The sums, the products and where each was taken.

    Raises:
        SettingInvalid: empty, too long, not finite, or an unknown mode.

    Example:
        >>> convolve_1d([0, 0, 26, 51, 58, 59, 53, 29, 0, 0, 0], [-1, 2, -1]).output.astype(int).tolist()
        [0, 0, -26, 1, 18, 6, 7, 18, 5, -29, 0, 0, 0]
    """
    if mode not in MODES:
        raise SettingInvalid(
            "{name} must be one of {valid}, received {value}.",
            name="mode",
            valid=", ".join(MODES),
            value=mode,
        )
    values, weights = _numbers(signal), _numbers(patch)
    shorter, longer = sorted((len(values), len(weights)))
    first, count = {
        "full": (0, shorter + longer - 1),
        "same": ((shorter - 1) // 2, longer),
        "valid": (shorter - 1, longer - shorter + 1),
    }[mode]
    positions = np.arange(first, first + count)[:, None] - np.arange(len(weights))
    met = (positions >= 0) & (positions < len(values))
    products = np.where(met, values[positions.clip(0, len(values) - 1)], 0.0) * weights
    return SlidingProducts(output=products.sum(axis=1), products=products, positions=positions)


def _numbers(values: Any) -> Doubles:
    try:
        numbers = np.asarray(values, np.float64)
    except (TypeError, ValueError, OverflowError):
        numbers = np.empty(0)
    if numbers.ndim != 1 or not 1 <= len(numbers) <= LONGEST or not np.isfinite(numbers).all():
        raise SettingInvalid(
            "A signal or a patch is a row of 1 to {most} numbers. Enter numbers, separated by commas.",
            most=LONGEST,
        )
    return numbers
