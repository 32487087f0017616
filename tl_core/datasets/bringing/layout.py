"""Finds classes and parts in a list of file names, the same way for folders and zips.

    cats/1.jpg                          class folders
    my photos/cats/1.jpg                inside one or more wrapping folders
    data/Train/cats/1.jpg, data/val/cats/2.jpg      below train, validation and test folders

Nothing is opened here. The structure is read from the files that look like images, so that a text file
beside the class folders does not change it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tl_core.datasets.dataset import Skipped, clean_text
from tl_core.wording import N_, Sentence

Trail = tuple[str, ...]
"""The folders above a file, outermost first."""

PART_OF_FOLDER = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "test": "test",
    "testing": "test",
}
IMAGE_SUFFIXES = frozenset(
    (
        "jpg",
        "jpeg",
        "jpe",
        "jfif",
        "png",
        "webp",
        "gif",
        "bmp",
        "tif",
        "tiff",
        "heic",
        "heif",
        "avif",
    )
)
JUNK_NAMES = frozenset(("__macosx", "thumbs.db", "desktop.ini", "dataset.json"))
JUNK_STEMS = frozenset(("readme", "license", "licence", "notice", "copying", "attribution"))

NOT_IN_A_CLASS = N_("{name} is not inside a class folder.")
OUTSIDE = N_("The name of {name} points outside the archive.")


@dataclass(frozen=True)
class Place:
    """Which class, part and group a file belongs to."""

    class_name: str
    part: str
    group: str = ""


def arrange(names: Sequence[str]) -> list[Place | Skipped | None]:
    """Return the place of every file in `names`, in the same order.

    Args:
        names: paths of files, hostile or not; ``/`` and backslash both separate folders.

    Returns:
        One entry a name: its `Place`, a `Skipped` with the reason, or None for files that nobody means
        to be looked at (hidden files, ``__MACOSX``, ``Thumbs.db``, a readme).

    Example:
        >>> arrange(["pets/cats/1.jpg", "pets/dogs/2.jpg", "pets/.DS_Store"])
        [Place(class_name='cats', part=''), Place(class_name='dogs', part=''), None]
    """
    steps = [split_name(name) for name in names]
    useful = [step for step in steps if step and ".." not in step and not _is_junk(step)]
    images = [step for step in useful if looks_like_image(step[-1])] or useful
    tree = _Tree(Counter(step[:-1] for step in images))
    spelling = _spellings(place.class_name for place in tree.places.values())
    places: list[Place | Skipped | None] = []
    for name, step in zip(names, steps, strict=True):
        place = tree.find(step[:-1])
        if ".." in step:
            places.append(_skip(name, OUTSIDE))
        elif not step or _is_junk(step):
            places.append(None)
        elif place is None:
            places.append(_skip(name, NOT_IN_A_CLASS))
        else:
            places.append(Place(spelling[place.class_name.casefold()], place.part))
    return places


def split_name(name: str) -> Trail:
    r"""Return the folders and the file name in `name`, cleaned, without empty and ``.`` steps.

    Example:
        >>> split_name("/pets\\cats/./1.jpg")
        ('pets', 'cats', '1.jpg')
    """
    steps = (clean_text(step) for step in re.split(r"[/\\]", name))
    return tuple(step for step in steps if step not in ("", "."))


def looks_like_image(file_name: str) -> bool:
    """Whether the ending of `file_name` is one of an image format, readable here or not."""
    return file_name.rpartition(".")[2].casefold() in IMAGE_SUFFIXES


def natural_key(text: str) -> tuple[list[str | int], str]:
    """Sort key under which ``img2`` comes before ``img10``; the same on every machine."""
    pieces = re.split(r"([0-9]+)", text.casefold())
    return [int(piece) if index % 2 else piece for index, piece in enumerate(pieces)], text


class _Tree:
    """The structure of a set of folders that hold images."""

    def __init__(self, folders: Counter[Trail]) -> None:
        self.wrapper = _common_wrapper(folders)
        inner = _below(self.wrapper, folders)
        self.parts = _part_folders(inner)
        self.inner_wrapper: Trail = ()
        if self.parts:
            merged: Counter[Trail] = Counter()
            for folder, count in inner.items():
                if folder[:1] and folder[0] in self.parts:
                    merged[folder[1:]] += count
            self.inner_wrapper = _common_wrapper(merged)
        only_parts = not self.parts and all(_part(folder) for folder in inner if folder)
        self.places: dict[Trail, Place] = {}
        if not only_parts:
            found = ((folder, self._locate(folder)) for folder in folders)
            self.places = {folder: place for folder, place in found if place}
        self._classes = {place.class_name.casefold() for place in self.places.values()}

    def find(self, folder: Trail) -> Place | None:
        """Return the place of a file in `folder`, None outside the class folders."""
        place = self._locate(folder)
        return place if place and place.class_name.casefold() in self._classes else None

    def _locate(self, folder: Trail) -> Place | None:
        rest = _strip(self.wrapper, folder)
        part = ""
        if rest and self.parts:
            part = self.parts.get(rest[0], "")
            rest = _strip(self.inner_wrapper, rest[1:]) if part else ()
        return Place(rest[0], part) if rest else None


def _common_wrapper(folders: Counter[Trail]) -> Trail:
    """Return the folders around all class folders: strip while one folder holds mostly folders."""
    wrapper: Trail = ()
    while True:
        inner = _below(wrapper, folders)
        names = {folder[0] for folder in inner if folder}
        deeper = sum(count for folder, count in inner.items() if len(folder) > 1)
        direct = sum(count for folder, count in inner.items() if len(folder) == 1)
        if len(names) != 1 or deeper <= direct:
            return wrapper
        wrapper += tuple(names)


def _part_folders(inner: Counter[Trail]) -> dict[str, str]:
    """Return folder -> part if the outermost folders are train, validation and test folders.

    A class may be called ``train`` as well (a vehicle): then its images lie directly inside it.
    """
    deep = {folder[0] for folder in inner if len(folder) > 1 and _part(folder)}
    parts = {name: PART_OF_FOLDER[name.casefold()] for name in deep}
    others = {folder[0] for folder in inner if folder and not _part(folder)}
    if "train" in parts.values() and (not others or len(set(parts.values())) > 1):
        return parts
    return {}


def _part(folder: Trail) -> str:
    return PART_OF_FOLDER.get(folder[0].casefold(), "")


def _below(wrapper: Trail, folders: Counter[Trail]) -> Counter[Trail]:
    inner: Counter[Trail] = Counter()
    for folder, count in folders.items():
        if folder[: len(wrapper)] == wrapper:
            inner[folder[len(wrapper) :]] += count
    return inner


def _strip(wrapper: Trail, folder: Trail) -> Trail:
    return folder[len(wrapper) :] if folder[: len(wrapper)] == wrapper else ()


def _spellings(names: Iterable[str]) -> dict[str, str]:
    """Return casefolded name -> one spelling, so that ``Cats`` and ``cats`` are one class."""
    spellings: dict[str, str] = {}
    for name in sorted(names, reverse=True):
        spellings[name.casefold()] = name
    return spellings


def _is_junk(step: Trail) -> bool:
    if any(name.startswith(".") or name.casefold() in JUNK_NAMES for name in step):
        return True
    stem = step[-1].partition(".")[0].casefold()
    return stem in JUNK_STEMS and not looks_like_image(step[-1])


def _skip(name: str, reason: str) -> Skipped:
    shown = clean_text(name)[-200:]
    return Skipped(name=shown, sentence=Sentence(template=reason, values={"name": shown}))
