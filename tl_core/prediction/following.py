"""How a photo becomes a score: what the engine answers, and the sum at the end written out."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tl_core.convolution.answers import Depth

MOST_TERMS = 6
"""Products of the sum that are written out; the others are one number."""
MOST_DRAWN = 2048
"""Numbers of a vector that are sent: a strip on a page has no more pixels."""


@dataclass(frozen=True, kw_only=True)
class Term:
    """One product of the sum.

    Args:
        index: which number of the vector, from 0.
        value: that number.
        weight: what the head multiplies it by.
    """

    index: int
    value: float
    weight: float

    @property
    def product(self) -> float:
        """What it adds to the sum."""
        return self.value * self.weight


@dataclass(frozen=True, kw_only=True)
class HeadSum:
    """The sum of one unit of a head's last layer.

    Args:
        terms: the products that weigh most, up or down; the largest first.
        rest: sum of the products that are not among them.
        rest_count: how many those are.
        bias: what is added at the end.
    """

    terms: tuple[Term, ...]
    rest: float
    rest_count: int
    bias: float

    @property
    def total(self) -> float:
        """What the unit says; not a number where a training has run away."""
        return sum((term.product for term in self.terms), self.rest) + self.bias

    @property
    def finite(self) -> bool:
        """Whether all of it are numbers."""
        return math.isfinite(self.total)


@dataclass(frozen=True, kw_only=True, eq=False)
class Followed:
    """A photo on its way through a trained network.

    Args:
        depths: a few feature maps from the photo inwards; the last is the one that the head reads.
        vector: ``(n,) float32``, what the head makes of that map before anything learned: a mean for each
            channel, or all numbers one after another. Of a long one, the strongest of each stretch.
        length: of the vector before that.
        unit: name of what the sum runs over: ``gap`` or ``flatten`` for the vector itself, ``dense`` for
            the last hidden layer.
        sum: of the unit that stands for the class; the only one there is where one unit serves two classes.
        logit: what the head says of it: the sum, but for a mistake that was made on purpose.
        share: score of the class that was asked about, 0..1.
    """

    depths: tuple[Depth, ...]
    vector: NDArray[np.float32]
    length: int
    unit: str
    sum: HeadSum
    logit: float
    share: float


def head_sum(
    vector: NDArray[np.float32], weights: NDArray[np.float32], bias: float, most: int = MOST_TERMS
) -> HeadSum:
    """Return the sum of one unit of a Dense layer, its largest products apart.

    Args:
        vector: ``(n,)``, what the layer reads.
        weights: ``(n,)``, the unit's.
        bias: the unit's.
        most: products that are told one by one.

    Example:
        >>> tiny = np.array([1, 2, 3], np.float32)
        >>> head_sum(tiny, tiny[::-1], 0.5, most=1)
        HeadSum(terms=(Term(index=1, value=2.0, weight=2.0),), rest=6.0, rest_count=2, bias=0.5)
    """
    products = vector.astype(np.float64) * weights
    order = np.argsort(-np.abs(products), kind="stable")
    terms = (
        Term(index=int(index), value=float(vector[index]), weight=float(weights[index]))
        for index in order[:most]
    )
    return HeadSum(
        terms=tuple(terms),
        rest=math.fsum(products[order[most:]].tolist()),
        rest_count=max(len(order) - most, 0),
        bias=float(bias),
    )


def shortened(vector: NDArray[np.float32], most: int = MOST_DRAWN) -> NDArray[np.float32]:
    """Return a vector of at most `most` numbers: of each stretch the one that is farthest from zero.

    Example:
        >>> shortened(np.array([1, -3, 0, 2], np.float32), 2).tolist()
        [-3.0, 2.0]
    """
    step = -(-len(vector) // most)
    padded = np.pad(vector, (0, -len(vector) % step)).reshape(-1, step)
    farthest = np.abs(padded).argmax(axis=1)
    return np.ascontiguousarray(padded[np.arange(len(padded)), farthest])


def place_in_map(index: int, shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return row, column and channel, from 0, of number `index` of a flattened map.

    Example:
        >>> place_in_map(7, (2, 2, 3))
        (0, 2, 1)
    """
    row, column, channel = np.unravel_index(index, shape)
    return int(row), int(column), int(channel)
