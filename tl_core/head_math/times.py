"""How long a head takes for one answer, as it was timed on the machine that computes."""

from collections.abc import Mapping
from dataclasses import dataclass

MOST_TIMED = 50_000_000
"""Weights of the largest head that is timed: 200 MB of a worker's memory."""
FAR_APART = 2
"""Times; on a machine with nothing else to do the middle half of the runs lies well within it."""


@dataclass(frozen=True, kw_only=True)
class HeadTime:
    """What one head took for one photo, from its feature map to the outputs, over several runs.

    Args:
        milliseconds: the median.
        fastest: the run that was disturbed least.
        low, high: a quarter of the runs were quicker than `low`, a quarter slower than `high`.
        runs: how many were timed.
    """

    milliseconds: float
    fastest: float
    low: float
    high: float
    runs: int

    @property
    def disturbed(self) -> bool:
        """Whether something else kept the machine busy: half of the runs are far apart."""
        return self.high > FAR_APART * self.low


@dataclass(frozen=True, kw_only=True)
class HeadTimes:
    """The times of several heads, measured in turn.

    Args:
        heads: pooling -> its time; one with more than `MOST_TIMED` weights is missing.
        threads: that each run could use.
    """

    heads: Mapping[str, HeadTime]
    threads: int
