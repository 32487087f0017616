"""How long a head takes for one answer, as it was timed on the machine that computes."""

from collections.abc import Mapping
from dataclasses import dataclass

MOST_TIMED = 50_000_000
"""Weights of the largest head that is timed: 200 MB of a worker's memory."""


@dataclass(frozen=True, kw_only=True)
class HeadTime:
    """What one head took for one photo, from its feature map to the outputs, over several runs.

    Args:
        milliseconds: the median.
        low, high: a quarter of the runs were quicker than `low`, a quarter slower than `high`.
        runs: how many were timed.
    """

    milliseconds: float
    low: float
    high: float
    runs: int


@dataclass(frozen=True, kw_only=True)
class HeadTimes:
    """The times of several heads, measured in turn.

    Args:
        heads: pooling -> its time; one with more than `MOST_TIMED` weights is missing.
        threads: that each run could use.
    """

    heads: Mapping[str, HeadTime]
    threads: int
