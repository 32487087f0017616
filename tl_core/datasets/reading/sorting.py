"""Sorts a list of files into photos to read and what is left out, whatever the photos show."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache

from tl_core.datasets.reading.copies import copied_files, copied_folders, spared, twins
from tl_core.datasets.reading.listing import Listed, Listing, Trail, vocabulary
from tl_core.datasets.reading.masks import masks
from tl_core.datasets.reading.plans import LeftOut, examples
from tl_core.images.kinds import SUFFIXES, is_readable, refused
from tl_core.wording import N_, Sentence, Value

JUNK_NAMES = frozenset(
    ("__macosx", "thumbs.db", "desktop.ini", "dataset.json", "_ds_store", "@eadir")
)
JUNK_STEMS = frozenset(("readme", "license", "licence", "notice", "copying", "attribution"))
MODEL_NAMES = ("weights.bin", "saved_model.pb")
MODEL_SUFFIXES = vocabulary("h5 hdf5 keras tflite pb onnx pt pth safetensors mlmodel")
VIDEO_SUFFIXES = vocabulary("mov mp4 avi mkv webm m4v 3gp")

OUTSIDE = N_("Files whose names point outside the archive: {count}, {name} for example.")
PLACEHOLDERS = N_(
    "Photos that iCloud has not downloaded, so that only placeholders are here: {count}, {name} for "
    "example. Download them in the Files app or the Finder, and pack the folder again."
)
POINTERS = N_(
    "Git LFS pointers, which stand for photos that were not downloaded: {count}, {name} for example. Get "
    "the photos with git lfs pull, or from the download page of the data set."
)
VIDEOS = N_("Videos: {count}, {name} for example. A photo is read, a film is not.")
UNREADABLE_PHOTOS = N_(
    "Pictures in {kind} format, which cannot be read here: {count}. One of them:"
)
OTHERS = N_("Files that are no photos: {count}, {name} for example.")
TWINS = N_(
    "Photos that stand here twice, edited or in another format: {count}, {name} for example. One of each "
    "is used."
)
COPIED_FOLDERS = N_("Photos of folders that only repeat others: {count}, in {folder} for example.")
COPIED_FILES = N_("Files that repeat another one of their folder: {count}, {name} for example.")
MASKS = N_(
    "Masks, which show where something is in a photo and are none: {count}, {name} for example."
)

ASIDE = "aside"
"""The kind of what systems leave behind, and of what tells of the data."""

Folders = dict[Trail, list[Listed]]


@dataclass(kw_only=True)
class Sorted:
    """The photos to read, by folder, and all that is not among them.

    Args:
        folders: folder -> the photos in it.
        left_out: why what is left out.
        aside: how many files nobody misses.
        apart: name of a reason's template -> the files, for a refusal that must know.
    """

    folders: Folders = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    aside: int = 0
    apart: dict[str, list[Listed]] = field(default_factory=dict)

    @property
    def photos(self) -> list[Listed]:
        """All photos to read."""
        return [photo for photos in self.folders.values() for photo in photos]

    def use(self, tables: Set[str]) -> None:
        """Do not tell of files as left out that are used after all: the tables with the labels."""
        before = self.apart.pop(OTHERS, [])
        others = [file for file in before if file.name not in tables]
        self.aside += len(before) - len(others)
        self.left_out = [left for left in self.left_out if left.sentence.template != OTHERS]
        _leave_out(self, OTHERS, others)


def sort_files(listing: Listing) -> Sorted:
    """Return the photos of a listing, without copies and masks, and what is left out."""
    found = Sorted()
    photos = _set_aside(listing, found)
    folders = by_folder(photos)
    repeated = copied_folders(folders)
    whole = spared(folders, repeated)
    copies = [one for trail in sorted(repeated) for one in folders[trail]]
    cut_off = {new.name: old for old, new in whole.items()}
    by_name = {one.name: one for one in photos if one.name in whole}
    _leave_out(
        found, COPIED_FOLDERS, [by_name.get(cut_off.get(one.name, ""), one) for one in copies]
    )
    folders = {
        trail: [whole.get(one.name, one) for one in of_folder]
        for trail, of_folder in folders.items()
        if trail not in repeated
    }
    readable = frozenset(suffix[1:] for suffix in SUFFIXES)
    for template, surplus in (
        (COPIED_FILES, copied_files),
        (TWINS, lambda photos: twins(photos, readable)),
    ):
        folders = _without(found, template, folders, surplus)
    gone = {id(one) for one in _leave_out(found, MASKS, masks(folders))}
    kept = {
        trail: [one for one in photos if id(one) not in gone] for trail, photos in folders.items()
    }
    found.folders = {trail: photos for trail, photos in kept.items() if photos}
    _leave_out_unreadable(found)
    return found


def by_folder(photos: Iterable[Listed]) -> Folders:
    """Return folder -> the photos directly in it."""
    folders: defaultdict[Trail, list[Listed]] = defaultdict(list)
    for photo in photos:
        folders[photo.trail].append(photo)
    return dict(folders)


def candidates(listing: Listing) -> list[Listed]:
    """Return what may be photos: everything but what nobody means to be looked at."""
    return _set_aside(listing, Sorted())


def _set_aside(listing: Listing, found: Sorted) -> list[Listed]:
    """Leave out what is no photo by its name or its first bytes; returns the rest."""
    kinds: defaultdict[str, list[Listed]] = defaultdict(list)
    for file in listing.files:
        kinds[_kind(file)].append(file)
    for template in (OUTSIDE, PLACEHOLDERS, POINTERS, VIDEOS, OTHERS):
        _leave_out(found, template, kinds[template])
    found.aside = len(kinds[ASIDE])
    return kinds["photo"]


def _kind(file: Listed) -> str:
    steps = file.steps
    if ".." in steps:
        return OUTSIDE
    if is_placeholder(steps):
        return PLACEHOLDERS
    if _is_junk(file):
        return ASIDE
    if file.kind == "Git LFS pointer":
        return POINTERS
    if file.is_photo:
        return "photo"
    return VIDEOS if file.suffix in VIDEO_SUFFIXES else OTHERS


def is_left_behind(steps: Trail) -> bool:
    """Whether a system has left a file behind, such as ``__MACOSX/._1.jpg``: nobody misses it."""
    return not steps or _is_hidden(steps[-1]) or _is_below_hidden(steps[:-1])


def is_placeholder(steps: Trail) -> bool:
    """Whether a file stands for one that iCloud has not downloaded."""
    return bool(steps) and steps[-1].startswith(".") and steps[-1].endswith(".icloud")


def _is_junk(file: Listed) -> bool:
    if is_left_behind(file.steps):
        return True
    stem = file.stem.partition(".")[0].partition("[")[0].casefold()
    return stem in JUNK_STEMS and not file.is_photo


@lru_cache(maxsize=1024)
def _is_below_hidden(trail: Trail) -> bool:
    return any(map(_is_hidden, trail))


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.casefold() in JUNK_NAMES


def _without(
    found: Sorted,
    template: str,
    folders: Folders,
    surplus: Callable[[Sequence[Listed]], list[Listed]],
) -> Folders:
    left = [one for photos in folders.values() for one in surplus(photos)]
    gone = {id(one) for one in _leave_out(found, template, left)}
    return {
        trail: [one for one in photos if id(one) not in gone] for trail, photos in folders.items()
    }


def _leave_out(
    found: Sorted,
    template: str,
    files: Sequence[Listed],
    because: Sentence | None = None,
    **values: str,
) -> Sequence[Listed]:
    if files:
        found.apart.setdefault(template, []).extend(files)
        first = files[0]
        said: dict[str, Value] = {
            "count": len(files),
            "name": shown(first.name),
            "folder": "/".join(first.trail),
        }
        used = {name: value for name, value in said.items() if f"{{{name}}}" in template}
        found.left_out.append(
            LeftOut(
                sentence=Sentence(template=template, values=used | values, because=because),
                count=len(files),
                examples=examples(one.name for one in files),
            )
        )
    return files


def _leave_out_unreadable(found: Sorted) -> None:
    kinds: defaultdict[str, list[Listed]] = defaultdict(list)
    for photo in found.photos:
        if photo.kind and not is_readable(photo.kind):
            kinds[photo.kind].append(photo)
    for kind, photos in kinds.items():
        reason = refused(kind, shown(photos[0].name)).sentence
        left_out = _leave_out(found, UNREADABLE_PHOTOS, photos, because=reason, kind=kind)
        gone = {id(one) for one in left_out}
        found.folders = {
            trail: kept
            for trail, photos in found.folders.items()
            if (kept := [one for one in photos if id(one) not in gone])
        }


def shown(name: str) -> str:
    """Return the end of a name, fit to be shown."""
    return name[-120:]
