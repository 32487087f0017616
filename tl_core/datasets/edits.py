"""What a person changes about a dataset: `Edit`, what it makes of one, and the rules that it must keep."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from tl_core.datasets.bringing import checks
from tl_core.datasets.bringing.layout import natural_key
from tl_core.datasets.dataset import PARTS, Dataset, LabeledImage, is_digest
from tl_core.errors import DatasetRefused, SettingInvalid
from tl_core.wording import N_, Sentence

LONGEST_LIST = 200
"""Characters of class names in a sentence about them."""

Content = tuple[tuple[str, ...], tuple[LabeledImage, ...]]
"""Class names and images, as a `Dataset` has them."""


@dataclass(frozen=True, kw_only=True)
class Edit:
    """Changes to a dataset; all class names are those before the edit.

    Args:
        relabel: SHA-256 of an image -> the class it belongs to; copies of the picture go with it.
        drop: SHA-256 of images to leave out.
        once: SHA-256 of files that stand in the dataset several times and of which one is kept.
        move: SHA-256 of an image -> its part: ``train``, ``validation``, ``test``, or empty for "divide by
            share and seed". After the edit either every image has a part or none has: a dataset without
            parts is given them with `tl_core.datasets.splits.parts_of`.
        rename: class -> its new name.
        merge: class -> the class that takes its images.
        off: classes to leave out.

    Raises:
        SettingInvalid: something in it is no SHA-256, part or text.

    Example:
        >>> Edit(rename={"1": "cats"}).to_json()
        {'rename': {'1': 'cats'}}
    """

    relabel: Mapping[str, str] = field(default_factory=dict, hash=False)
    drop: frozenset[str] = frozenset()
    once: frozenset[str] = frozenset()
    move: Mapping[str, str] = field(default_factory=dict, hash=False)
    rename: Mapping[str, str] = field(default_factory=dict, hash=False)
    merge: Mapping[str, str] = field(default_factory=dict, hash=False)
    off: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for name, (is_key, is_value) in _KINDS.items():
            value = getattr(self, name)
            pairs = value.items() if isinstance(value, Mapping) else ((key, None) for key in value)
            right_kind = isinstance(value, Mapping if is_value else frozenset)
            if not right_kind or not all(
                is_key(key) and (is_value is None or is_value(text)) for key, text in pairs
            ):
                raise _no_edit(name)

    def to_json(self) -> dict[str, Any]:
        """Return the edit as JSON values; empty fields are left out."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            name: dict(value) if isinstance(value, Mapping) else sorted(value)
            for name, value in values.items()
            if value
        }

    @classmethod
    def from_json(cls, value: Any) -> "Edit":
        """Return the edit that `to_json` described.

        Raises:
            SettingInvalid: `value` describes no edit.
        """
        if not isinstance(value, dict):
            raise _no_edit(type(value).__name__)
        found: dict[str, Any] = {}
        for name, content in value.items():
            if name not in _KINDS or not isinstance(content, dict | list):
                raise _no_edit(str(name))
            listed = isinstance(content, list)
            if listed and not all(isinstance(one, str) for one in content):
                raise _no_edit(name)
            found[name] = frozenset(content) if listed else content
        return cls(**found)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_part(value: Any) -> bool:
    return value in PARTS


_KINDS: Mapping[str, tuple[Callable[[Any], bool], Callable[[Any], bool] | None]] = {
    "relabel": (is_digest, _is_text),
    "drop": (is_digest, None),
    "once": (is_digest, None),
    "move": (is_digest, _is_part),
    "rename": (_is_text, _is_text),
    "merge": (_is_text, _is_text),
    "off": (_is_text, None),
}
"""For each field of an edit: what a key must be, and what its value must be if it has one."""


def _no_edit(field: str) -> SettingInvalid:
    return SettingInvalid(
        "This change of a dataset cannot be read: its part {field} is damaged. Make the change again.",
        field=field[:40],
    )


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
        *(Sentence(template=text, values={"names": _cut(names)}) for text, names in lists if names),
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
    if count < checks.LEAST_IMAGES:
        raise DatasetRefused(
            "The class {name} would have {count} training images; at least {least} are needed. "
            "Leave more in it, merge it with another class, or switch it off.",
            name=name,
            count=count,
            least=checks.LEAST_IMAGES,
        )


def _arrows(names: Mapping[str, str]) -> str:
    return ", ".join(f"{old} → {new}" for old, new in sorted(names.items()) if old != new)


def _cut(text: str) -> str:
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
                valid=_cut(", ".join(dataset.class_names)),
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
