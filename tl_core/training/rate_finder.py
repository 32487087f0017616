"""The learning-rate range test: what is tested, step by step.

The rate grows with every step of a short training that nothing is kept of, and the loss is watched. Source:
Smith, Cyclical learning rates for training neural networks, 2017, https://arxiv.org/abs/1506.01186; growing
exponentially, smoothing and stopping as fastai's ``lr_find`` does, https://docs.fast.ai/callback.schedule.html.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import ClassVar, Self

from tl_core.checks import JobConfig, Json, check_choice
from tl_core.training.config import TrainingConfig

RESULT = "rates.json"
HEAD, TAIL = "head", "tail"
PHASES = (HEAD, TAIL)
LOWEST, HIGHEST = 1e-6, 1.0
STEPS = 100
SMOOTHING = 0.9
"""Share of the past in the smoothed loss with `STEPS` steps. fastai's 0.98 remembers half of them: its curve
comes too late by more than a factor of ten in the rate."""
RUN_AWAY = 4.0
"""The test ends when the smoothed loss is so many times its best."""
HEAD_EPOCHS = 10
"""Epochs that the head learns before the second phase is tested."""
_PLAYS_NO_PART = (
    *("learning_rate", "fine_epochs", "fine_rate", "keep_best", "patience", "plateau", "schedule"),
    *("warm_up", "augmentation", "copies", "live", "mix"),
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
            left_out: tuple[str, ...] = (*_PLAYS_NO_PART, "unfrozen", "epochs", "layer_decay")
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
