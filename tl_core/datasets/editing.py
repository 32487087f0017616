"""What an `Edit` makes of a dataset, in images and in sentences, and the rules that it must keep."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tl_core.datasets.bringing import checks
from tl_core.datasets.dataset import LEAST_IMAGES, Dataset, LabeledImage
from tl_core.datasets.edits import Edit
from tl_core.datasets.kinship import families_of, groups_of, named
from tl_core.datasets.reading.listing import natural_key
from tl_core.errors import DatasetRefused
from tl_core.wording import N_, Sentence

LONGEST_LIST = 200
"""Characters of class names in a sentence about them."""
Content = tuple[tuple[str, ...], tuple[LabeledImage, ...]]
"""Class names and images, as a `Dataset` has them."""


def edited(dataset: Dataset, edit: Edit) -> Content:
    """Return the classes and images that `edit` makes of `dataset`.

    Raises:
        DatasetRefused: the edit names what is not in the dataset, or what is left cannot teach.
    """
    _check_known(dataset, edit)
    new_class = _relabelled(dataset, edit)
    left = [name for name in dataset.class_names if name not in edit.off and name not in edit.merge]
    renamed = {name: checks.clean_class_name(edit.rename.get(name, name)) for name in left}
    _check_names(list(renamed.values()))
    kept: list[tuple[str, LabeledImage]] = []
    for image in _without_dropped(dataset.images, edit):
        name = new_class.get(image.pixels, dataset.class_names[image.label])
        name = edit.merge.get(name, name)
        if name not in edit.off:
            part = edit.move.get(image.sha256, image.part)
            moved = image if part == image.part else replace(image, part=part)
            kept.append((renamed[name], moved))
    class_names, images = labelled(renamed.values(), kept)
    _check_parts(images, edit)
    _check_groups(dataset, images, edit)
    check_left(images, class_names)
    return class_names, images


def labelled(names: Iterable[str], images: Iterable[tuple[str, LabeledImage]]) -> Content:
    """Return class names and images in the order of a `Dataset`; `images` come with their class's name."""
    class_names = tuple(sorted(names, key=natural_key))
    label = {name: place for place, name in enumerate(class_names)}
    found = [
        image if image.label == label[name] else replace(image, label=label[name])
        for name, image in images
    ]
    return class_names, tuple(sorted(found, key=LabeledImage.order))


def sentences_about(dataset: Dataset, edit: Edit) -> tuple[Sentence, ...]:
    """Return what `edit` really changes, a short sentence for each kind of change."""
    new_class = _relabelled(dataset, edit)
    kept = _without_dropped(dataset.images, edit)
    moved = [one for one in kept if edit.move.get(one.sha256, one.part) != one.part]
    relabelled = [
        one
        for one in kept
        if new_class.get(one.pixels, dataset.class_names[one.label])
        != dataset.class_names[one.label]
    ]
    counts = (
        (N_("Given another class: {count}"), len(relabelled)),
        (N_("Left out: {count}"), len(dataset.images) - len(kept)),
        (N_("Moved to another part: {count}"), sum(bool(one.part) for one in moved)),
    )
    lists = (
        (N_("Renamed: {names}"), _arrows(edit.rename)),
        (N_("Merged: {names}"), _arrows(edit.merge)),
        (N_("Switched off: {names}"), ", ".join(sorted(edit.off))),
    )
    found = (
        *(Sentence(template=text, values={"count": n}) for text, n in counts if n),
        *(
            Sentence(template=text, values={"names": shortened(names)})
            for text, names in lists
            if names
        ),
    )
    # That every image has its part for good comes with each other change, and is told only alone.
    if moved and not found:
        return (Sentence(template=N_("Given a fixed part: {count}"), values={"count": len(moved)}),)
    return found


