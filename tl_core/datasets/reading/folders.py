"""Reads classes, parts, groups and variants from folders, by their structure first and their names second.

cats/1.jpg                                      class folders, inside any number of wrapping folders
train/cats/1.jpg, 2. Test Data/cats/1.jpg       parts
cats/train/1.jpg                                parts inside the classes
patient 1/cats/1.jpg, patient 2/cats/1.jpg      the same names below every outer folder: groups
color/cats/1.jpg, grayscale/cats/1.jpg          variants of the same pictures
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from tl_core.datasets.reading import words
from tl_core.datasets.reading.listing import Trail, vocabulary
from tl_core.datasets.reading.words import part_of
from tl_core.wording import N_, Sentence

MOST_LEVELS = 5
REPEATED = 0.8
"""Share of the photos whose inner folder's name must stand in several outer folders."""
STRAY = 0.05
"""Share of the photos up to which folders beside the one that holds the data are no classes."""
FEW = 5
"""Photos below which a folder could be no class anyway."""

NOT_IN_A_CLASS = N_("Photos that are not inside a class folder: {count}, {name} for example.")
BESIDE = N_("Photos of the folder {folder}, which stands beside the data: {count}.")
UNLABELLED = N_("Photos of {folder} without a class: {count}. Try them on the page Predict.")

PARTS = N_("The folders {folders} are parts, not classes.")
REPEAT = N_(
    "Below {folders} the same names repeat: those are the classes. Photos of one outer folder are kept "
    "together, so that no one is judged by photos of a person or thing that were learned from."
)
VARIANTS = N_(
    "The folders {folders} hold the same classes in several versions. One is used, or the model would be "
    "judged by copies of what it learned."
)
INSIDE = N_("Every class has subfolders, and {folders} repeat in them: those are parts.")
PARTLY = N_(
    "Below {folders} some names repeat, so that the classes may be the outer folders, the inner ones, or "
    "both together."
)
SUBFOLDERS = N_("The class folders have subfolders, {folders} for example.")
PERSONS = N_(
    "Photos of one subfolder, such as {folder}, are kept together: they show the same person or thing."
)

_PERSONS = vocabulary(
    "patient subject person pupil student user participant donor animal video clip seq sequence scene "
    "case 환자 학생 사람 참가자 영상"
)


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


def read_folders(counts: Mapping[Trail, int]) -> list[FolderReading]:
    """Return the ways to read folders, the likely one first.

    Args:
        counts: folder -> how many photos lie directly in it.

    Returns:
        At least one; without classes where the folders name none. Parts are known even then.
    """
    first = _read(counts, "folders", "")
    return [first, *(_read(counts, key, key) for key in first.others)]


def _read(counts: Mapping[Trail, int], key: str, wanted: str) -> FolderReading:
    spots = {trail: Spot(trail=trail, count=n, rest=trail) for trail, n in counts.items()}
    reading = FolderReading(key=key, spots=spots)
    _Reader(reading, wanted).level(list(spots.values()), MOST_LEVELS)
    return reading


