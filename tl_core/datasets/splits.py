"""Splits a dataset into training, validation and test images.

By class, so that every side has all classes; by picture, so that a copy of a training image is never used
to judge the model; and by content and seed alone, so that the split is the same on every machine.
"""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tl_core.datasets.dataset import Dataset
from tl_core.errors import DatasetRefused, SettingInvalid

Group = list[int]
"""Images that show the same picture, as indices into the dataset's images."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """Which image is used for what, as ascending indices into the dataset's images.

    Args:
        train: images to learn from.
        validation: images to judge the model while it learns.
        test: images to judge it once, at the end.
        dropped: how many images are unused because a side that came with the dataset has the same picture.
    """

    train: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...]
    dropped: int = 0


def split(dataset: Dataset, *, validation: float, test: float = 0.0, seed: int) -> Split:
    """Divide the images of `dataset`.

    A validation or test part that came with the dataset is used as it is, whatever the share. Otherwise the
    share is taken from each class, at random; a class of two pictures or more has one on each side. Neither
    share changes the other's images, and an image that changes its class, comes or goes makes at most one
    other image of a class cross the border of each share.

    Args:
        dataset: what to divide.
        validation: share for validation, 0 (none) to below 1.
        test: share for the test, 0 (none, the default) to below 1; both together below 1.
        seed: another seed gives another random split.

    Raises:
        SettingInvalid: a share is out of range.
        DatasetRefused: a class has no image left to learn from.
    """
    _check_shares(validation, test)
    own: dict[str, Group] = {"validation": [], "test": []}
    for index, image in enumerate(dataset.images):
        if image.part in own:
            own[image.part].append(index)
    taken = _pictures(dataset, own["test"])
    own["validation"] = [i for i in own["validation"] if dataset.images[i].pixels not in taken]
    taken |= _pictures(dataset, own["validation"])
    shares = (0.0 if own["validation"] else validation, 0.0 if own["test"] else test)
    train: Group = []
    for groups in _groups_by_class(dataset, taken, seed):
        more_validation, more_test, rest = _deal(groups, *shares)
        own["validation"] += more_validation
        own["test"] += more_test
        train += rest
    _check_classes(dataset, train)
    used = len(train) + len(own["validation"]) + len(own["test"])
    return Split(
        train=tuple(sorted(train)),
        validation=tuple(sorted(own["validation"])),
        test=tuple(sorted(own["test"])),
        dropped=len(dataset.images) - used,
    )


def parts_of(dataset: Dataset, divided: Split) -> dict[str, str]:
    """Return SHA-256 -> part as `divided` has it, for the `move` of an edit: it fixes the sides for good.

    With it a relabelled or moved image changes no other image's side, at any share and seed. Images that
    `divided` does not use are left out.

    Example:
        >>> edit = Edit(relabel=corrections, move=parts_of(dataset, split(dataset, validation=0.2, seed=0)))
    """
    sides = {"train": divided.train, "validation": divided.validation, "test": divided.test}
    return {dataset.images[index].sha256: part for part, side in sides.items() for index in side}


def counts_of(dataset: Dataset, divided: Split) -> list[tuple[int, int, int]]:
    """Return how many images of each class `divided` has for training, validation and test."""
    sides = (divided.train, divided.validation, divided.test)
    found = [Counter(dataset.images[index].label for index in side) for side in sides]
    train, validation, test = found
    return [(train[n], validation[n], test[n]) for n in range(len(dataset.class_names))]


def _pictures(dataset: Dataset, indices: Iterable[int]) -> set[str]:
    return {dataset.images[index].pixels for index in indices}


def _groups_by_class(dataset: Dataset, taken: set[str], seed: int) -> list[list[Group]]:
    """Return for each class its groups outside `taken`, in the random order of `seed`."""
    classes: list[defaultdict[str, Group]] = [defaultdict(list) for _ in dataset.class_names]
    for index, image in enumerate(dataset.images):
        if image.part in ("", "train") and image.pixels not in taken:
            classes[image.label][image.pixels].append(index)
    # A hash orders alike on every machine and Python; a shuffle is only promised for one version.
    return [
        [groups[pixels] for pixels in sorted(groups, key=lambda pixels: _rank(seed, pixels))]
        for groups in classes
    ]


def _rank(seed: int, pixels: str) -> str:
    return hashlib.sha256(f"{seed}:{pixels}".encode()).hexdigest()


def _deal(groups: Sequence[Group], validation: float, test: float) -> tuple[Group, Group, Group]:
    """Return the images for validation, test and training; each share gets a whole group if it can.

    One share from the front, the other from the back: behind each other, every change of the first would
    push the second along.
    """
    total = sum(len(group) for group in groups)
    spared = 2 if test and len(groups) > 2 else 1
    judging, left = _take(groups, _wanted(validation, total), most_groups=len(groups) - spared)
    testing, left = _take(left[::-1], _wanted(test, total), most_groups=len(left) - 1)
    return judging, testing, [index for group in left for index in group]


def _wanted(share: float, total: int) -> int:
    return max(1, math.floor(share * total + 0.5)) if share else 0


def _take(groups: Sequence[Group], wanted: int, most_groups: int) -> tuple[Group, list[Group]]:
    """Take up to `wanted` images in whole groups; returns them and the groups that are left."""
    if wanted == 0 or most_groups < 1:
        return [], list(groups)
    if all(len(group) > wanted for group in groups):
        smallest = min(groups, key=len)
        return smallest, [group for group in groups if group is not smallest]
    side: Group = []
    left: list[Group] = []
    for group in groups:
        if most_groups and len(side) + len(group) <= wanted:
            side.extend(group)
            most_groups -= 1
        else:
            left.append(group)
    return side, left


def _check_shares(validation: float, test: float) -> None:
    if not (0 <= validation < 1 and 0 <= test < 1 and validation + test < 1):
        raise SettingInvalid(
            "The shares for validation and test must be from 0 and together below 1, received "
            "{validation} and {test}.",
            validation=validation,
            test=test,
        )


def _check_classes(dataset: Dataset, train: Iterable[int]) -> None:
    labels = {dataset.images[index].label for index in train}
    for label, name in enumerate(dataset.class_names):
        if label not in labels:
            raise DatasetRefused(
                "The class {name} has no image to learn from: all of them also stand in the validation or "
                "test part. Import the dataset with other images of this class.",
                name=name,
            )