def check_left(images: Sequence[LabeledImage], class_names: Sequence[str]) -> None:
    """Refuse a version with a class that has too few training images.

    Raises:
        DatasetRefused: names the smallest class.
    """
    name, count = checks.smallest_class(images, class_names)
    if count < LEAST_IMAGES:
        raise DatasetRefused(
            "The class {name} would have {count} training images; at least {least} are needed. "
            "Leave more in it, merge it with another class, or switch it off.",
            name=name,
            count=count,
            least=LEAST_IMAGES,
        )


def _arrows(names: Mapping[str, str]) -> str:
    return ", ".join(f"{old} → {new}" for old, new in sorted(names.items()) if old != new)


def shortened(text: str) -> str:
    """Return a list of class names, cut where a sentence cannot hold it."""
    return text if len(text) <= LONGEST_LIST else text[: LONGEST_LIST - 1] + "…"


def _without_dropped(images: Iterable[LabeledImage], edit: Edit) -> list[LabeledImage]:
    kept: list[LabeledImage] = []
    seen: set[str] = set()
    for image in images:
        again = image.sha256 in edit.once and image.sha256 in seen
        if again or image.sha256 in edit.drop:
            continue
        seen.add(image.sha256)
        kept.append(image)
    return kept


def _relabelled(dataset: Dataset, edit: Edit) -> dict[str, str]:
    """Return picture -> class: a copy that stayed behind would be the same picture in two classes."""
    found: dict[str, str] = {}
    for image in dataset.images:
        name = edit.relabel.get(image.sha256)
        if name is None:
            continue
        if found.setdefault(image.pixels, name) != name:
            raise DatasetRefused(
                "Two files show exactly the same picture, and one was given to {name}, the other to "
                "{other}. Give both to one class.",
                name=name,
                other=found[image.pixels],
            )
    return found


def _check_known(dataset: Dataset, edit: Edit) -> None:
    known = {image.sha256 for image in dataset.images}
    if not known.issuperset({*edit.relabel, *edit.drop, *edit.once, *edit.move}):
        raise DatasetRefused(
            "The dataset {title} does not have one of the images that are to change. "
            "Choose the images again.",
            title=dataset.title,
        )
    named = (*edit.relabel.values(), *edit.rename, *edit.merge, *edit.merge.values(), *edit.off)
    for name in named:
        if name not in dataset.class_names:
            raise DatasetRefused(
                "The dataset {title} has no class {name}. Choose one of: {valid}.",
                title=dataset.title,
                name=name[: checks.LONGEST_CLASS_NAME],
                valid=shortened(", ".join(dataset.class_names)),
            )
    for name in edit.merge.values():
        if name in edit.merge or name in edit.off:
            raise DatasetRefused(
                "The class {name} cannot take the images of another class: it goes away itself. "
                "Choose a class that stays.",
                name=name,
            )


def _check_names(names: Sequence[str]) -> None:
    if len(names) < 2:
        raise DatasetRefused(
            "Fewer than two classes would be left, and then there is nothing to tell apart. "
            "Keep at least two."
        )
    folded = [name.casefold() for name in names]
    for name in names:
        if folded.count(name.casefold()) > 1:
            raise DatasetRefused(
                "Two classes would be called {name}. Choose another name, or merge the two.",
                name=name,
            )


def _check_parts(images: Iterable[LabeledImage], edit: Edit) -> None:
    parts = {image.part for image in images}
    if edit.move and "" in parts and len(parts) > 1:
        raise DatasetRefused(
            "Some images would have a fixed part (training, validation or test) and others none. "
            "Fix the part of every image, or of none."
        )


def _check_groups(dataset: Dataset, images: Sequence[LabeledImage], edit: Edit) -> None:
    """Refuse to tear a group; one that was imported on two sides may stay so."""
    part = {image.sha256: image.part for image in dataset.images}
    moved = {sha256 for sha256, to in edit.move.items() if to != part[sha256]}
    for family in families_of(images) if moved else ():
        torn = len({image.part for image in family}) > 1
        if torn and any(image.sha256 in moved for image in family):
            raise DatasetRefused(
                "The images of one group ({groups}) would stand on two sides of the split. "
                "Move all of them, or none.",
                groups=named(groups_of(family)),
            )
