"""GAP against Flatten, measured: what is trained, and what may be concluded from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from tl_core.checks import JobConfig, Json, check_seeds
from tl_core.errors import SettingInvalid
from tl_core.runs import check_amount
from tl_core.statistics import Proportion
from tl_core.training import TrainingConfig
from tl_core.wording import N_, Sentence, percent

RESULT = "comparison.json"
POOLINGS = ("gap", "flatten")
TITLES = {"gap": "GAP", "flatten": "Flatten"}
SEEDS = (0, 1, 2)


@dataclass(frozen=True, kw_only=True)
class ComparisonConfig(JobConfig):
    """Two heads that differ in their pooling alone, each trained once a seed.

    Args:
        dataset, fingerprint, backbone, size, dense, dropout, activation, epochs, batch, learning_rate,
            validation: as in `TrainingConfig`.
        channels: how many channels of the feature map are kept, the first ones; 0 (the default) for all.
        seeds: of the split, the first weights and the order of the images; 1..10 different ones.

    Raises:
        SettingInvalid: if a value is out of range.
    """

    KIND: ClassVar[str] = "compare-heads"

    dataset: str
    fingerprint: str = ""
    backbone: str = "efficientnet-lite0"
    size: int = 160
    dense: tuple[int, ...] = ()
    dropout: float = 0.0
    activation: str = "softmax"
    channels: int = 0
    epochs: int = 20
    batch: int = 32
    learning_rate: float = 0.001
    validation: float = 0.2
    seeds: tuple[int, ...] = SEEDS

    def __post_init__(self) -> None:
        super().__post_init__()
        check_seeds(self.seeds)
        if self.channels < 0:
            raise SettingInvalid(
                "The number of channels to keep must be 0 (all) or more, received {value}.",
                value=self.channels,
            )
        for seed in self.seeds:
            self.training("gap", seed)

    def training(self, pooling: str, seed: int) -> TrainingConfig:
        """Return one of the trainings."""
        shared = {
            name: value for name, value in vars(self).items() if name not in ("seeds", "channels")
        }
        # All epochs: a best one, chosen on the images that judge it, would flatter both.
        return TrainingConfig(**shared, pooling=pooling, seed=seed, keep_best=False)


@dataclass(frozen=True, kw_only=True)
class Outcome(Proportion):
    """One head over all seeds: held-out and training images are counted once a seed."""

    parameters: int
    train_correct: int
    train_n: int
    seconds: float
    """Mean time of one training's steps, in seconds, without the features."""

    @property
    def train_accuracy(self) -> float:
        """Share of its own training images that it gets right, 0..1."""
        return self.train_correct / self.train_n

    @property
    def gap(self) -> float:
        """Training accuracy minus held-out accuracy: what was learned by heart."""
        return self.train_accuracy - self.accuracy


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What may be concluded, and the head that is recommended: empty for either."""

    sentence: Sentence
    take: str


def outcome(fits: Sequence[Json]) -> Outcome:
    """Return several fits of one head as one outcome; counts are added, times averaged."""
    judged, seen = (
        Proportion.sum(Proportion.from_json(fit[part]) for fit in fits)
        for part in ("validation", "train")
    )
    parameters = fits[0]["parameters"]
    check_amount(parameters)
    if not parameters:
        raise ValueError("a head has weights")
    return Outcome(
        parameters=parameters,
        correct=judged.correct,
        n=judged.n,
        train_correct=seen.correct,
        train_n=seen.n,
        seconds=sum(float(fit["seconds"]) for fit in fits) / len(fits),
    )


def outcomes(result: Json) -> dict[str, Outcome]:
    """Return the outcome of each head of a finished run's `RESULT`, by pooling; see `Run.read`."""
    return {
        pooling: outcome([fit for fit in result["fits"] if fit["pooling"] == pooling])
        for pooling in POOLINGS
    }


def verdict(gap: Outcome, flatten: Outcome) -> Verdict:
    """Return what may be concluded.

    A difference in accuracy counts only where the two 95 % intervals are apart; otherwise the head with fewer
    weights is recommended. Intervals that overlap can hide a small difference, so this errs on the side of
    "not shown".
    """
    named = {"gap": gap, "flatten": flatten}
    smaller, larger = sorted(named, key=lambda name: named[name].parameters)
    values = {
        "gap": percent(gap.accuracy),
        "flatten": percent(flatten.accuracy),
        "smaller": TITLES[smaller],
        "larger": TITLES[larger],
        "times": _times(named[larger].parameters / named[smaller].parameters),
    }
    alike = named[smaller].parameters == named[larger].parameters
    better = _clearly_better(named)
    if better is None:
        if alike:
            template = N_(
                "No difference in accuracy is shown ({gap} with GAP, {flatten} with Flatten; the intervals "
                "overlap) and both have equally many weights, so either will do."
            )
            return Verdict(sentence=Sentence(template=template, values=values), take="")
        template = N_(
            "No difference in accuracy is shown ({gap} with GAP, {flatten} with Flatten; the intervals "
            "overlap), so take {smaller}, which does it with {times} times fewer weights."
        )
        return Verdict(sentence=Sentence(template=template, values=values), take=smaller)
    values |= {"better": TITLES[better]}
    if alike:
        template = N_(
            "{better} is more accurate here ({gap} with GAP, {flatten} with Flatten; the intervals are "
            "apart) with equally many weights."
        )
    elif better == smaller:
        template = N_(
            "{better} is more accurate here ({gap} with GAP, {flatten} with Flatten; the intervals are "
            "apart) and has {times} times fewer weights: take {better}."
        )
    else:
        template = N_(
            "{better} is more accurate here ({gap} with GAP, {flatten} with Flatten; the intervals are "
            "apart), at the price of {times} times the weights of {smaller}."
        )
    return Verdict(sentence=Sentence(template=template, values=values), take=better)


def _clearly_better(named: Mapping[str, Outcome]) -> str | None:
    """Return the head whose interval is wholly above the other's, if there is one."""
    lower, upper = sorted(named, key=lambda name: named[name].accuracy)
    return upper if named[upper].interval[0] > named[lower].interval[1] else None


def _times(times: float) -> str:
    return f"{times:,.1f}" if times < 100 else f"{times:,.0f}"
