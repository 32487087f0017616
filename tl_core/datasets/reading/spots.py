"""Folders on the way to being read: what is known of each, and what many of them have in common."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tl_core.datasets.reading import words
from tl_core.datasets.reading.listing import Trail
from tl_core.wording import Sentence


@dataclass(kw_only=True)
class Spot:
    """Where the photos of one folder belong, as far as is known; `rest` is what is still to be read."""

    trail: Trail
    count: int
    rest: Trail
    class_name: str = ""
    part: str = ""
    group: str = ""
    outer: str = ""
    used: bool = True
    reason: str = ""
    folder: str = ""


@dataclass(kw_only=True)
class FolderReading:
    """One way to read the folders: a `Spot` for each of them, reasons, and what else could be meant."""

    key: str
    spots: dict[Trail, Spot]
    reasons: list[Sentence] = field(default_factory=list)
    outer: str = ""
    others: list[str] = field(default_factory=list)

    def class_names(self) -> set[str]:
        """Return the names of all classes."""
        return {spot.class_name for spot in self.spots.values() if spot.class_name}


Heads = Mapping[str, list[Spot]]
"""Outermost folder -> the spots in it."""


def by_head(spots: Iterable[Spot]) -> dict[str, list[Spot]]:
    """Return the spots by their outermost folder; those that lie in none are not among them."""
    heads: defaultdict[str, list[Spot]] = defaultdict(list)
    for spot in spots:
        if spot.rest:
            heads[spot.rest[0]].append(spot)
    return dict(sorted(heads.items()))


def stepped(spots: list[Spot]) -> list[Spot]:
    """Take one level off the spots; returns them."""
    for spot in spots:
        spot.rest = spot.rest[1:]
    return spots


def inside(spots: Iterable[Spot]) -> list[str]:
    """Return the names of the folders in the outermost ones."""
    return sorted({spot.rest[1] for spot in spots if len(spot.rest) > 1})


def inside_all(heads: Heads) -> Counter[str]:
    """Return in how many outer folders each inner name stands."""
    return Counter(name for spots in heads.values() for name in inside(spots))


def sizes(spots: Iterable[Spot]) -> Counter[str]:
    """Return how many photos each outermost folder holds."""
    found: Counter[str] = Counter()
    for spot in spots:
        if spot.rest:
            found[spot.rest[0]] += spot.count
    return found


def count(spots: Iterable[Spot]) -> int:
    """Return how many photos there are."""
    return sum(spot.count for spot in spots)


def is_deep(spots: Iterable[Spot]) -> bool:
    """Whether most photos of an outermost folder lie in folders inside it."""
    return sum(spot.count * (1 if len(spot.rest) > 1 else -1) for spot in spots) > 0


def leave_out(spots: Iterable[Spot], reason: str, folder: str = "") -> None:
    """Say why the photos of some folders are not used."""
    for spot in spots:
        spot.reason, spot.folder = reason, folder


def innermost(spot: Spot) -> str:
    """Return the innermost folder that says what its photos show; the outermost if none inside it does."""
    telling = [name for name in spot.rest[1:] if not words.says_nothing(name)]
    return telling[-1] if telling else spot.rest[0]


def key_of(name: str) -> str:
    """Return what two spellings of one folder share."""
    return name.casefold()


def listed(names: Iterable[str], most: int = 3, longest: int = 30) -> str:
    """Return a few names for a sentence."""
    found = [name if len(name) <= longest else f"{name[:longest]}…" for name in sorted(names)]
    return ", ".join(found[:most]) + (", …" if len(found) > most else "")
