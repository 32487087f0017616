"""Figures in words, the same on every page."""

from typing import Any

from tl_core.ui.text import t
from tl_core.wording import percent


def interval_text(found: dict[str, Any]) -> str:
    """Return n and the 95 % interval of a proportion in words, see `tl_core.scores.proportion`."""
    low, high = found["interval"]
    return t(
        "{correct} of {n} held-out images right; 95 % interval {low} to {high}.",
        correct=found["correct"],
        n=found["n"],
        low=percent(low),
        high=percent(high),
    )
