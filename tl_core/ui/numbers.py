"""Figures in words, the same on every page."""

import math
from collections.abc import Sequence

from tl_core.statistics import Proportion
from tl_core.ui.text import t, tn
from tl_core.wording import percent

LONG = 90
"""Seconds from which a time is told in minutes."""


def interval_text(found: Proportion) -> str:
    """Return n and the 95 % interval of an accuracy in words."""
    low, high = found.interval
    return t(
        "{correct} of {n} held-out images right; 95 % interval {low} to {high}.",
        correct=found.correct,
        n=found.n,
        low=percent(low),
        high=percent(high),
    )


def range_text(found: Proportion) -> str:
    """Return the 95 % interval of an accuracy for a cell of a table."""
    return " – ".join(map(percent, found.interval))


def shown_milliseconds(milliseconds: float) -> str:
    """Return a short time with two digits that count.

    Example:
        >>> shown_milliseconds(1.543), shown_milliseconds(384.2)
        ('1.5', '384')
    """
    return f"{milliseconds:.{max(0, 1 - math.floor(math.log10(milliseconds)))}f}"


def shown_seconds(seconds: float) -> int:
    """Return the seconds that `seconds_text` tells of a time, from 1."""
    return 60 * round(seconds / 60) if seconds >= LONG else max(round(seconds), 1)


def seconds_text(seconds: float) -> str:
    """Return a time in words, in whole seconds or minutes."""
    if seconds >= LONG:
        return tn("{n} minute", "{n} minutes", round(seconds / 60))
    return tn("{n} second", "{n} seconds", max(round(seconds), 1))


def adding_up(parts: Sequence[float], total: float, digits: int = 2) -> list[float]:
    """Return the parts of a sum, rounded so that what is shown adds up to the total, as rounded, too.

    Those that are nearest to the next step up or down go there. Parts that are no sum of the total, to half a
    step each, are only rounded.

    Example:
        >>> adding_up([-10.664, -20.094], -30.758)
        [-10.67, -20.09]
    """
    if not all(map(math.isfinite, (*parts, total))):
        return list(parts)
    scale = 10**digits
    steps = [math.floor(part * scale) for part in parts]
    short = round(total * scale) - sum(steps)
    if not 0 <= short <= len(steps):
        return [round(part, digits) for part in parts]
    for place in sorted(range(len(steps)), key=lambda at: steps[at] - parts[at] * scale)[:short]:
        steps[place] += 1
    return [step / scale for step in steps]


def signed(number: float) -> str:
    """Return a number to two digits with its sign, a true minus among them; 0 has none.

    Example:
        >>> signed(-1.5)
        '−1.50'
    """
    rounded = round(number, 2)
    return f"{rounded:+.2f}".replace("-", "−") if rounded else "0.00"
