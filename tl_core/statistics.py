"""The arithmetic behind every accuracy that is shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from typing import Self

from tl_core.checks import Json

Z_95 = 1.959963984540054
"""Two-sided 95 % quantile of the normal distribution."""


def wilson_interval(successes: int, n: int, z: float = Z_95) -> tuple[float, float]:
    """Return the Wilson score interval of a proportion as (low, high), both in 0..1.

    Unlike the textbook interval it stays inside 0..1 and does not collapse at 0 or 100 %.

    Args:
        successes: number of hits, 0..n.
        n: number of trials, at least 1.
        z: quantile; the default gives 95 %.

    Raises:
        ValueError: if n < 1 or successes is not in 0..n.

    Example:
        >>> low, high = wilson_interval(9, 10)
        >>> round(low, 3), round(high, 3)
        (0.596, 0.982)

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, 1927.
    """
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"expected 0 <= successes <= n and n >= 1, received {successes}, {n}")
    share = successes / n
    centre = share + z * z / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)


@dataclass(frozen=True, kw_only=True)
class Proportion:
    """So many of so many, with what follows from it.

    Args:
        correct: number of hits, 0..n.
        n: number of trials, at least 1.

    Example:
        >>> Proportion(correct=9, n=10).accuracy
        0.9
    """

    correct: int
    n: int

    @property
    def accuracy(self) -> float:
        """Share of hits, 0..1."""
        return self.correct / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """95 % Wilson interval of `accuracy`, 0..1."""
        return wilson_interval(self.correct, self.n)

    @classmethod
    def sum(cls, parts: Iterable["Proportion"]) -> "Proportion":
        """Return the hits and trials of several proportions, one at least, added up."""
        every = list(parts)
        return Proportion(correct=sum(one.correct for one in every), n=sum(one.n for one in every))

    def as_json(self) -> dict[str, object]:
        """Return ``correct`` and ``n``, with ``accuracy`` and ``interval`` for whoever reads the file."""
        return vars(self) | {"accuracy": self.accuracy, "interval": list(self.interval)}

    @classmethod
    def from_json(cls, values: Json) -> Self:
        """Return what `as_json` wrote; accuracy and interval are computed from the counts.

        Raises:
            LookupError, ValueError: if it holds no two counts that belong together.
        """
        correct, n = values["correct"], values["n"]
        if type(correct) is not int or type(n) is not int or not 0 <= correct <= n or not n:
            raise ValueError(f"expected 0 <= correct <= n and n >= 1, received {correct}, {n}")
        return cls(correct=correct, n=n)


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the two-sided p-value of McNemar's exact test: how often chance alone would do this much.

    Two classifiers judged the same images. Were both equally good, each image that only one of them gets
    right would be the one's or the other's with the same probability, like the toss of a coin.

    Args:
        only_first: images that the first alone gets right, from 0.
        only_second: images that the second alone gets right, from 0.

    Raises:
        ValueError: if a count is below 0.

    Example:
        >>> mcnemar(1, 9)
        0.021484375

    Source: Q. McNemar, Note on the sampling error of the difference between correlated proportions or
    percentages, 1947; the exact form is the sign test.
    """
    if min(only_first, only_second) < 0:
        raise ValueError(f"expected counts from 0, received {only_first}, {only_second}")
    n = only_first + only_second
    tail, ways = 0, 1
    for heads in range(min(only_first, only_second) + 1):
        tail += ways
        ways = ways * (n - heads) // (heads + 1)
    return min(1.0, 2 * tail / (1 << n))
