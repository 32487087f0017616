"""Tells which of several levels of folders names the classes, and which keeps photos together."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from tl_core.datasets.reading import part_words, words
from tl_core.datasets.reading.spots import Heads, Spot, count, innermost, inside, listed
from tl_core.wording import N_, Sentence

MOST_ONE_BY_ONE = 0.8
"""Share of the photos in subfolders that are named after persons, from which these count."""
LEAST_OF_A_CLASS = 5
"""Subfolders of a class, on average, from which numbered ones may be persons or things."""

PARTLY = N_(
    "Below {folders} some names repeat, so that the classes may be the outer folders, the inner ones, or "
    "both together."
)
SUBFOLDERS = N_("The class folders have subfolders, {folders} for example.")
OF_PERSONS = N_(
    "Each outer folder holds one folder, {folders} for example: these are the classes. Photos of one outer "
    "folder are kept together."
)
PERSONS = N_(
    "Photos of one subfolder, such as {folder}, are kept together: they may show the same person or thing."
)


@dataclass(frozen=True, kw_only=True)
class ClassLevel:
    """Which folders name the classes.

    Args:
        mode: ``outer``, ``inner`` or ``joined``.
        others: what else could be meant.
        reasons: why.
        outer_is_group: whether photos of one outer folder belong together.
    """

    mode: str
    others: list[str] = field(default_factory=list)
    reasons: list[Sentence] = field(default_factory=list)
    outer_is_group: bool = False

    def name_of(self, spot: Spot) -> str:
        """Return the class of the photos in a folder."""
        outer = spot.rest[0]
        if self.mode == "outer" or len(spot.rest) < 2:
            return outer
        return innermost(spot) if self.mode == "inner" else f"{outer} {spot.rest[1]}"


def class_level(heads: Heads, deep: Heads, wanted: str, *, repeating: bool) -> ClassLevel:
    """Return which folders name the classes, the likely ones.

    Args:
        heads: all outer folders.
        deep: those whose photos lie in folders inside them.
        wanted: the mode that is asked for; empty to find it.
        repeating: whether the same names stand in several of `deep`.
    """
    if wanted:
        return ClassLevel(mode=wanted)
    leaves = {
        name: {leaf for spot in spots if (leaf := innermost(spot)) != name}
        for name, spots in deep.items()
    }
    telling = {one for found in leaves.values() for one in found if _tells(one)}
    if len(telling) < 2:
        return ClassLevel(mode="outer")
    told = {"folders": listed(telling)}
    often = Counter(one.casefold() for spots in deep.values() for one in inside(spots))
    partly = any(times > 1 and _tells(name) for name, times in often.items())
    if repeating or (partly and len(often) > 1):
        mode = "outer" if repeating else "joined"
        others = [one for one in ("outer", "inner", "joined") if one != mode]
        because = Sentence(template=PARTLY, values={"folders": listed(deep)})
        return ClassLevel(mode=mode, others=others, reasons=[because])
    if _one_each(heads, deep, leaves):
        because = Sentence(template=OF_PERSONS, values=told)
        return ClassLevel(mode="inner", others=["outer"], reasons=[because], outer_is_group=True)
    mode, other = ("inner", "outer") if _only_holds(deep, leaves) else ("outer", "inner")
    because = Sentence(template=SUBFOLDERS, values=told)
    return ClassLevel(mode=mode, others=[other], reasons=[because])


def _tells(name: str) -> bool:
    return (
        not words.says_nothing(name) and not words.is_person(name) and not part_words.part_of(name)
    )


def _one_each(heads: Heads, deep: Heads, leaves: dict[str, set[str]]) -> bool:
    """Whether every outer folder has one folder in it that is not called alike: pupils with a class each."""
    if len(deep) < len(heads) or any(len(found) != 1 for found in leaves.values()):
        return False
    return not any(_akin(name, next(iter(found))) for name, found in leaves.items())


def _akin(outer: str, inner: str) -> bool:
    one, other = words.spelled(outer), words.spelled(inner)
    return one in other or other in one


def _only_holds(deep: Heads, leaves: dict[str, set[str]]) -> bool:
    """Whether the outer folders are named after what is in them, or after sets: ``cats_dogs``."""

    def holds(name: str) -> bool:
        own = words.tokens(name)
        if {"set", "sets", "dataset", "datasets", "data"} & {*own} or words.says_nothing(name):
            return True
        return sum(words.spelled(one) in map(words.spelled, own) for one in leaves[name]) > 1

    return all(map(holds, deep)) or (len(deep) == 1 and any(map(holds, deep)))


def persons_level(spots: Sequence[Spot]) -> list[Sentence]:
    """Make groups of the subfolders of the classes, if these stand for persons or things; tells so."""
    for place in range(max(len(spot.rest) for spot in spots) - 1, 0, -1):
        within = [spot for spot in spots if len(spot.rest) > place]
        if count(within) >= MOST_ONE_BY_ONE * count(spots) and _are_persons(within, place):
            for spot in within:
                spot.group = spot.group or "/".join(spot.rest[1 : place + 1])
            return [Sentence(template=PERSONS, values={"folder": within[0].rest[place]})]
    return []


def _are_persons(spots: Sequence[Spot], place: int) -> bool:
    names = {spot.rest[place] for spot in spots}
    if all(map(words.is_person, names)):
        return True
    classes: defaultdict[str, set[str]] = defaultdict(set)
    for spot in spots:
        classes[spot.rest[place]].add(spot.rest[0])
    numbered = all(any(map(str.isdecimal, name)) and not words.is_date(name) for name in names)
    alone = all(len(found) == 1 for found in classes.values())
    return (
        numbered and alone and len(names) >= LEAST_OF_A_CLASS * len({one.rest[0] for one in spots})
    )
