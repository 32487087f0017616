"""Finds what only repeats other files: copied folders, a set inside itself, copied files, twins.

Two files are taken for the same by checksum and size as the list declares them. Who lies in a list only
loses files of the own dataset.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set

from tl_core.datasets.reading import words
from tl_core.datasets.reading.listing import Listed, Trail, natural_key
from tl_core.datasets.reading.part_words import part_of

MOST_MISSING = 0.1
"""Share of a folder's files that may differ from those that it repeats: one of them may be damaged."""
LEAST_SAME = 0.5
"""Share of a folder's files that must be the same if all are called alike."""
EDITED = re.compile(r"(img_)e(\d+)|(.+)-(edited|수정됨|bearbeitet)", re.IGNORECASE)
"""How an iPhone and Google Photos call the edited twin of a photo."""
READABLE_FIRST = ("jpg", "jpeg", "png", "webp")
"""Of two formats of one photo the one that is kept."""

MOST_ALIKE = 100
"""Folders that may hold one picture; what stands in more is an empty page, and tells nothing."""

Content = tuple[int | str, int]
Folders = Mapping[Trail, Sequence[Listed]]
"""Folder -> the photos directly in it."""


def copied_folders(folders: Folders) -> set[Trail]:
    """Return the folders whose photos all stand in others as well, such that nothing is lost without them.

    A folder repeats one of the same name, but for the mark of a copy, or several at once (an album of the
    year), or says that it holds duplicates. Of two that repeat each other the one goes that is marked as a
    copy, is a part to judge by, or lies deeper.
    """
    contents = {trail: {photo.content for photo in photos} for trail, photos in folders.items()}
    where: defaultdict[Content, set[Trail]] = defaultdict(set)
    for trail, found in contents.items():
        for content in found:
            where[content].add(trail)
    shared = {one: trails for one, trails in where.items() if 1 < len(trails) <= MOST_ALIKE}
    some = [trail for trail, found in contents.items() if not shared.keys().isdisjoint(found)]
    gone = {trail for trail in folders if _are_thumbnails(trail, folders)}
    for trail in sorted(some, key=_copy_first):
        if trail in gone or any(map(words.is_fold, trail)) or not _tells_apart(folders[trail]):
            continue
        others = [shared.get(one, set()) - gone - {trail} for one in contents[trail]]
        if _is_copy(trail, others, folders) or _is_album(trail, others):
            gone.add(trail)
    return gone


def _are_thumbnails(trail: Trail, folders: Folders) -> bool:
    """Whether a folder holds the photos of the one around it once more, small."""
    if not trail or not words.is_thumbnails(trail[-1]):
        return False
    around = {photo.stem for photo in folders.get(trail[:-1], ())}
    return all(photo.stem in around for photo in folders[trail])


def _tells_apart(photos: Sequence[Listed]) -> bool:
    """Whether sizes tell the photos of a folder apart, where no checksums do."""
    if any(photo.crc is not None for photo in photos):
        return True
    return 2 * len({photo.size for photo in photos}) > len(photos)


def _is_copy(trail: Trail, others: Sequence[set[Trail]], folders: Folders) -> bool:
    """Whether a folder repeats one of its name, but for a few files that were damaged on the way."""
    alike = Counter(other for found in others for other in found if _repeats(trail, other))
    repeated = sum(any(_repeats(trail, other) for other in found) for found in others)
    if repeated >= (1 - MOST_MISSING) * len(others) > 0:
        return True
    mine = {photo.steps[-1] for photo in folders[trail]}
    return any(
        same >= LEAST_SAME * len(others) and mine <= {photo.steps[-1] for photo in folders[other]}
        for other, same in alike.items()
    )


def _copy_first(trail: Trail) -> tuple[bool, bool, bool, int, tuple[str, ...]]:
    """Sort key: what is rather the copy comes first."""
    album = words.is_year_album(trail[-1]) if trail else False
    marked = any(words.without_copy_mark(name) != name for name in trail)
    judging = any(part_of(name) not in ("", "train") for name in trail)
    return not album, not marked, not judging, -len(trail), tuple(reversed(trail))


