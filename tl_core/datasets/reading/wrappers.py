"""Takes off what only surrounds the data: wrapping folders, pieces of many files, folders beside it."""

from tl_core.datasets.reading import part_words, words
from tl_core.datasets.reading.spots import (
    Heads,
    Spot,
    by_head,
    count,
    inside,
    is_deep,
    leave_out,
    stepped,
)
from tl_core.wording import N_

STRAY = 0.05
"""Share of the photos up to which folders beside the one that holds the data are no classes."""
FEW = 5
"""Photos below which a folder could be no class anyway."""

NOT_IN_A_CLASS = N_("Photos that are not inside a class folder: {count}, {name} for example.")
BESIDE = N_("Photos of the folder {folder}, which stands beside the data: {count}.")
ALBUM = N_(
    "Photos of the album {folder}, which Google Photos made by itself: {count}. Not all of them are in "
    "another album."
)


def unwrapped(spots: list[Spot]) -> list[Spot]:
    """Strip folders that hold all the rest; what stands beside them is no class."""
    while True:
        heads = _without_albums(by_head(spots))
        deep = {name: inner for name, inner in heads.items() if is_deep(inner)}
        main = _main(heads, deep)
        if main:
            wrapped = [main]
        elif len(deep) == len(heads) and words.are_pieces(heads):
            wrapped = list(heads)
        else:
            return [spot for spot in spots if not spot.reason]
        for name, inner in heads.items():
            if name not in wrapped:
                leave_out(inner, BESIDE, name)
        for spot in spots:
            if not spot.rest:
                leave_out([spot], NOT_IN_A_CLASS)
        spots = [spot for name in wrapped for spot in stepped(heads[name])]


def _without_albums(heads: Heads) -> Heads:
    """Leave out what Google Takeout makes of each year, where there are albums by people."""
    years = [name for name in heads if words.is_year_album(name)]
    if not years or len(heads) - len(years) < 2:
        return heads
    for name in years:
        leave_out(heads[name], ALBUM, name)
    return {name: inner for name, inner in heads.items() if name not in years}


def _main(heads: Heads, deep: Heads) -> str:
    """Return the folder that holds the data; empty if several do, or the data is here."""
    total = sum(map(count, heads.values()))
    most = [name for name, inner in deep.items() if count(inner) >= (1 - STRAY) * total]
    if len(heads) == 1:
        return "".join(deep)
    if most and _only_strays(heads, most[0]):
        return most[0]
    about = [name for name in heads if words.is_about_data(name)]
    rest = [name for name in heads if name not in about]
    if len(rest) == 1 and rest[0] in deep and about:
        return rest[0] if len(inside(deep[rest[0]])) > 1 else ""
    return _named_data(heads, deep)


def _named_data(heads: Heads, deep: Heads) -> str:
    """Return the one folder of folders that is called data or holds parts, if most photos are in it."""
    if len(deep) != 1 or any(map(part_words.part_of, heads)):
        return ""
    (name,) = deep
    names = inside(deep[name])
    others = sum(count(inner) for other, inner in heads.items() if other != name)
    telling = words.says_nothing(name) or len(part_words.parts_of(names)) > 1
    return name if telling and len(names) > 1 and count(deep[name]) > others else ""


def _only_strays(heads: Heads, main: str) -> bool:
    """Whether one outermost folder holds the data, and the others a few pictures about it."""
    others = [name for name in heads if name != main]
    return len({spot.rest for spot in heads[main]}) > 1 and not any(
        part_words.part_of(name)
        or (name != main and count(heads[name]) >= FEW and not words.is_about_data(name))
        for name in (main, *others)
    )
