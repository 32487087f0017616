"""Splits a dataset into training, validation and test images.

By class, so that every side has all classes; by picture, so that a copy of a training image is never used
to judge the model; by group, so that nobody is judged on a patient or a pupil it knows; and by content and
seed alone, so that the split is the same on every machine.
"""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tl_core.datasets.dataset import Dataset
from tl_core.datasets.dealing import Bundle, deal
from tl_core.datasets.kinship import check_groups, kin_of
from tl_core.errors import DatasetRefused, SettingInvalid

Group = list[int]
"""Images that stay together, as indices into the dataset's images."""
Sides = tuple[Group, Group, Group]
"""For validation, test and training."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """Which image is used for what, as ascending indices into the dataset's images.

    Args:
        train: images to learn from.
        validation: images to judge the model while it learns.
        test: images to judge it once, at the end.
        dropped: how many images are unused because a side that came with the dataset has the same picture, or
            another one of their group.
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

    A dataset with groups is divided in whole groups, as near to the shares as they allow, and so that every
    class has something on both sides where that is possible.

    Args:
        dataset: what to divide.
        validation: share for validation, 0 (none) to below 1.
        test: share for the test, 0 (none, the default) to below 1; both together below 1.
        seed: another seed gives another random split.

    Raises:
        SettingInvalid: a share is out of range.
        DatasetRefused: a class has no image left to learn from, or a group keeps all of it together.
    """
    _check_shares(validation, test)
    own: dict[str, Group] = {"validation": [], "test": []}
    for index, image in enumerate(dataset.images):
        if image.part in own:
            own[image.part].append(index)
    kin = kin_of(dataset.images)
    taken = {kin[index] for index in own["test"]}
    own["validation"] = [index for index in own["validation"] if kin[index] not in taken]
    taken |= {kin[index] for index in own["validation"]}
    shares = (0.0 if own["validation"] else validation, 0.0 if own["test"] else test)
    families = _families(dataset, kin, taken, seed)
    grouped = any(dataset.images[index].group for family in families for index in family)
    more_validation, more_test, train = (_in_whole_groups if grouped else _by_class)(
        dataset, families, *shares
    )
    own["validation"] += more_validation
    own["test"] += more_test
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


def unjudged(dataset: Dataset, divided: Split) -> list[str]:
    """Return the classes without a validation image: validation does not tell how well they are known."""
    judged = {dataset.images[index].label for index in divided.validation}
    return [name for label, name in enumerate(dataset.class_names) if label not in judged]


def _families(dataset: Dataset, kin: Sequence[str], taken: set[str], seed: int) -> list[Group]:
    """Return what is to be divided, all that stays together in one group, in the random order of `seed`."""
    families: defaultdict[str, Group] = defaultdict(list)
    for index, image in enumerate(dataset.images):
        if image.part in ("", "train") and kin[index] not in taken:
            families[kin[index]].append(index)
    return [families[name] for name in sorted(families, key=lambda name: _rank(seed, name))]


def _by_class(dataset: Dataset, families: Sequence[Group], validation: float, test: float) -> Sides:
    """Divide each class by itself; the same picture stands in one class only."""
    classes: list[list[Group]] = [[] for _ in dataset.class_names]
    for family in families:
        classes[dataset.images[family[0]].label].append(family)
    sides: Sides = ([], [], [])
    for groups in classes:
        for side, dealt in zip(sides, _deal(groups, validation, test), strict=True):
            side += dealt
    return sides


def _in_whole_groups(
    dataset: Dataset, families: Sequence[Group], validation: float, test: float
) -> Sides:
    """Divide all classes at once: a group may have images of several."""
    bundles = [
        Bundle(images=family, counts=Counter(dataset.images[index].label for index in family))
        for family in families
    ]
    if validation:
        check_groups(dataset, bundles)
    total: Counter[int] = Counter()
    for bundle in bundles:
        total.update(bundle.counts)
    wanted = [
        (_wanted(validation, total[label]), _wanted(test, total[label]))
        for label in range(len(dataset.class_names))
    ]
    judging, testing, learning = (
        [index for bundle in side for index in bundle.images] for side in deal(bundles, wanted)
    )
    return judging, testing, learning


def _rank(seed: int, name: str) -> str:
    # A hash orders alike on every machine and Python; a shuffle is only promised for one version.
    return hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()


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
    grouped = any(image.group for image in dataset.images)
    for label, name in enumerate(dataset.class_names):
        if label in labels:
            continue
        if grouped:
            raise DatasetRefused(
                "The class {name} has no image to learn from: all of them, or others of their groups, stand "
                "in the validation or test part. Import the dataset with images of this class from other "
                "groups.",
                name=name,
            )
        raise DatasetRefused(
            "The class {name} has no image to learn from: all of them also stand in the validation or "
            "test part. Import the dataset with other images of this class.",
            name=name,
        )