def _repeats(trail: Trail, other: Trail) -> bool:
    """Whether a folder is a copy of another by its name: equal, but for the mark of a copy."""
    return bool(trail) and bool(other) and _bare(trail[-1]) == _bare(other[-1])


def _bare(name: str) -> str:
    return words.without_copy_mark(name).casefold()


def _is_album(trail: Trail, others: Sequence[set[Trail]]) -> bool:
    """Whether all photos of a folder stand in others, and these are several."""
    if not others or not all(others):
        return False
    if trail and words.holds_duplicates(trail[-1]):
        return True
    if any(map(part_of, trail)):
        return False
    named = {next(iter(sorted(found)))[-1:] for found in others}
    return len(named) > 1 or (bool(trail) and words.is_year_album(trail[-1]))


def spared(folders: Folders, copied: Set[Trail]) -> dict[str, Listed]:
    """Return name of a photo -> the one to use in its place: that of a copied folder, where it is larger.

    Two files of one name in folders that repeat each other should be the same; the smaller was cut off on
    its way.
    """
    of_key: defaultdict[tuple[Trail, str], list[Listed]] = defaultdict(list)
    for trail in folders.keys() - copied:
        for photo in folders[trail]:
            of_key[_place(photo)].append(photo)
    found = {}
    for photo in (photo for trail in sorted(copied) for photo in folders[trail]):
        kept = of_key.get(_place(photo), [])
        if len(kept) == 1 and kept[0].size < photo.size:
            found[kept[0].name] = photo
    return found


def _place(photo: Listed) -> tuple[Trail, str]:
    """Return what a photo and its copy in a copied folder share, beside their bytes."""
    return tuple(map(_bare, photo.trail[-2:])), photo.steps[-1]


def copied_files(photos: Sequence[Listed]) -> list[Listed]:
    """Return those photos of one folder that repeat another's bytes; the first in natural order stays."""
    if len({photo.content for photo in photos}) == len(photos):
        return []
    seen: set[Content] = set()
    copies = []
    for photo in sorted(photos, key=lambda photo: (len(photo.steps[-1]), natural_key(photo.name))):
        if photo.crc is not None and photo.content in seen:
            copies.append(photo)
        seen.add(photo.content)
    return copies


def twins(photos: Iterable[Listed], readable: frozenset[str]) -> list[Listed]:
    """Return those photos of one folder that stand there a second time, edited or in another format.

    Args:
        photos: of one folder.
        readable: endings of the formats that are read here.

    Returns:
        All but one of each photo: an edited picture stays rather than its original, one that can be read
        rather than one that cannot.
    """
    same: defaultdict[str, list[Listed]] = defaultdict(list)
    for photo in photos:
        same[_origin(photo.stem)].append(photo)

    def worth(photo: Listed) -> tuple[bool, bool, int]:
        rank = READABLE_FIRST.index(photo.suffix) if photo.suffix in READABLE_FIRST else 9
        return photo.suffix in readable, bool(EDITED.fullmatch(photo.stem)), -rank

    surplus = []
    for group in same.values():
        best = max(group, key=worth)
        surplus += [photo for photo in group if photo is not best and _is_other_form(photo, best)]
    return surplus


def _is_other_form(photo: Listed, best: Listed) -> bool:
    """Whether a photo is another one's original or format, and not a second file of that name."""
    return photo.suffix != best.suffix or photo.stem.casefold() != best.stem.casefold()


def _origin(stem: str) -> str:
    """Return what the original and its edited twin are both called."""
    match = EDITED.fullmatch(stem) if "-" in stem or stem[:5].casefold() == "img_e" else None
    if not match:
        return stem.casefold()
    return (f"{match[1]}{match[2]}" if match[1] else match[3]).casefold()
