"""Reads classes, parts, groups and variants from folders, by their structure first and their names second.

cats/1.jpg                                      class folders, inside any number of wrapping folders
train/cats/1.jpg, 2. Test Data/cats/1.jpg       parts
cats/train/1.jpg, cats_train/1.jpg              parts inside the classes, or in their names
cats/1.jpg, dogs/1.jpg, test/cats/1.jpg         a part beside the classes
patient 1/cats/1.jpg, patient 2/cats/1.jpg      the same names below every outer folder: groups
color/cats/1.jpg, grayscale/cats/1.jpg          variants of the same pictures
"""

from collections.abc import Mapping

from tl_core.datasets.reading import part_words, words
from tl_core.datasets.reading.classes import ClassLevel, class_level, persons_level
from tl_core.datasets.reading.levels import (
    FOLDS,
    INSIDE,
    REPEAT,
    VARIANTS,
    again_of,
    kind_inside,
    of_views,
    parts_of,
    repeating,
    sets_inside,
)
from tl_core.datasets.reading.listing import Trail
from tl_core.datasets.reading.part_words import part_of
from tl_core.datasets.reading.spots import (
    FolderReading,
    Heads,
    Spot,
    by_head,
    inside,
    is_deep,
    key_of,
    leave_out,
    listed,
    sizes,
    stepped,
)
from tl_core.datasets.reading.wrappers import BESIDE, NOT_IN_A_CLASS, unwrapped
from tl_core.wording import N_, Sentence

MOST_LEVELS = 5
UNLABELLED = N_("Photos of {folder} without a class: {count}. Try them on the page Predict.")
PARTS = N_("These folders are parts, not classes: {folders}.")
CROSSED = N_("The names of the folders hold both class and part, as in {folders}.")
VERSIONS = N_(
    "The folders {folders} hold other versions of the photos beside them. They are left out, or the model "
    "would be judged by copies of what it learned."
)
AGAIN = N_("Inside {folders} the class folders stand again: their photos are of the same classes.")


