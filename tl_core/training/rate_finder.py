"""The learning-rate range test: what is tested, and what its curve says.

The rate grows with every step of a short training that nothing is kept of, and the loss is watched. Source:
Smith, Cyclical learning rates for training neural networks, 2017, https://arxiv.org/abs/1506.01186; growing
exponentially, smoothing and stopping as fastai's ``lr_find`` does, https://docs.fast.ai/callback.schedule.html.

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
from math import inf, isfinite, log, nan, sqrt
from statistics import fmean
from typing import ClassVar, Self

from tl_core.checks import JobConfig, Json, check_choice
from tl_core.training.config import TrainingConfig
from tl_core.wording import N_, Sentence

RESULT = "rates.json"
HEAD, TAIL = "head", "tail"
PHASES = (HEAD, TAIL)
LOWEST, HIGHEST = 1e-6, 1.0
STEPS = 100
SMOOTHING = 0.9
"""Share of the past in the smoothed loss with `STEPS` steps. fastai's 0.98 remembers half of them: its curve
comes too late by more than a factor of ten in the rate."""
ZONES = {
    "slow": N_("Too slow"),
    "learns": N_("Learns"),
    "fast": N_("Too fast"),
    "unclear": N_("No clear fall"),
}
"""What stretches of rates are called; the last one stands where the first two cannot be told apart."""
RUN_AWAY = 4.0
"""The test ends when the smoothed loss is so many times its best."""
HEAD_EPOCHS = 10
"""Epochs that the head learns before the second phase is tested."""
BEFORE = LOWEST * (HIGHEST / LOWEST) ** 0.1
"""The mean loss up to this rate is that of a network that has not learned yet."""
NOTICED = 0.1
"""Share of the whole fall from which a fall, or a rise after it, counts."""
CLEAR, LEAST = 2.0, 0.01
"""A fall is clear if it is so many standard deviations of a batch's loss, and this share of the loss: none of
2,000 simulated networks that cannot learn had one."""
MARGIN = 10.0
"""How far the suggestion stays below the first rate that is too large."""
_PLAYS_NO_PART = (
    *("learning_rate", "fine_epochs", "fine_rate", "keep_best", "patience", "plateau"),
    *("augmentation", "copies", "live"),
)


@dataclass(frozen=True, kw_only=True)
class RateTestConfig(JobConfig):
    """A range test of one phase; trainings that differ in what plays no part have the same test.

    The images are taken as they are: changing them would cost more than the test, for the same curve.

    Args:
        phase: ``head``, or ``tail`` for the unfrozen blocks and the head together.
        training: the training whose rate is looked for.

    Raises:
        SettingInvalid: if the phase is unknown.
    """

    KIND: ClassVar[str] = "rates"

    phase: str
    training: TrainingConfig

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("phase", self.phase, PHASES)

    def as_json(self) -> Json:
        """Return what the test depends on as plain JSON values, for the run book."""
        values = self.training.as_json()
        if self.phase == HEAD:
            left_out: tuple[str, ...] = (*_PLAYS_NO_PART, "unfrozen", "epochs")
        else:
            left_out = _PLAYS_NO_PART
            values["epochs"] = HEAD_EPOCHS if self.training.epochs else 0
        kept = {name: value for name, value in values.items() if name not in left_out}
        return {"phase": self.phase} | kept

    @classmethod
    def from_json(cls, values: Json) -> Self:
        """Return the configuration that `as_json` wrote, with usual values for what plays no part.

        Raises:
            SettingInvalid: see `Config.from_json`.
        """
        training = {name: value for name, value in values.items() if name != "phase"}
        phase = {name: value for name, value in values.items() if name == "phase"}
        return super().from_json(phase | {"training": training})


@dataclass(frozen=True, kw_only=True)
class Point:
    """One step of the test.

    Args:
        rate: learning rate of the step.
        loss: of its batch, before the step; NaN or infinite where the weights have blown up.
        smoothed: mean of the losses so far, the latest counting most.
    """

    rate: float
    loss: float
    smoothed: float


def rate_of_step(step: int, steps: int) -> float:
    """Return the rate of a step, from 0: it grows by the same factor every time.

    Example:
        >>> [f"{rate_of_step(step, 4):.0e}" for step in range(4)]
        ['1e-06', '1e-04', '1e-02', '1e+00']
    """
    return float(LOWEST * (HIGHEST / LOWEST) ** (step / (steps - 1)))


def next_point(points: Sequence[Point], rate: float, loss: float, steps: int) -> Point:
    """Return the point behind `points`: its exponentially weighted mean is corrected for its start at 0.

    Kingma and Ba, Adam, 2015, section 3. Fewer steps are smoothed less, over the same stretch of rates.
    """
    keep = SMOOTHING ** (STEPS / steps)
    before = len(points)
    sum_so_far = points[-1].smoothed * (1 - keep**before) if points else 0.0
    smoothed = (keep * sum_so_far + (1 - keep) * loss) / (1 - keep ** (before + 1))
    return Point(rate=rate, loss=loss, smoothed=smoothed)


def runs_away(points: Sequence[Point]) -> bool:
    """Whether there is nothing more to see: the loss is no number, or `RUN_AWAY` times its best."""
    last = points[-1].smoothed
    return not isfinite(last) or last > RUN_AWAY * min(point.smoothed for point in points)


def points_of(result: Json) -> list[Point]:
    """Return the points of a finished run's `RESULT`, in which None stands for a loss that is no number."""
    points: list[Point] = []
    for rate, loss in zip(result["rates"], result["losses"], strict=True):
        points.append(next_point(points, rate, nan if loss is None else loss, result["steps"]))
    return points


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
            N_("The loss stays where it is: here no rate makes the network learn.")
            if reading.too_fast_from is None
            else N_("Every rate is too fast here: the loss rises or breaks almost at once.")
        )
    elif not reading.clear:
        template = N_(
            "The loss hardly falls here, less than one batch differs from the next. But from {fast} on it "
            "rises: stay ten times below, at about {rate}."
        )
    elif reading.too_fast_from is None:
        template = N_(
            "The loss falls from about {learns} on and never rises again. It is half-way down, where it "
            "falls most steeply, at about {rate}."
        )
    elif reading.suggestion * MARGIN < reading.too_fast_from:
        template = N_(
            "The loss falls from about {learns} on and rises again from about {fast} on. It is half-way "
            "down, where it falls most steeply, at about {rate}."
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
