"""What a training is worth, ``metrics.json``, and what it made, ``model.json``: written, read and checked."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tl_core import files
from tl_core.checks import Json
from tl_core.runs import METRICS, MODEL, Run, check_amount
from tl_core.statistics import Proportion

COUNTS = ("unfrozen", "parameters", "learned")
PARTS = ("validation", "test", "train", "behind")
"""The images that a training may be judged on, those that it did not learn from first."""


@dataclass(frozen=True, kw_only=True)
class Judged(Proportion):
    """How a network judged some images.

    Args:
        confusion: how many images of each true class (outer) got each guess (inner).
    """

    confusion: tuple[tuple[int, ...], ...]

    @property
    def share(self) -> Proportion:
        """The accuracy by itself."""
        return Proportion(correct=self.correct, n=self.n)

    @property
    def unjudged(self) -> tuple[int, ...]:
        """The labels of which no image was judged: nothing is known of them."""
        return tuple(label for label, row in enumerate(self.confusion) if not any(row))

    @classmethod
    def of(cls, confusion: NDArray[np.int64]) -> Self:
        """Return the same of a matrix, ``(classes, classes)``; see `scores.confusion_matrix`."""
        rows = tuple(tuple(row) for row in confusion.tolist())
        return cls(correct=int(confusion.trace()), n=int(confusion.sum()), confusion=rows)

    @classmethod
    def from_json(cls, values: Json) -> Self:
        """Return what `as_json` wrote.

        Raises:
            LookupError, TypeError, ValueError: it holds something else.
        """
        confusion = values["confusion"]
        if not isinstance(confusion, list) or len(confusion) < 2:
            raise ValueError("a row for each of two or more classes")
        for count in (count for row in confusion for count in row):
            check_amount(count)
        whole = Proportion.from_json(values)
        check_amount(whole.n)
        return cls(**vars(whole), confusion=tuple(map(tuple, confusion)))


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What a training took.

    Args:
        seconds_features: until all features were there.
        seconds_head: for everything that was trained on them.
        images_computed, images_reused: whose features were computed, or taken from an earlier run.
    """

    seconds_features: float
    seconds_head: float
    images_computed: int
    images_reused: int

    @property
    def seconds(self) -> float:
        """What it took in all."""
        return self.seconds_features + self.seconds_head


@dataclass(frozen=True, kw_only=True)
class Metrics(Spent):
    """What a training is worth, and what it took.

    Args:
        validation: the held-out images.
        test: those that were looked at once, at the end, where there are such.
        train: those that it learned from; None for a training that was stopped.
        behind: the held-out images, by the logits behind answers that are 1 for everything, a mistake made
            on purpose; None without it, and for runs of older versions.
        best_epoch: the one that was kept, from 1; None for runs of older versions.
        stopped: whether somebody pressed Stop.
    """

    validation: Judged
    test: Judged | None = None
    train: Judged | None = None
    behind: Judged | None = None
    best_epoch: int | None = None
    stopped: bool = False

    @property
    def headline(self) -> Judged:
        """The accuracy to show first: the most honest one."""
        return self.test or self.validation

    def as_json(self) -> Json:
        """Return plain JSON values; what is None is left out."""
        values = {name: value for name, value in vars(self).items() if value is not None}
        return values | {name: values[name].as_json() for name in PARTS if name in values}

    @classmethod
    def from_json(cls, values: Json) -> Self:
        """Return what `as_json` wrote; what is not known is ignored.

        Raises:
            LookupError, TypeError, ValueError: it holds something else.
        """
        for name in ("seconds_features", "seconds_head"):
            check_amount(values[name], int | float)
        for name in ("images_computed", "images_reused"):
            check_amount(values[name])
        check_amount(values.get("best_epoch", 1))
        if not isinstance(values.get("stopped", False), bool):
            raise ValueError("stopped or not")
        known = {one.name: values[one.name] for one in fields(cls) if one.name in values}
        judged = {name: Judged.from_json(values[name]) for name in PARTS if name in values}
        return cls(**known | judged)


@dataclass(frozen=True, kw_only=True)
class TrainedModel:
    """What a training made, so that it can be built again and shown without its dataset.

    What older versions of the lab did not write has a default.

    Args:
        class_names: two or more, in the order of the outputs.
        features: shape of what the head reads, without the batch.
        unfrozen: blocks of the backbone that learned with the head, from the output's side.
        weights_sha256: of the backbone's weights; empty for random ones.
        parameters: of the head.
        learned: numbers that were trained, head and blocks.
        precision: of the features that they were trained on.
        versions: of what trained it, by package.
    """

    class_names: tuple[str, ...]
    features: tuple[int, ...] = ()
    unfrozen: int = 0
    weights_sha256: str = ""
    parameters: int = 0
    learned: int = 0
    precision: str = "float32"
    versions: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> Json:
        """Return plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Json) -> Self:
        """Return what `as_json` wrote.

        Raises:
            LookupError, TypeError, ValueError: it holds something else.
        """
        found = {one.name: values[one.name] for one in fields(cls) if one.name in values}
        names, features = found["class_names"], found.get("features", [])
        if not isinstance(names, list) or len(names) < 2 or any(type(x) is not str for x in names):
            raise ValueError("names of two or more classes")
        for amount in (*features, *(found.get(name, 0) for name in COUNTS)):
            check_amount(amount)
        versions = dict(found.get("versions", {}))
        if any(
            type(text) is not str for text in (found.get("weights_sha256", ""), *versions.values())
        ):
            raise ValueError("a hash and versions")
        if found.get("precision", "float32") not in ("float32", "bfloat16"):
            raise ValueError("a precision")
        found |= {"class_names": tuple(names), "features": tuple(features), "versions": versions}
        return cls(**found)


def read_metrics(run: Run) -> Metrics:
    """Return what a training is worth.

    Raises:
        RunNotFound: the file is missing or damaged.
    """
    return run.read(METRICS, Metrics.from_json)


def write_metrics(run: Run, metrics: Metrics) -> None:
    """Keep what a training is worth; the last file of a run that has results."""
    files.write_json(run.folder / METRICS, metrics.as_json())


def read_model(run: Run) -> TrainedModel:
    """Return what a training made.

    Raises:
        RunNotFound: the file is missing or damaged.
    """
    return run.read(MODEL, TrainedModel.from_json)
