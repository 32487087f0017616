"""Tells what a level of folders is: parts, variants, folds, groups, or the class folders once more."""

from collections import Counter
from dataclasses import replace

from tl_core.datasets.reading import part_words, words
from tl_core.datasets.reading.part_words import part_of
from tl_core.datasets.reading.spots import (
    Heads,
    Spot,
    count,
    inside,
    inside_all,
    key_of,
    sizes,
    stepped,
)
from tl_core.datasets.reading.wrappers import unwrapped
from tl_core.wording import N_

REPEATED = 0.8
"""Share of the photos whose inner folder's name must stand in several outer folders."""

REPEAT = N_(
    "Below {folders} the same names repeat: those are the classes. Photos of one outer folder are kept "
    "together, so that no one is judged by photos of a person or thing that were learned from."
)
VARIANTS = N_(
    "The folders {folders} hold the same classes in several versions. One is used, or the model would be "
    "judged by copies of what it learned."
)
FOLDS = N_(
    "The folders {folders} divide the same photos into parts, each in another way. One is used, or the model "
    "would be judged by what it learned."
)
INSIDE = N_("Every class has subfolders, and {folders} repeat in them: those are parts.")


def parts_of(heads: Heads, deep: Heads) -> dict[str, str]:
    """Return folder -> part if the outermost folders are parts.

    A class may be called ``train`` as well (a vehicle): then its images lie directly inside it.
    """
    parts = part_words.parts_of(heads)
    of_deep = {parts[name] for name in deep if name in parts}
    others = [name for name in deep if name not in parts]
    if not of_deep or ("train" not in of_deep and len(of_deep) < 2):
        return {}
    return part_words.resolved(parts) if not others or len(of_deep) > 1 else {}


def again_of(heads: Heads, deep: Heads) -> dict[str, str]:
    """Return those folders of folders, and their parts, in which only names from beside them stand."""
    flat = {key_of(name) for name in heads if name not in deep}
    if len(flat) < 2 or not deep:
        return {}
    found = {
        name: part_of(name)
        for name, spots in deep.items()
        if len(names := {*map(key_of, inside(spots))}) > 1 and names <= flat
    }
    return part_words.resolved(found) | {name: "" for name, part in found.items() if not part}


def sets_inside(deep: Heads) -> str:
    """Return `FOLDS`, `REPEAT` or "" if outer folders have the same classes in parts of their own."""
    common = [name for name, often in inside_all(deep).items() if often > 1]
    if len(common) < 2 or not all(map(part_of, common)):
        return ""
    below = {
        name: {key_of(spot.rest[2]) for spot in spots if len(spot.rest) > 2}
        for name, spots in deep.items()
    }
    often = Counter(one for names in below.values() for one in names)
    if sum(times > 1 for times in often.values()) < 2:
        return ""
    return FOLDS if all(map(words.is_fold, deep)) else REPEAT


def kind_inside(deep: Heads) -> str:
    """Return `INSIDE` or `VARIANTS` if parts or variants stand inside what are then the classes."""
    names = inside_all(deep)
    common = [name for name, often in names.items() if often > 1]
    if len(common) < 2 or len(common) < len(names):
        return ""
    if all(map(part_of, common)):
        return INSIDE
    return VARIANTS if all(map(words.is_variant, common)) else ""


def repeating(heads: Heads, deep: Heads) -> str:
    """Return `VARIANTS` or `REPEAT` if the names below outer folders repeat."""
    inner = {name: sizes(_peeled(spots)) for name, spots in deep.items()}
    often = Counter(key for found in inner.values() for key in {*map(key_of, found)})
    several = [name for name, times in often.items() if times > 1]
    if len(several) < 2 or all(map(words.says_nothing, often)):
        return ""
    repeated = sum(
        size for found in inner.values() for name, size in found.items() if often[key_of(name)] > 1
    )
    if repeated < REPEATED * sum(map(count, heads.values())):
        return ""
    return VARIANTS if 2 * sum(map(words.is_variant, inner)) >= len(inner) else REPEAT


def of_views(deep: Heads) -> bool:
    """Whether what repeats says from where photos were taken, and the outer folders may be classes."""
    named = not any(map(words.is_person, deep)) and not all(map(words.says_nothing, deep))
    return named and all(map(words.is_view, inside_all(deep)))


def _peeled(spots: list[Spot]) -> list[Spot]:
    """Return copies of the spots of one outer folder, inside it and its own wrappers."""
    return unwrapped(stepped([replace(spot) for spot in spots]))
