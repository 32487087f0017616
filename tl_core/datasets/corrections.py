"""Corrections to the photos of a run as data: noted one by one, written into a link, made into a new version.

A change is to leave a photo out, to give it another class, or to move it to another part. In a link stands
``<run>~<change>-<photo>-<photo>~<change>-<photo>``, with the first digits of the run's id and of the photos'
SHA-256, and a change as ``d`` (leave out), ``t`` or ``v`` (move to training or validation) or ``c0`` (relabel
to the first class).

The new version fixes every photo's part as the run had it. Without that, one relabelled photo would deal the
others anew, and the accuracies before and after would be measured on different photos.
"""

import re
from collections.abc import Mapping, Sequence

from tl_core.datasets.dataset import Dataset
from tl_core.datasets.kinship import families_of, groups_of, named
from tl_core.datasets.splits import Split, parts_of
from tl_core.datasets.versions import Edit, new_version
from tl_core.errors import DatasetRefused, SettingInvalid
from tl_core.people import NOBODY, Person

CLASS, PART, DROP = "class:", "part:", "drop"
"""A change is one of these words, a class or part with its name behind."""
MOVES = {"d": DROP, "t": PART + "train", "v": PART + "validation"}
RUN_DIGITS, PHOTO_DIGITS = 6, 10
MOST_NOTED = 100
"""Photos: more would make a link that some servers refuse."""
NOTES = re.compile(r"[0-9a-f]{6}(~(d|t|v|c\d{1,3})(-[0-9a-f]{10})+)+")

Noted = Mapping[str, str]
"""The first digits of a photo's SHA-256 -> its change."""


def check_notes(text: str) -> None:
    """Raise ValueError if `text` is not what `write_notes` writes."""
    if not NOTES.fullmatch(text):
        raise ValueError(text)


def read_notes(text: str, run_id: str, names: Sequence[str]) -> dict[str, str]:
    """Return what is noted for a run; nothing if the notes are another run's.

    Args:
        text: as `write_notes` writes it; empty for nothing.
        run_id: of the run whose photos they are.
        names: the classes of its dataset.
    """
    owner, *groups = text.split("~")
    if not groups or not run_id.startswith(owner):
        return {}
    codes = _codes(names)
    found: dict[str, str] = {}
    for code, *photos in (group.split("-") for group in groups):
        if code in codes:
            found |= dict.fromkeys(photos, codes[code])
    return found


def write_notes(noted: Noted, run_id: str, names: Sequence[str]) -> str:
    """Return what is noted for a run as text for a link; the arguments are those of `read_notes`."""
    codes = {change: code for code, change in _codes(names).items()}
    groups: dict[str, list[str]] = {}
    for photo, change in noted.items():
        groups.setdefault(codes[change], []).append(photo)
    return "~".join(
        [run_id[:RUN_DIGITS], *("-".join([code, *photos]) for code, photos in groups.items())]
    )


def possible_changes(dataset: Dataset, shown: Sequence[str], part: str) -> list[str]:
    """Return the changes that would change any of the `shown` photos, by SHA-256, which stand in `part`."""
    classes = {_class_of(dataset, sha256) for sha256 in shown}
    relabelled = [CLASS + name for name in dataset.class_names if classes != {name}]
    return [*relabelled, DROP, *(PART + name for name in ("train", "validation") if name != part)]


def with_change(
    noted: Noted, dataset: Dataset, photos: Sequence[str], change: str
) -> dict[str, str]:
    """Return what is noted with a change for more photos, but for those that it would leave as they are.

    Args:
        noted: what is noted so far.
        dataset: of the photos.
        photos: by SHA-256.
        change: for all of them.

    Raises:
        SettingInvalid: they are more than `MOST_NOTED`.
    """
    changed = [sha256 for sha256 in photos if change != CLASS + _class_of(dataset, sha256)]
    more = {**noted, **{sha256[:PHOTO_DIGITS]: change for sha256 in changed}}
    if len(more) > MOST_NOTED:
        raise SettingInvalid(
            "At most {most} changes can be noted at a time. Save and train again first.",
            most=MOST_NOTED,
        )
    return more


def corrected(dataset: Dataset, divided: Split, noted: Noted, by: Person = NOBODY) -> Dataset:
    """Publish `dataset` with what is noted as a new version.

    Args:
        dataset: that the run learned from.
        divided: as the run divided it.
        noted: the changes.
        by: whose the version is to be.

    Raises:
        DatasetRefused: what is left cannot teach.
    """
    known = {image.sha256: noted.get(image.sha256[:PHOTO_DIGITS]) for image in dataset.images}
    changes = {sha256: change for sha256, change in known.items() if change}
    return new_version(dataset, edit_of(dataset, divided, changes), by)


def edit_of(dataset: Dataset, divided: Split, changes: Mapping[str, str]) -> Edit:
    """Return the edit that makes `changes`, by SHA-256, and leaves every other photo where the run had it.

    A photo that is moved takes its group along.

    Raises:
        DatasetRefused: photos of one group are to move to different parts.
    """
    drop = frozenset(sha256 for sha256, change in changes.items() if change == DROP)
    moves = _named(changes, PART)
    parts = parts_of(dataset, divided) | moves | _with_groups(dataset, moves)
    return Edit(
        relabel=_named(changes, CLASS),
        drop=drop,
        move={sha256: part for sha256, part in parts.items() if sha256 not in drop},
    )


def _with_groups(dataset: Dataset, moves: Mapping[str, str]) -> dict[str, str]:
    """Return where the groups of moved photos go, by SHA-256."""
    found: dict[str, str] = {}
    for family in families_of(dataset.images) if moves else ():
        asked = {moves[image.sha256] for image in family if image.sha256 in moves}
        if len(asked) > 1:
            raise DatasetRefused(
                "Photos of one group ({groups}) are to move to training and to validation, but a group stays "
                "together. Note one of the two for them.",
                groups=named(groups_of(family)),
            )
        found |= {image.sha256: part for image in family for part in asked}
    return found


def _codes(names: Sequence[str]) -> dict[str, str]:
    """Return how each change is written -> the change."""
    return MOVES | {f"c{label}": CLASS + name for label, name in enumerate(names)}


def _class_of(dataset: Dataset, sha256: str) -> str:
    return dataset.class_names[dataset.by_sha256[sha256].label]


def _named(changes: Mapping[str, str], kind: str) -> dict[str, str]:
    return {
        sha256: change.removeprefix(kind)
        for sha256, change in changes.items()
        if change.startswith(kind)
    }
