"""Finds labels in file names, where the folders hold none: ``cat.0.jpg``, ``1a2b3c4d-cat.jpg``."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tl_core.datasets.reading import words
from tl_core.datasets.reading.listing import Listed

LEAST = 5
"""Photos that a label needs to count."""
COVERED = 0.8
"""Share of the photos that labels with enough photos must cover."""
MOST_FIELDS = 6
MOST_OFFERED = 3

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
    for key, label_of in _patterns().items():
        if key not in _SURE and any(f"names-{sure}" == one.key for one in found for sure in _SURE):
            break  # nobody names files like this by accident
        labels = {photo.name: label for photo in photos if (label := label_of(photo))}
        kept = _usable(labels, len(photos))
        content = frozenset(kept.items())
        if kept and content not in seen:
            seen.add(content)
            telling = not all(label.isdecimal() for label in kept.values())
            found.append(
                Labels(key=f"names-{key}", of=kept, example=next(iter(kept)), telling=telling)
            )
    return sorted(found, key=lambda one: not one.telling)[:MOST_OFFERED]


def _usable(labels: Mapping[str, str], total: int) -> dict[str, str]:
    """Return the labels that have enough photos; none if these are too few, or say nothing."""
    counts = Counter(labels.values())
    kept = {label for label, n in counts.items() if n >= LEAST}
    covered = sum(counts[label] for label in kept)
    if len(kept) < 2 or covered < COVERED * total:
        return {}
    if all(_is_camera_word(label) for label in kept):
        return {}
    return {name: label for name, label in labels.items() if label in kept}


def _is_camera_word(label: str) -> bool:
    found = words.tokens(label)
    return bool(found) and all(word in words.PHOTO_WORDS for word in found)


def _patterns() -> dict[str, Callable[[Listed], str]]:
    return {
        "teachable-machine": lambda photo: _match(_TEACHABLE_MACHINE, "/".join(photo.steps)),
        "hash": lambda photo: _bare(_match(_HASH_BEFORE, photo.stem)),
        "dot": lambda photo: _match(_BEFORE_DOT, photo.stem),
        "number": lambda photo: _match(_NUMBER_BEHIND, photo.stem),
        "after-number": lambda photo: _bare(_match(_NUMBER_BEFORE, photo.stem)),
        **{f"field-{place}": _field(place) for place in range(MOST_FIELDS)},
    }


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
