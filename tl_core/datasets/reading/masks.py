"""Finds masks: pictures that say where something is in another picture, and teach nothing by themselves."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tl_core.datasets.reading import words
from tl_core.datasets.reading.listing import Listed, Trail

PAIRED = 0.5
"""Share of a folder's files that must be named like photos elsewhere."""
LOOKED_AT = 8
"""Files of a folder that are decoded to see whether they have few colours."""
MOST_LOOKED_AT = 800
MOST_BESIDE = 60
"""Folders in one folder above which they are classes, not photos with their masks."""

LOSSY = ("jpg", "jpeg", "jpe", "jfif", "heic")
"""Formats in which nobody keeps masks, unless the folder says so."""

Folders = Mapping[Trail, Sequence[Listed]]


def suspects(folders: Folders) -> list[Listed]:
    """Return the files to look at before `masks` can tell; a few of each folder that may hold masks."""
    pairs = _pairs(folders)
    named = [trail for trail in folders if _may_hold_masks(trail)]
    unnamed = [trail for trail in pairs if not _may_hold_masks(trail)]
    wanted = dict.fromkeys(
        one for trail in named + unnamed for one in (trail, *pairs.get(trail, ()))
    )
    groups = [folders[trail] for trail in wanted]
    groups += [beside for photos in folders.values() if (beside := _beside(photos))]
    found = [one for photos in groups for one in photos[:: len(photos) // LOOKED_AT + 1]]
    return list({one.name: one for one in found[:MOST_LOOKED_AT]}.values())


def masks(folders: Folders) -> list[Listed]:
    """Return the photos that are masks.

    In a folder named after masks they must look like masks (few colours), or be named like photos of another
    folder if nobody looked; in any other folder they must do both. Beside their photo, `1_mask.png` next to
    `1.png`, the name is enough if nobody looked.
    """
    beside = {trail: _beside(photos) for trail, photos in folders.items()}
    marked = {id(one) for photos in beside.values() for one in photos}
    flat = {
        trail: _is_flat([photo for photo in photos if id(photo) not in marked])
        for trail, photos in folders.items()
    }
    pairs = _pairs(folders)
    stems = {
        photo.stem.casefold()
        for trail, photos in folders.items()
        if not _may_hold_masks(trail)
        for photo in photos
    }
    found: list[Listed] = []
    for trail, photos in folders.items():
        paired = any(not flat[other] for other in pairs.get(trail, ()))
        unseen = flat[trail] is None and _is_called_masks(trail) and _paired(photos, stems)
        if unseen or (flat[trail] and (_may_hold_masks(trail) or paired)):
            found += photos
        elif _is_flat(beside[trail]) is not False:
            found += beside[trail]
    return found if len(found) < sum(map(len, folders.values())) else []


def _is_flat(photos: Sequence[Listed]) -> bool | None:
    """Whether most of a folder's files that somebody looked at have few colours; None if nobody did."""
    looked = [photo.flat for photo in photos if photo.flat is not None]
    return 2 * sum(looked) > len(looked) if looked else None


def _may_hold_masks(trail: Trail) -> bool:
    return any(map(words.is_mask_folder, trail))


def _is_called_masks(trail: Trail) -> bool:
    return any("".join(words.tokens(name)) in words.MASKS for name in trail[-2:])


def _paired(photos: Sequence[Listed], stems: set[str]) -> bool:
    """Whether half of a folder's files are named like photos of others, but for a mask's ending."""
    return sum(_photo_stem(photo.stem) in stems for photo in photos) >= PAIRED * len(photos)


def _pairs(folders: Folders) -> dict[Trail, list[Trail]]:
    """Return folder -> those beside it that have all its names, as photos have those of masks."""
    inside: defaultdict[Trail, list[Trail]] = defaultdict(list)
    for trail in folders:
        inside[trail[:-1]].append(trail)
    few = [trails for trails in inside.values() if 1 < len(trails) <= MOST_BESIDE]
    return dict(pair for trails in few for pair in _pairs_of(trails, folders))


def _pairs_of(trails: Sequence[Trail], folders: Folders) -> Iterator[tuple[Trail, list[Trail]]]:
    stems = {one: {photo.stem.casefold() for photo in folders[one]} for one in trails}
    for trail in trails:
        if all(photo.suffix in LOSSY for photo in folders[trail]):
            continue
        mine = {_photo_stem(photo.stem) for photo in folders[trail]}
        if found := [one for one in trails if one != trail and mine <= stems[one]]:
            yield trail, found


def _beside(photos: Iterable[Listed]) -> list[Listed]:
    """Return the masks that lie beside their photos."""
    marked = [photo for photo in photos if words.MASK_ENDING.search(photo.stem)]
    if not marked:
        return []
    stems = {photo.stem.casefold() for photo in photos}
    return [photo for photo in marked if _photo_stem(photo.stem) in stems]


def _photo_stem(stem: str) -> str:
    """Return what the photo of a mask is called."""
    return words.MASK_ENDING.sub("", stem).casefold()
