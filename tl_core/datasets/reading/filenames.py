"""Finds labels in file names, where the folders hold none: ``cat.0.jpg``, ``1a2b3c4d-cat.jpg``."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from tl_core.datasets.reading import part_words, words
from tl_core.datasets.reading.listing import Listed, Trail

LEAST = 5
"""Photos that a label needs to count."""
COVERED = 0.8
"""Share of the photos that labels with enough photos must cover."""
MOST_FIELDS = 6
MOST_OFFERED = 3
MOST_FOLDERS = 200
PROBED = 2000
"""Photos by which it is decided which patterns may fit."""

_SURE = ("teachable-machine", "hash")
_TEACHABLE_MACHINE = re.compile(r"(.+)-!-\d+\.\w+")
_BEFORE_DOT = re.compile(r"([^.]*[^\W\d][^.]*)\..+")
_NUMBER_BEHIND = re.compile(r"(.*?[^\W\d_].*?)[\s._()#-]*\d+[\s)]*")
_HASH_BEFORE = re.compile(r"(?=\w*\d)[0-9a-f]{6,}[-_ ](.+)", re.IGNORECASE)
_NUMBER_BEFORE = re.compile(r"\d+[-_. ]+(.*[^\W\d_].*)")
_SEPARATORS = re.compile(r"[\s._()-]+")


@dataclass(frozen=True, kw_only=True)
class Labels:
    """Labels as one pattern finds them.

    Args:
        key: tells the pattern from others.
        of: name of a file -> its label; files without one are not in it.
        example: a file's name.
        telling: whether labels are words; numbers may be anything, such as an age.
    """

    key: str
    of: Mapping[str, str]
    example: str
    telling: bool


def labels_in_names(photos: Sequence[Listed]) -> list[Labels]:
    """Return the ways to read a label from every file name, the most likely first; none if none repeats.

    Args:
        photos: the files.

    Example:
        >>> [found] = labels_in_names(cats_and_dogs)
        >>> found.of["train/cat.0.jpg"]
        'cat'
    """
    found: list[Labels] = []
    seen: set[frozenset[tuple[str, str]]] = set()
    for key in _likely_patterns(photos):
        label_of = _PATTERNS[key]
        labels = {photo.name: label for photo in photos if (label := label_of(photo))}
        kept = _usable(labels, len(photos), LEAST)
        content = frozenset(kept.items())
        if kept and content not in seen:
            seen.add(content)
            telling = not all(_is_number(label) for label in kept.values())
            found.append(
                Labels(key=f"names-{key}", of=kept, example=next(iter(kept)), telling=telling)
            )
    return sorted(found, key=lambda one: not one.telling)[:MOST_OFFERED]


def labels_repeat(folders: Mapping[Trail, Sequence[Listed]]) -> bool:
    """Whether the file names of every folder hold the same labels, as if each folder were a pupil's."""
    if len(folders) > MOST_FOLDERS:
        return False
    some = [photo for photos in folders.values() for photo in photos[:: len(photos) // 50 + 1]]
    key = next(iter(_likely_patterns(some)), "")
    if not key:
        return False
    kept = set(
        _usable({photo.name: _PATTERNS[key](photo) for photo in some}, len(some), 2).values()
    )
    found = [{_PATTERNS[key](photo) for photo in photos} & kept for photos in folders.values()]
    shared = set.intersection(*found) if found else set()
    return len({one for one in shared if _may_be_class(one)}) > 1


def more_labels(labels: Labels, photos: Sequence[Listed]) -> Labels:
    """Return labels with those that the same pattern finds in other photos, such as those of another part."""
    label_of = _PATTERNS[labels.key.removeprefix("names-")]
    known = set(labels.of.values())
    more = {photo.name: label for photo in photos if (label := label_of(photo)) in known}
    return replace(labels, of=more | dict(labels.of))


def _likely_patterns(photos: Sequence[Listed]) -> list[str]:
    """Return the patterns that may fit, by a few of many photos; a sure one alone."""
    some = photos[:: len(photos) // PROBED + 1]
    found = []
    for key, label_of in _PATTERNS.items():
        labels = {photo.name: label for photo in some if (label := label_of(photo))}
        if _usable(labels, len(some), LEAST if len(some) == len(photos) else 2):
            found.append(key)
            if key in _SURE:  # nobody names files like this by accident
                break
    return found


def _usable(labels: Mapping[str, str], total: int, least: int) -> dict[str, str]:
    """Return the labels that have enough photos; none if these are too few, or say nothing."""
    counts = Counter(labels.values())
    kept = {label for label, n in counts.items() if n >= least}
    covered = sum(counts[label] for label in kept)
    if len(kept) < 2 or covered < COVERED * total:
        return {}
    if not any(_may_be_class(label) for label in kept) and not all(
        label.isdecimal() and not words.is_date(label) for label in kept
    ):
        return {}
    return {name: label for name, label in labels.items() if label in kept}


def _may_be_class(label: str) -> bool:
    """Whether a label is more than what cameras, parts and numbers are called."""
    found = words.tokens(label)
    return bool(found) and not all(
        word in words.PHOTO_WORDS or word in part_words.PART_OF_WORD for word in found
    )


def _is_number(label: str) -> bool:
    return not any(letter.isalpha() for letter in label)


def _match(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.fullmatch(text)
    return match[1].strip(" ._-") if match else ""


def _bare(label: str) -> str:
    """Return a label without the number behind it."""
    return _match(_NUMBER_BEHIND, label) or label


def _field(place: int) -> Callable[[Listed], str]:
    def label_of(photo: Listed) -> str:
        fields = [field for field in _SEPARATORS.split(photo.stem) if field]
        return fields[place] if 1 < len(fields) > place else ""

    return label_of


_PATTERNS: dict[str, Callable[[Listed], str]] = {
    "teachable-machine": lambda photo: _match(_TEACHABLE_MACHINE, "/".join(photo.steps)),
    "hash": lambda photo: _bare(_match(_HASH_BEFORE, photo.stem)),
    "dot": lambda photo: _match(_BEFORE_DOT, photo.stem),
    "number": lambda photo: _match(_NUMBER_BEHIND, photo.stem),
    "after-number": lambda photo: _bare(_match(_NUMBER_BEFORE, photo.stem)),
    **{f"field-{place}": _field(place) for place in range(MOST_FIELDS)},
}
