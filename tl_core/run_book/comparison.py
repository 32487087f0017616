"""How runs differ: in what they said of the same held-out photos, in their curves, and in their settings."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, fields

import numpy as np

from tl_core.errors import LabError, RunNotFound
from tl_core.results.error_analysis import Agreement, agreement
from tl_core.results.predictions import PARTS, Predictions, read_predictions
from tl_core.runs import Run
from tl_core.runs.snapshots import snapshot
from tl_core.training import Training, TrainingConfig, list_trainings
from tl_core.training.schedule import Epoch

SECOND_PHASE = ("fine_epochs", "fine_rate")
MOST_EARLIER = 3


@dataclass(frozen=True, kw_only=True)
class SharedPhotos:
    """What two runs said of the photos that both held out.

    Args:
        part: ``validation`` or ``test``.
        found: how often they agree and which was right, over photos of the same class in both.
        relabelled: photos left out because their class was another one for the second run.
    """

    part: str
    found: Agreement
    relabelled: int


def compare_on_photos(first: Run, second: Run) -> SharedPhotos | None:
    """Return how two runs judged the same held-out photos; None if they share none.

    Of validation and test photos, those are taken of which there are more.

    Raises:
        RunNotFound: one of them kept no guesses for single photos, or they are damaged.
    """
    for run in (first, second):
        read_predictions(run)  # to have kept no guesses at all is worth a sentence
    found = []
    for part in PARTS:
        with suppress(RunNotFound):
            ours, theirs = read_predictions(first, part), read_predictions(second, part)
            shared = set(theirs.images).intersection(ours.images)
            both = agreement(_same_class(ours, theirs), theirs)
            found.append(SharedPhotos(part=part, found=both, relabelled=len(shared) - both.n))
    best = max(found, key=lambda one: one.found.n, default=None)
    return best if best and best.found.n else None


def _same_class(ours: Predictions, theirs: Predictions) -> Predictions:
    """Return our predictions without the photos that had another class in the second run."""
    names = dict(zip(theirs.images, (theirs.class_names[i] for i in theirs.labels), strict=True))
    truth = [ours.class_names[label] for label in ours.labels]
    keep = np.array(
        [names.get(image) == name for image, name in zip(ours.images, truth, strict=True)]
    )
    return Predictions(
        class_names=ours.class_names,
        images=tuple(image for image, kept in zip(ours.images, keep, strict=True) if kept),
        labels=ours.labels[keep],
        probabilities=ours.probabilities[keep],
    )


def earlier_curves(run: Training) -> list[Sequence[Epoch]]:
    """Return the epochs of up to three finished trainings before this one with the same photos, newest first.

    One of a single epoch counts, and has no curve. One that was broken on purpose is no measure for another.
    """
    found: list[Sequence[Epoch]] = []
    for other in list_trainings():
        same = other.config.get("dataset") == run.settings.dataset
        sound = same and not other.config.get("mistakes")
        if sound and other.id != run.id and other.created < run.created and other.has_results:
            with suppress(LabError):
                found.append(snapshot(other).epochs)
        if len(found) == MOST_EARLIER:
            break
    return [epochs for epochs in found if len(epochs) > 1]


def differing(configs: Sequence[TrainingConfig]) -> tuple[str, ...]:
    """Return the names of the settings that are not the same in all of `configs`, in their usual order.

    Settings of the second phase are looked at only where there is one.
    """

    def differs(name: str) -> bool:
        said = [getattr(one, name) for one in configs if one.unfrozen or name not in SECOND_PHASE]
        return any(value != said[0] for value in said)

    return tuple(field.name for field in fields(TrainingConfig) if differs(field.name))