class _Reader:
    """Goes from the outermost folder inwards; every step takes one level off `Spot.rest`."""

    def __init__(self, reading: FolderReading, wanted: str) -> None:
        self.reading = reading
        self.wanted = wanted

    def level(self, spots: list[Spot], levels: int) -> None:
        spots = self._unwrapped(spots)
        heads = _by_head(spots)
        if not heads:
            return
        deep = {name: inner for name, inner in heads.items() if _is_deep(inner)}
        if levels and (parts := _parts(heads, deep)):
            self._take_parts(heads, parts, levels)
            return
        if len(deep) > 1 and (template := _kind_inside(deep)):
            self._take_inside(spots, template)
            return
        kind = self._repeating(heads, deep) if levels and len(deep) > 1 else ""
        if kind == VARIANTS or (kind == REPEAT and not self.wanted):
            self._take_outers(heads, deep, kind, levels)
        else:
            self._take_classes(heads, deep, kind)

    def _unwrapped(self, spots: list[Spot]) -> list[Spot]:
        """Strip folders that hold all the rest; what stands beside them is no class."""
        while True:
            heads = _by_head(spots)
            total = sum(spot.count for spot in spots)
            main = [name for name, inner in heads.items() if _count(inner) >= (1 - STRAY) * total]
            if len(main) != 1 or not _is_deep(heads[main[0]]):
                return spots
            if len(heads) > 1 and not _only_strays(heads, main[0]):
                return spots
            for name, inner in heads.items():
                if name != main[0]:
                    _leave_out(inner, BESIDE, name)
            for spot in spots:
                if not spot.rest:
                    _leave_out([spot], NOT_IN_A_CLASS)
            spots = _stepped(heads[main[0]])

    def _take_parts(
        self, heads: Mapping[str, list[Spot]], parts: Mapping[str, str], levels: int
    ) -> None:
        labelled: list[Spot] = []
        inner: dict[str, list[Spot]] = {}
        for name, spots in heads.items():
            if name not in parts:
                _leave_out(spots, BESIDE, name)
                continue
            for spot in spots:
                spot.part, spot.outer = parts[name], name
            inner[name] = self._unwrapped(_stepped(spots))
        self.reading.outer = self.reading.outer or "parts"
        self._because(PARTS, folders=_listed(parts))
        learned = {
            _key(one)
            for name, spots in inner.items()
            if parts[name] == "train"
            for one in _sizes(spots)
        }
        for name, spots in inner.items():
            names = {*map(_key, _sizes(spots))}
            unknown = parts[name] != "train" and len(names) == 1 and not names & learned
            if learned and (unknown or not names):
                _leave_out(spots, UNLABELLED, name)
            else:
                labelled += spots
        self.level(labelled, levels - 1)

    def _take_inside(self, spots: list[Spot], template: str) -> None:
        """Take the outer folders for classes, and those in them for parts or variants."""
        self.reading.outer = "parts" if template == INSIDE else "variants"
        inside = _inside(spots)
        self._because(template, folders=_listed(inside))
        known = _resolved({name: part_of(name) for name in inside})
        first = min(inside, key=lambda name: (words.variant_rank(name), name))
        for spot in spots:
            if not spot.rest:
                _leave_out([spot], NOT_IN_A_CLASS)
                continue
            spot.class_name = spot.rest[0]
            spot.outer = spot.rest[1] if len(spot.rest) > 1 else ""
            spot.part = spot.part or known.get(spot.outer, "")
            spot.used = template == INSIDE or spot.outer in (first, "")

    def _repeating(self, heads: Mapping[str, list[Spot]], deep: Mapping[str, list[Spot]]) -> str:
        """Return `VARIANTS` or `REPEAT` if the names below outer folders repeat, `PARTLY` if some do."""
        inner = {name: _sizes(self._peeled(spots)) for name, spots in deep.items()}
        often = Counter(key for sizes in inner.values() for key in {*map(_key, sizes)})
        several = [name for name, times in often.items() if times > 1]
        if not several or all(name in words.GENERIC for name in often):
            return ""
        repeated = sum(
            size
            for sizes in inner.values()
            for name, size in sizes.items()
            if often[_key(name)] > 1
        )
        if len(several) < 2 or repeated < REPEATED * sum(map(_count, heads.values())):
            return PARTLY
        return VARIANTS if 2 * sum(map(words.is_variant, inner)) >= len(inner) else REPEAT

    def _peeled(self, spots: list[Spot]) -> list[Spot]:
        """Return copies of the spots of one outer folder, inside it and its own wrappers."""
        return _Reader(FolderReading(key="", spots={}), "")._unwrapped(
            _stepped([replace(spot) for spot in spots])
        )

    def _take_outers(
        self,
        heads: Mapping[str, list[Spot]],
        deep: Mapping[str, list[Spot]],
        kind: str,
        levels: int,
    ) -> None:
        self.reading.outer = "variants" if kind == VARIANTS else "groups"
        if kind == REPEAT:
            self.reading.others.append("outer")
        self._because(kind, folders=_listed(deep))
        first = min(deep, key=lambda name: (words.variant_rank(name), name))
        inner: list[Spot] = []
        for name, spots in heads.items():
            if name not in deep:
                _leave_out(spots, BESIDE, name)
                continue
            for spot in spots:
                spot.outer = name
                if kind == REPEAT:
                    spot.group = f"{spot.group}/{name}" if spot.group else name
                else:
                    spot.used = name == first
            inner += self._unwrapped(_stepped(spots))
        self.level(inner, levels - 1)

    def _take_classes(
        self, heads: Mapping[str, list[Spot]], deep: Mapping[str, list[Spot]], kind: str
    ) -> None:
        if not deep and all(map(part_of, heads)):
            self._take_flat_parts(heads)
            return
        spots = [spot for inner in heads.values() for spot in inner]
        mode = self._mode(heads, deep, kind)
        if mode == "outer":
            self._keep_persons_together(spots)
        for spot in spots:
            outer, inner = spot.rest[0], "".join(spot.rest[1:2])
            named = {"outer": outer, "inner": inner or outer, "joined": f"{outer} {inner}".strip()}
            spot.class_name = named[mode]

    def _mode(
        self, heads: Mapping[str, list[Spot]], deep: Mapping[str, list[Spot]], kind: str
    ) -> str:
        """Return which folders name the classes, and offer what else could be meant."""
        if self.wanted:
            return self.wanted
        telling = [name for name in _inside_all(deep) if name.casefold() not in words.GENERIC]
        if kind == PARTLY:
            self.reading.others += ["outer", "inner"]
            self._because(PARTLY, folders=_listed(deep))
            return "joined"
        if len(deep) > 1 and len(deep) == len(heads) and len(telling) > len(deep):
            self.reading.others.append("inner")
            self._because(SUBFOLDERS, folders=_listed(telling))
        return "outer"

    def _take_flat_parts(self, heads: Mapping[str, list[Spot]]) -> None:
        """Remember the parts of photos whose classes must be found elsewhere."""
        known = _resolved({name: part_of(name) for name in heads})
        for name, spots in heads.items():
            for spot in spots:
                spot.part, spot.outer = known[name], name
        if len(heads) > 1:
            self.reading.outer = "parts"

    def _keep_persons_together(self, spots: list[Spot]) -> None:
        """Make groups of the subfolders of the classes, if these are named after persons or things."""
        inside = [spot for spot in spots if len(spot.rest) > 1]
        if not inside or _count(inside) < REPEATED * _count(spots):
            return
        if all(_PERSONS & set(words.tokens(spot.rest[1])) for spot in inside):
            for spot in inside:
                spot.group = spot.group or spot.rest[1]
            self._because(PERSONS, folder=inside[0].rest[1])

    def _because(self, template: str, **values: str) -> None:
        self.reading.reasons.append(Sentence(template=template, values=values))