def read_folders(counts: Mapping[Trail, int]) -> list[FolderReading]:
    """Return the ways to read folders, the likely one first.

    Args:
        counts: folder -> how many photos lie directly in it.

    Returns:
        At least one; without classes where the folders name none. Parts are known even then.
    """
    first = _read(counts, "folders", "")
    return [first, *(_read(counts, key, key) for key in dict.fromkeys(first.others))]


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
        spots = unwrapped(spots)
        heads = by_head(spots)
        if not heads:
            return
        deep = {name: inner for name, inner in heads.items() if is_deep(inner)}
        if levels and (parts := parts_of(heads, deep)):
            self._take_parts(heads, parts, levels)
        elif again := again_of(heads, deep):
            self._take_again(heads, again, levels)
        elif len(heads) > 3 and len(split := part_words.crossed(heads)) == len(heads):
            self._take_crossed(heads, split)
        elif versions := words.versions(heads):
            self._take_versions(heads, versions)
        elif levels and len(deep) > 1 and (kind := sets_inside(deep)):
            self._take_outers(heads, deep, kind, levels)
        elif len(deep) > 1 and (kind := kind_inside(deep)):
            self._take_inside(spots, kind)
        else:
            self._take_repeating_or_classes(heads, deep, levels)

    def _take_repeating_or_classes(self, heads: Heads, deep: Heads, levels: int) -> None:
        kind = repeating(heads, deep) if levels and len(deep) > 1 else ""
        if kind == VARIANTS or (kind == REPEAT and not self.wanted and not of_views(deep)):
            self._take_outers(heads, deep, kind, levels)
        else:
            self._take_classes(heads, deep, repeating=kind == REPEAT)

    def _take_parts(self, heads: Heads, parts: Mapping[str, str], levels: int) -> None:
        labelled: list[Spot] = []
        inner: dict[str, list[Spot]] = {}
        for name, spots in heads.items():
            if name not in parts:
                leave_out(spots, BESIDE, name)
                continue
            for spot in spots:
                spot.part, spot.outer = parts[name], spot.outer or name
            inner[name] = unwrapped(stepped(spots))
        self.reading.outer = self.reading.outer or "parts"
        self._because(PARTS, folders=listed(parts))
        learned = {
            key_of(one)
            for name, spots in inner.items()
            if parts[name] == "train"
            for one in sizes(spots)
        }
        for name, spots in inner.items():
            names = {*map(key_of, sizes(spots))}
            unknown = parts[name] != "train" and len(names) == 1 and not names & learned
            if learned and (unknown or not names):
                leave_out(spots, UNLABELLED, name)
            else:
                labelled += spots
        self.level(labelled, levels - 1)

    def _take_again(self, heads: Heads, again: Mapping[str, str], levels: int) -> None:
        """Take folders beside the class folders that hold these once more: a part, a variant, or more."""
        if any(again.values()):
            self.reading.outer = self.reading.outer or "parts"
            self._because(PARTS, folders=listed(name for name in again if again[name]))
        if more := [name for name, part in again.items() if not part]:
            self._because(AGAIN, folders=listed(more))
        spots = [spot for name, inner in heads.items() if name not in again for spot in inner]
        for name, part in again.items():
            for spot in heads[name]:
                spot.part, spot.outer = part or spot.part, name
                spot.used = not words.is_variant(name)
            spots += stepped(heads[name])
        if any(again.values()):
            for spot in spots:
                spot.part = spot.part or "train"
        self.level(spots, levels)

    def _take_crossed(self, heads: Heads, split: Mapping[str, tuple[str, str]]) -> None:
        self.reading.outer = self.reading.outer or "parts"
        self._because(CROSSED, folders=listed(heads))
        known = part_words.resolved({name: part for name, (_, part) in split.items()})
        for name, spots in heads.items():
            for spot in spots:
                spot.class_name, spot.part = split[name][0], known[name]
                spot.outer = spot.outer or known[name]

    def _take_versions(self, heads: Heads, versions: Mapping[str, str]) -> None:
        self.reading.outer = "variants"
        self._because(VERSIONS, folders=listed(versions))
        for name, spots in heads.items():
            for spot in spots:
                spot.class_name = versions.get(name, name)
                spot.outer = name if name in versions else ""
                spot.used = name not in versions

    def _take_inside(self, spots: list[Spot], template: str) -> None:
        """Take the outer folders for classes, and those in them for parts or variants."""
        self.reading.outer = "parts" if template == INSIDE else "variants"
        names = inside(spots)
        self._because(template, folders=listed(names))
        known = part_words.resolved({name: part_of(name) for name in names})
        first = min(names, key=lambda name: (words.variant_rank(name), name))
        for spot in spots:
            if not spot.rest:
                leave_out([spot], NOT_IN_A_CLASS)
                continue
            spot.class_name = spot.rest[0]
            spot.outer = spot.rest[1] if len(spot.rest) > 1 else ""
            spot.part = spot.part or known.get(spot.outer, "")
            spot.used = template == INSIDE or spot.outer in (first, "")

    def _take_outers(self, heads: Heads, deep: Heads, kind: str, levels: int) -> None:
        """Take the outer folders for groups, variants or folds, and read on inside them."""
        one_of = kind in (VARIANTS, FOLDS)
        self.reading.outer = "variants" if one_of else self.reading.outer or "groups"
        if kind == REPEAT:
            named = not any(letter.isdecimal() for name in deep for letter in name)
            self.reading.others += ["outer", "joined"] if named else ["outer"]
        self._because(kind, folders=listed(deep))
        first = min(deep, key=lambda name: (words.variant_rank(name), name))
        inner: list[Spot] = []
        for name, spots in heads.items():
            if name not in deep:
                leave_out(spots, BESIDE, name)
                continue
            for spot in spots:
                if one_of:
                    spot.outer, spot.used = name, name == first
                else:
                    spot.outer = spot.outer or name
                    spot.group = f"{spot.group}/{name}" if spot.group else name
            inner += unwrapped(stepped(spots))
        self.level(inner, levels - 1)

    def _take_classes(self, heads: Heads, deep: Heads, *, repeating: bool) -> None:
        if not deep and all(map(part_of, heads)):
            self._take_flat_parts(heads)
            return
        spots = [spot for inner in heads.values() for spot in inner]
        if not deep and all(map(words.is_submission, heads)):
            for spot in spots:
                spot.group = spot.outer = spot.rest[0]
            self.reading.outer = self.reading.outer or "groups"
            return
        level = class_level(heads, deep, self.wanted, repeating=repeating)
        self.reading.others += level.others
        self.reading.reasons += level.reasons
        if level.mode == "outer":
            self.reading.reasons += persons_level(spots)
        self._name(spots, level)

    def _name(self, spots: list[Spot], level: ClassLevel) -> None:
        for spot in spots:
            spot.class_name = level.name_of(spot)
            if level.outer_is_group and len(spot.rest) > 1:
                spot.group = spot.group or spot.rest[0]
                spot.outer = spot.outer or spot.rest[0]
                self.reading.outer = self.reading.outer or "groups"

    def _take_flat_parts(self, heads: Heads) -> None:
        """Remember the parts of photos whose classes must be found elsewhere."""
        known = part_words.resolved({name: part_of(name) for name in heads})
        for name, spots in heads.items():
            for spot in spots:
                spot.part, spot.outer = known[name], name
        if len(heads) > 1:
            self.reading.outer = "parts"

    def _because(self, template: str, **values: str) -> None:
        self.reading.reasons.append(Sentence(template=template, values=values))
