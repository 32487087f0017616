"""What did transfer buy? The same head on three kinds of features, with few and with more images a class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from tl_core.checks import JobConfig, Json, check_range, check_seeds
from tl_core.runs import check_amount
from tl_core.statistics import Proportion
from tl_core.training import TrainingConfig
from tl_core.wording import N_, Sentence, Value, percent

RESULT = "transfer.json"
SOURCES = ("imagenet", "random", "pixels")
TITLES = {
    "imagenet": N_("ImageNet features"),
    "random": N_("Random weights"),
    "pixels": N_("Raw pixels"),
}
SIZES = (5, 10, 20, 50)
"""Images a class."""
SEEDS = (0, 1, 2)
PIXELS_SIDE = 32
"""Raw pixels are those of an image of this side, one after another: 3,072 numbers."""


@dataclass(frozen=True, kw_only=True)
class TransferConfig(JobConfig):
    """One head on three kinds of features, each with several numbers of images and several seeds.

    Args:
        dataset, fingerprint, backbone, size, batch, learning_rate, validation: as in `TrainingConfig`.
        steps: of the optimizer, the same for every number of images; 1..10,000.
        seeds: of the split, the chosen images and the first weights; 1..10 different ones.

    Raises:
        SettingInvalid: if a value is out of range.
    """

    KIND: ClassVar[str] = "transfer"

    dataset: str
    fingerprint: str = ""
    backbone: str = "efficientnet-lite0"
    size: int = 160
    steps: int = 300
    batch: int = 32
    learning_rate: float = 0.001
    validation: float = 0.2
    seeds: tuple[int, ...] = SEEDS

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("steps", self.steps, 1, 10_000)
        check_seeds(self.seeds)
        for seed in self.seeds:
            self.training("imagenet", seed)

    def training(self, source: str, seed: int) -> TrainingConfig:
        """Return the training whose features and head one fit has; raw pixels have the same head."""
        shared = {
            name: value for name, value in vars(self).items() if name not in ("seeds", "steps")
        }
        weights = "random" if source == "random" else "imagenet"
        return TrainingConfig(**shared, weights=weights, dropout=0.0, seed=seed)


@dataclass(frozen=True, kw_only=True)
class Point(Proportion):
    """The held-out images that one kind of features gets right, counted once a seed.

    Args:
        images: images a class that it learned from, as asked for; a class that has fewer gives all it has.
    """

    images: int


def sizes(most: int) -> tuple[int, ...]:
    """Return the numbers of images a class that can be told apart.

    Args:
        most: training images of the largest class.

    Example:
        >>> sizes(12), sizes(400)
        ((5, 10, 20), (5, 10, 20, 50))
    """
    fewer = (0, *SIZES)
    return tuple(size for before, size in zip(fewer, SIZES, strict=False) if before < most)


@dataclass(frozen=True, kw_only=True)
class Fit(Proportion):
    """The held-out images that one head gets right.

    Args:
        source: the kind of its features, one of `SOURCES`.
        seed: of its images and first weights.
        images: images a class that it learned from, as asked for.
        trained_on: images that it learned from in all.
    """

    source: str
    seed: int
    images: int
    trained_on: int

    @classmethod
    def from_json(cls, values: Json) -> Self:
        """Return what `as_json` wrote; see `Run.read`."""
        counts = {name: values[name] for name in ("seed", "images", "trained_on")}
        for count in counts.values():
            check_amount(count)
        share = Proportion.from_json(values)
        return cls(source=SOURCES[SOURCES.index(values["source"])], **counts, **vars(share))


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What is known so far, or in the end.

    Args:
        points: of each kind of features, fewest images first; a running job has some of them.
        majority: how often the most frequent class is right.
        trained_on: images in the largest training set.
    """

    points: dict[str, list[Point]]
    majority: Proportion
    trained_on: int

    @classmethod
    def from_json(cls, result: Json) -> Self:
        """Return what a run's `RESULT` says so far; see `Run.read`."""
        fits = [Fit.from_json(fit) for fit in result["fits"]]
        return cls(
            points={source: points(fits, source) for source in SOURCES},
            majority=Proportion.from_json(result["majority"]),
            trained_on=max(fit.trained_on for fit in fits),
        )

    @classmethod
    def whole(cls, result: Json) -> Self:
        """Return what the `RESULT` of a finished run says; see `Run.read`."""
        found = cls.from_json(result)
        if not all(found.points.values()):
            raise ValueError("a point of each kind of features")
        return found


def points(fits: Sequence[Fit], source: str) -> list[Point]:
    """Return the fits on one kind of features as points, fewest images first, seeds added up."""
    judged: dict[int, list[Proportion]] = {}
    for fit in fits:
        if fit.source == source:
            judged.setdefault(fit.images, []).append(fit)
    return [
        Point(images=images, **vars(Proportion.sum(parts)))
        for images, parts in sorted(judged.items())
    ]


def verdict(found: Mapping[str, Sequence[Point]]) -> Sentence:
    """Return what may be concluded.

    A difference counts only where the two 95 % intervals are apart.

    Args:
        found: the points of a finished run.
    """
    ours = found["imagenet"]
    rival = max((found["random"][-1], found["pixels"][-1]), key=lambda point: point.accuracy)
    enough = next((point for point in ours if point.accuracy >= rival.accuracy), None)
    clear = [place for place in range(len(ours)) if _apart(found, place)]
    if clear and enough and enough.images < rival.images:
        values: dict[str, Value] = {
            "few": enough.images,
            "ours": percent(enough.accuracy),
            "many": rival.images,
            "rival": percent(rival.accuracy),
        }
        template = N_(
            "With {few} images a class the head on ImageNet features is right on {ours}; without transfer "
            "the best head reaches {rival} with {many} a class. That is what transfer buys: images that you "
            "do not have to collect."
        )
        return Sentence(template=template, values=values)
    place = clear[-1] if clear else len(ours) - 1
    values = {
        "images": ours[place].images,
        **{source: percent(found[source][place].accuracy) for source in SOURCES},
    }
    if clear:
        template = N_(
            "With {images} images a class ImageNet features are clearly better: {imagenet}, against "
            "{random} with random weights and {pixels} from raw pixels (the intervals are apart)."
        )
    elif ours[-1].interval[1] < rival.interval[0]:
        template = N_(
            "Here transfer does not pay: with {images} images a class ImageNet features are right on "
            "{imagenet}, random weights on {random}, raw pixels on {pixels}. That happens, for "
            "example, where colour, brightness or the place alone tells the classes."
        )
    else:
        template = N_(
            "No gain is shown: with {images} images a class ImageNet features are right on {imagenet}, "
            "random weights on {random}, raw pixels on {pixels}, and the intervals overlap. More held-out "
            "images would make them narrower."
        )
    return Sentence(template=template, values=values)


def _apart(found: Mapping[str, Sequence[Point]], place: int) -> bool:
    """Whether ImageNet's interval is wholly above both others."""
    highest = max(found[source][place].interval[1] for source in ("random", "pixels"))
    return found["imagenet"][place].interval[0] > highest
