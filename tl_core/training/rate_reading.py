"""What the curve of a learning-rate range test says: zones of rates, and one to take.

What is suggested is the rate at which the loss falls most steeply, at most a tenth of the first that is too
large: the two rules of S. Gugger, How do you find a good learning rate, 2018,
https://sgugger.github.io/how-do-you-find-a-good-learning-rate.html. The slope of a hundred noisy batches is
mostly noise, so the steepest place is taken to be half-way down, where an S-shaped fall has it. Measured on
the emoji, the second rule alone gives Adam's head 0.1, where the validation loss ends 12 times as high as at
0.003; the steepest slope alone gives fine-tuning with SGD 2e-5, where the loss hardly moves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite, log, sqrt
from statistics import fmean

from tl_core.training.rate_finder import HIGHEST, LOWEST, Point
from tl_core.wording import N_, Sentence

ZONES = {
    "slow": N_("Too slow"),
    "learns": N_("Learns"),
    "fast": N_("Too fast"),
    "unclear": N_("No clear fall"),
}
"""What stretches of rates are called; the last one stands where the first two cannot be told apart."""
BEFORE = LOWEST * (HIGHEST / LOWEST) ** 0.1
"""The mean loss up to this rate is that of a network that has not learned yet."""
NOTICED = 0.1
"""Share of the whole fall from which a fall, or a rise after it, counts."""
CLEAR, LEAST = 2.0, 0.01
"""A fall is clear if it is so many standard deviations of a batch's loss, and this share of the loss: none of
2,000 simulated networks that cannot learn had one."""
MARGIN = 10.0
"""How far the suggestion stays below the first rate that is too large."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a curve says.

    Args:
        learns_from: rate from which the loss falls, those below are too slow; None where no fall is clear.
        too_fast_from: rate from which it rises; None where it never does.
        suggestion: rate to take, not rounded; None where there is none worth taking.
    """

    learns_from: float | None
    too_fast_from: float | None
    suggestion: float | None

    @property
    def clear(self) -> bool:
        """Whether the loss falls by more than one batch differs from the next."""
        return self.learns_from is not None


def read(points: Sequence[Point]) -> Reading:
    """Return the borders of the zones of a curve, and a suggestion; the module says why this one.

    Args:
        points: of a finished test, at least one; the last one may be no number.
    """
    curve = [point for point in points if isfinite(point.smoothed)]
    first = max(3, sum(point.rate <= BEFORE for point in points))
    if len(curve) <= first:  # broke before anything was to be seen
        return Reading(learns_from=None, too_fast_from=LOWEST, suggestion=None)
    start = fmean(point.loss for point in curve[:first])
    lowest = min(range(first, len(curve)), key=lambda place: curve[place].smoothed)
    falling, fall = curve[: lowest + 1], start - curve[lowest].smoothed
    noise = _noise([point.loss for point in falling])
    if fall > max(CLEAR * noise, LEAST * start):
        too_fast = _rises_above(points, lowest, curve[lowest].smoothed + NOTICED * fall)
        rates = [_falls_below(falling, start - fall / 2), (too_fast or inf) / MARGIN]
        return Reading(
            learns_from=_falls_below(falling, start - NOTICED * fall),
            too_fast_from=too_fast,
            suggestion=_worth_taking(min(rates)),
        )
    if len(curve) < len(points) or points[-1].smoothed > start + CLEAR * noise:
        too_fast = _rises_above(points, first, start + noise)
        suggestion = _worth_taking((too_fast or inf) / MARGIN)
        return Reading(learns_from=None, too_fast_from=too_fast, suggestion=suggestion)
    return Reading(learns_from=None, too_fast_from=None, suggestion=None)


def zones(reading: Reading) -> dict[str, tuple[float, float]]:
    """Return the lowest and highest rate of each of `ZONES`, from left to right; empty ones are left out."""
    fast = reading.too_fast_from or HIGHEST
    if reading.learns_from is None:
        found = {"unclear": (LOWEST, fast), "fast": (fast, HIGHEST)}
    else:
        learns = reading.learns_from
        found = {"slow": (LOWEST, learns), "learns": (learns, fast), "fast": (fast, HIGHEST)}
    return {name: (low, high) for name, (low, high) in found.items() if low < high}


def verdict(reading: Reading) -> Sentence:
    """Return what the curve says, in a sentence or two."""
    rates = {
        "learns": reading.learns_from,
        "fast": reading.too_fast_from,
        "rate": reading.suggestion,
    }
    values = {name: f"{rate:.1g}" for name, rate in rates.items() if rate is not None}
    if reading.suggestion is None:
        template = (
            N_(
                "The loss stays where it is: at no rate of this test does the network learn, or it has "
                "learned already."
            )
            if reading.too_fast_from is None
            else N_("Every rate is too fast here: the loss rises or breaks almost at once.")
        )
    elif not reading.clear:
        template = N_(
            "The loss hardly falls here, or not clearly more than batches differ from each other. But from "
            "{fast} on it rises: stay ten times below, at about {rate}."
        )
    elif reading.too_fast_from is None:
        template = N_(
            "The loss falls from about {learns} on and does not rise again. It is half-way down, about where "
            "it falls most steeply, at about {rate}."
        )
    elif reading.suggestion * MARGIN < reading.too_fast_from:
        template = N_(
            "The loss falls from about {learns} on and rises again from about {fast} on. It is half-way "
            "down, about where it falls most steeply, at about {rate}."
        )
    else:
        template = N_(
            "The loss falls from about {learns} on and rises again from about {fast} on: stay ten times "
            "below, at about {rate}."
        )
    return Sentence(template=template, values=values)


def nearest(rate: float, stops: Sequence[str]) -> str:
    """Return the one of `stops`, rates as text, that is the smallest factor away.

    Example:
        >>> nearest(0.0006, ["0.0001", "0.001", "0.01"])
        '0.001'
    """
    return min(stops, key=lambda stop: abs(log(float(stop) / rate)))


def _noise(losses: Sequence[float]) -> float:
    """Return the standard deviation of a batch's loss around the curve, from what neighbours differ by.

    Von Neumann et al., The mean square successive difference, 1941: a slow trend does not count.
    """
    return sqrt(fmean((b - a) ** 2 for a, b in pairwise(losses)) / 2)


def _falls_below(falling: Sequence[Point], level: float) -> float:
    """Return the rate from which the smoothed loss stays at or below `level`, up to its lowest point."""
    above = [place for place, point in enumerate(falling) if point.smoothed > level]
    return falling[above[-1] + 1 if above else 0].rate


def _rises_above(points: Sequence[Point], begin: int, level: float) -> float | None:
    """Return the rate from which the smoothed loss stays above `level`; a broken loss is above all."""
    below = [place for place, point in enumerate(points) if point.smoothed <= level]
    after = max([begin, *below]) + 1
    return points[after].rate if after < len(points) else None


def _worth_taking(rate: float) -> float | None:
    return rate if LOWEST <= rate <= HIGHEST else None
