"""Says what a person should know of classes before anything is trained: that lack a part, or are none."""

import difflib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from tl_core.datasets.reading import words
from tl_core.datasets.reading.listing import Listed, natural_key
from tl_core.datasets.reading.plans import Cell
from tl_core.datasets.reading.siblings import made_from
from tl_core.datasets.reading.sorting import shown
from tl_core.datasets.reading.spots import listed
from tl_core.datasets.reading.words import spelled
from tl_core.wording import N_, Sentence

ALIKE = 0.85
"""Of 1: how alike two names are that may be one class, where each lacks what the other has."""
MOST_COMPARED = 40_000
"""Pairs of names above which only equal spellings are found."""
LETTERS_APART = 2
ON_BOTH_SIDES = 0.2
"""Share of the photos to judge by that were made from some to learn from, from which it is said."""

NOT_VALIDATED = N_(
    "The class {name} has no validation photos: validation will not tell how well it is recognised."
)
NOT_LEARNED = N_("The class {name} has no photos to learn from, only some to judge by.")
EMPTY = N_("The folder {name} is empty, so it is no class.")
NO_MEANING = N_(
    "The names {names} do not say what the photos show. Look at the photos: are these really the classes?"
)
PERSONS_AS_CLASSES = N_(
    "The classes are named after persons or films: {names}. The model would learn who was in front of the "
    "camera. If that is not the aim, sort the photos by what they show."
)
VERSIONS_AS_CLASSES = N_(
    "The classes are named like versions of the same photos: {names}. The model would then learn how a photo "
    "was edited, not what it shows."
)
NUMBERS_AS_LABELS = N_(
    "The labels are numbers, {names} for example. Numbers in file names often mean something else: an age, a "
    "place, a count. Look at the photos of each."
)
DERIVED_BEHIND = N_(
    "Photos to judge by that were made from photos to learn from: {count}, {name} for example. The result "
    "would look too good. Let all parts be divided anew: then they stay together."
)

Sides = dict[str, Counter[str]]
"""Class -> part -> how many photos, of what is used."""


def sides_of(cells: Sequence[Cell]) -> Sides:
    """Return how many photos each class has in each part, of what is used."""
    sides: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for cell in cells:
        if cell.used:
            sides[cell.class_name][cell.part] += cell.count
    return dict(sorted(sides.items(), key=lambda item: natural_key(item[0])))


def alike_classes(sides: Sides) -> tuple[dict[str, str], dict[str, str]]:
    """Return class -> the class that it may be another spelling of: all of them, and the likely ones."""
    learned = sorted(name for name, side in sides.items() if side["train"] or side[""])
    known = {*learned}
    lacking = [name for name in sides if name not in known]
    by_spelling: defaultdict[str, list[str]] = defaultdict(list)
    for name in learned:
        by_spelling[spelled(name)].append(name)
    merge: dict[str, str] = {}
    for names in (some for some in by_spelling.values() if len(some) > 1):
        first = max(names, key=lambda name: sides[name].total())
        merge |= {name: first for name in names if name != first}
    likely: dict[str, str] = {}
    compared = learned if len(lacking) * len(learned) <= MOST_COMPARED else []
    for name in lacking:
        others = by_spelling.get(spelled(name)) or [one for one in compared if _akin(name, one)]
        for other in others:
            if other not in merge and not set(sides[name]) & set(sides[other]):
                merge[name] = likely[name] = other
                break
    return merge, likely


def _akin(name: str, other: str) -> bool:
    """Whether two names are a slip of the pen apart; another number is another thing."""
    if abs(len(name) - len(other)) > LETTERS_APART or _digits(name) != _digits(other):
        return False
    matcher = difflib.SequenceMatcher(None, name.casefold(), other.casefold())
    return matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE


def _digits(name: str) -> str:
    return "".join(filter(str.isdecimal, name))


def warnings(key: str, sides: Sides, merged: Mapping[str, str]) -> list[Sentence]:
    """Return what is to be said of the classes of the reading `key`, after some of them are merged."""
    sides = {name: Counter(side) for name, side in sides.items()}
    for name, into in merged.items():
        sides[into] += sides.pop(name)
    told = [
        Sentence(template=template, values={"names": listed(sides)})
        for template in _doubts_about_names(key, list(sides))
    ]
    divided = any(side["validation"] for side in sides.values())
    for name, side in sides.items():
        if side["validation"] + side["test"] and not side["train"] + side[""]:
            told.append(Sentence(template=NOT_LEARNED, values={"name": name}))
        elif divided and not side["validation"]:
            told.append(Sentence(template=NOT_VALIDATED, values={"name": name}))
    return told


def _doubts_about_names(key: str, names: list[str]) -> list[str]:
    if key.startswith("table"):
        return []
    if key.startswith("names"):
        numbers = not any(letter.isalpha() for name in names for letter in name)
        return [NUMBERS_AS_LABELS] if numbers else []
    if are_no_classes(names):
        return [NO_MEANING]
    if all(map(words.is_person, names)):
        return [PERSONS_AS_CLASSES]
    return [VERSIONS_AS_CLASSES] if all(map(words.is_variant, names)) else []


def are_no_classes(names: Sequence[str]) -> bool:
    """Whether folders of these names only divide the photos, or none says what is in it."""
    return words.are_pieces(names) or all(map(words.says_nothing, names))


def derived_behind(cells: Mapping[Cell, Sequence[Listed]]) -> list[Sentence]:
    """Return what is to be said of photos to judge by that were made from photos to learn from."""
    learned: dict[str, set[str]] = defaultdict(set)
    behind = []
    for cell, photos in cells.items():
        if cell.used and cell.part in ("", "train"):
            learned[cell.class_name] |= {
                one for photo in photos for one in (photo.stem, made_from(photo.stem))
            }
    judged = 0
    for cell, photos in cells.items():
        if cell.used and cell.part in ("validation", "test"):
            judged += len(photos)
            known = learned.get(cell.class_name, set())
            behind += [
                photo
                for photo in photos
                if (made_from(photo.stem) or photo.stem) in known - {""} and made_from(photo.stem)
            ]
    if not behind or len(behind) < ON_BOTH_SIDES * judged:
        return []
    values = {"count": len(behind), "name": shown(behind[0].name)}
    return [Sentence.of(DERIVED_BEHIND, values)]
