"""Finds masks: pictures that say where something is in another picture, and teach nothing by themselves."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from tl_core.datasets.reading import words
from tl_core.datasets.reading.listing import Listed, Trail

PAIRED = 0.5
"""Share of a folder's files that must be named like photos elsewhere."""
LOOKED_AT = 8
"""Files of a folder that are decoded to see whether they have few colours."""

MOST_BESIDE = 200
"""Folders side by side; so many are classes or people, and none of them the masks of another."""
LOSSY = ("jpg", "jpeg", "jpe", "jfif", "heic")
"""Formats in which nobody keeps masks, unless the folder says so."""

Folders = Mapping[Trail, Sequence[Listed]]


def suspects(folders: Folders) -> list[Listed]:
    """Return the files to look at before `masks` can tell; a few of each folder that may hold masks."""
    wanted: set[Trail] = set()
    around = _around(folders)
    for trail in folders:
        pairs = _pairs(trail, folders, around)
        if _may_hold_masks(trail) or pairs:
            wanted |= {trail, *pairs}
    found = []
    for trail in sorted(wanted):
        step = max(1, len(folders[trail]) // LOOKED_AT)
        found += list(folders[trail])[::step][:LOOKED_AT]
    return found


def masks(folders: Folders) -> list[Listed]:
    """Return the photos that are masks.

    In a folder named after masks they must look like masks (few colours), or be named like photos of another
    folder if nobody looked; in any other folder they must do both. Beside their photo, `1_mask.png` next to
    `1.png`, the name is enough.
    """
    flat = {trail: _is_flat(photos) for trail, photos in folders.items()}
    found = []
    around = _around(folders)
    for trail, photos in folders.items():
        named = _may_hold_masks(trail)
        paired = any(not flat[other] for other in _pairs(trail, folders, around))
        by_name = named and flat[trail] is None and _paired(trail, folders)
        if by_name or (flat[trail] and (named or paired)):
            found += list(photos)
        else:
            found += _beside(photos)
    return found if len(found) < sum(map(len, folders.values())) else []


def _is_flat(photos: Sequence[Listed]) -> bool | None:
    """Whether most of a folder's files that somebody looked at have few colours; None if nobody did."""
    looked = [photo.flat for photo in photos if photo.flat is not None]
    return 2 * sum(looked) > len(looked) if looked else None


def _may_hold_masks(trail: Trail) -> bool:
    return any(words.is_mask_folder(name) for name in trail[-2:])


def _paired(trail: Trail, folders: Folders) -> bool:
    """Whether half of a folder's files are named like photos of another one, but for a mask's ending."""
    mine = {_photo_stem(photo.stem) for photo in folders[trail]}
    for other, photos in folders.items():
        if other != trail and not _may_hold_masks(other):
            shared = mine & {photo.stem.casefold() for photo in photos}
            if len(shared) >= PAIRED * len(mine):
                return True
    return False


def _around(folders: Folders) -> dict[Trail, list[Trail]]:
    """Return folder -> those directly in it."""
    found: defaultdict[Trail, list[Trail]] = defaultdict(list)
    for trail in folders:
        found[trail[:-1]].append(trail)
    return found


def _pairs(trail: Trail, folders: Folders, around: Mapping[Trail, Sequence[Trail]]) -> list[Trail]:
    """Return the folders beside this one that have all its names, as photos have those of masks."""
    if all(photo.suffix in LOSSY for photo in folders[trail]):
        return []
    beside = [other for other in around.get(trail[:-1], ()) if other != trail]
    if len(beside) > MOST_BESIDE:
        return []
    mine = {_photo_stem(photo.stem) for photo in folders[trail]}
    return [
        other for other in beside if mine <= {photo.stem.casefold() for photo in folders[other]}
    ]


def _beside(photos: Iterable[Listed]) -> list[Listed]:
    """Return the masks that lie beside their photos."""
    stems = {photo.stem.casefold() for photo in photos}
    found: defaultdict[bool, list[Listed]] = defaultdict(list)
    for photo in photos:
        bare = _photo_stem(photo.stem)
        found[bare != photo.stem.casefold() and bare in stems].append(photo)
    return found[True]


def _photo_stem(stem: str) -> str:
    """Return what the photo of a mask is called."""
    return words.MASK_ENDING.sub("", stem).casefold()