def _parts(heads: Mapping[str, list[Spot]], deep: Mapping[str, list[Spot]]) -> dict[str, str]:
    """Return folder -> part if the outermost folders are parts.

    A class may be called ``train`` as well (a vehicle): then its images lie directly inside it.
    """
    parts = {name: part_of(name) for name in heads if part_of(name)}
    of_deep = {parts[name] for name in deep if name in parts}
    others = [name for name in deep if name not in parts]
    if not of_deep or ("train" not in of_deep and len(of_deep) < 2):
        return {}
    return _resolved(parts) if not others or len(of_deep) > 1 else {}


def _resolved(parts: Mapping[str, str]) -> dict[str, str]:
    """Tell what an evaluation part is: for validation, unless another part is, and then for the test."""
    evaluation = "test" if "validation" in parts.values() else "validation"
    return {
        name: evaluation if part == "evaluation" else part for name, part in parts.items() if part
    }


def _by_head(spots: Iterable[Spot]) -> dict[str, list[Spot]]:
    heads: defaultdict[str, list[Spot]] = defaultdict(list)
    for spot in spots:
        if spot.rest:
            heads[spot.rest[0]].append(spot)
    return dict(sorted(heads.items()))


def _stepped(spots: list[Spot]) -> list[Spot]:
    """Take one level off the spots; returns them."""
    for spot in spots:
        spot.rest = spot.rest[1:]
    return spots


def _kind_inside(deep: Mapping[str, list[Spot]]) -> str:
    """Return `INSIDE` or `VARIANTS` if parts or variants stand inside what are then the classes."""
    names = _inside_all(deep)
    common = [name for name, often in names.items() if often > 1]
    if len(common) < 2 or len(common) < len(names):
        return ""
    if all(map(part_of, common)):
        return INSIDE
    return VARIANTS if all(map(words.is_variant, common)) else ""


def _inside_all(deep: Mapping[str, list[Spot]]) -> Counter[str]:
    """Return in how many outer folders each inner name stands."""
    return Counter(name for spots in deep.values() for name in _inside(spots))


def _inside(spots: Iterable[Spot]) -> list[str]:
    """Return the names of the folders in the outermost ones."""
    return sorted({spot.rest[1] for spot in spots if len(spot.rest) > 1})


def _sizes(spots: Iterable[Spot]) -> Counter[str]:
    """Return how many photos each outermost folder holds."""
    sizes: Counter[str] = Counter()
    for spot in spots:
        if spot.rest:
            sizes[spot.rest[0]] += spot.count
    return sizes


def _count(spots: Iterable[Spot]) -> int:
    return sum(spot.count for spot in spots)


def _is_deep(spots: Iterable[Spot]) -> bool:
    """Whether most photos of an outermost folder lie in folders inside it."""
    return sum(spot.count * (1 if len(spot.rest) > 1 else -1) for spot in spots) > 0


def _only_strays(heads: Mapping[str, list[Spot]], main: str) -> bool:
    """Whether one outermost folder holds the data, and the others a few pictures about it."""
    others = [name for name in heads if name != main]
    return len({spot.rest for spot in heads[main]}) > 1 and not any(
        part_of(name) or (_count(heads[name]) >= FEW and not words.is_about_data(name))
        for name in (main, *others)
        if name != main or part_of(name)
    )


def _leave_out(spots: Iterable[Spot], reason: str, folder: str = "") -> None:
    for spot in spots:
        spot.reason, spot.folder = reason, folder


def _key(name: str) -> str:
    """Return what two spellings of one folder share."""
    return name.casefold()


def _listed(names: Iterable[str], most: int = 3, longest: int = 30) -> str:
    """Return a few names for a sentence."""
    found = [name if len(name) <= longest else f"{name[:longest]}…" for name in sorted(names)]
    return ", ".join(found[:most]) + (", …" if len(found) > most else "")
