"""What is known of the files that somebody brings before any of them is read in full."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from tl_core.images.kinds import READABLE
from tl_core.wording import clean_text

Trail = tuple[str, ...]
"""Folders, outermost first."""


def vocabulary(words: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(words.split())


PHOTO_SUFFIXES = vocabulary(
    "jpg jpeg jpe jfif png webp gif bmp tif tiff ppm pgm pbm pnm heic heif avif jp2 dcm"
)
PHOTO_KINDS = (
    READABLE
    | vocabulary("AVIF DICOM NIfTI PSD CR2 CR3 DNG NEF ARW ORF RW2 RAF X3F NEF/ARW")
    | {
        "JPEG 2000",
        "JPEG XL",
    }
)
"""What is a picture by its first bytes, whether it can be read here or not."""


@dataclass(frozen=True)
class Place:
    """Which class, part and group a file belongs to."""

    class_name: str
    part: str
    group: str = ""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A file as a list has it.

    Args:
        name: path as its owner knows it; hostile.
        size: bytes, as declared; hostile.
        crc: CRC-32, as declared, or another number that only copies share; None if there is none.
        kind: what its first bytes say that it is; empty if nobody looked, or nobody knows.
        flat: whether it has the few colours of a mask; None if nobody looked.

    Of the name there are, cleaned: `steps`, its folders and its file name; `trail`, its folders; `stem`, its
    file name without the ending; `suffix`, the ending in small letters without the dot.
    """

    name: str
    size: int
    crc: int | None = None
    kind: str = ""
    flat: bool | None = None
    steps: Trail = field(init=False, repr=False, compare=False)
    trail: Trail = field(init=False, repr=False, compare=False)
    stem: str = field(init=False, repr=False, compare=False)
    suffix: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        steps = split_name(self.name)
        name = steps[-1] if steps else ""
        dot = name.rfind(".")
        set_once = object.__setattr__  # frozen, and asked for many times
        set_once(self, "steps", steps)
        set_once(self, "trail", steps[:-1])
        set_once(self, "stem", name[:dot] if dot > 0 else name)
        set_once(self, "suffix", name[dot + 1 :].casefold())

    @property
    def is_photo(self) -> bool:
        """Whether it is a picture by its first bytes or, if nobody looked, by its name."""
        return self.kind in PHOTO_KINDS if self.kind else self.suffix in PHOTO_SUFFIXES

    @property
    def content(self) -> tuple[int | str, int]:
        """What two copies of one file share: size and checksum or, if none is declared, the file name."""
        if self.crc is not None:
            return self.crc, self.size
        return self.steps[-1] if self.steps else "", self.size


@dataclass(frozen=True, kw_only=True)
class Listing:
    """The files that somebody brings.

    Args:
        files: all of them.
        texts: name -> bytes of the small tables and descriptions among them (CSV, JSON, TXT).
        empty: folders without any file in them.
    """

    files: tuple[Listed, ...]
    texts: Mapping[str, bytes] = field(default_factory=dict)
    empty: tuple[str, ...] = ()


def split_name(name: str) -> Trail:
    r"""Return the folders and the file name in `name`, cleaned, without empty and ``.`` steps.

    Example:
        >>> split_name("/pets\\cats/./1.jpg")
        ('pets', 'cats', '1.jpg')
    """
    folders, _, last = name.replace("\\", "/").rpartition("/")
    step = _clean_step(last)
    return _split_folders(folders) + ((step,) if step not in ("", ".") else ())


@lru_cache(maxsize=1024)
def _split_folders(path: str) -> Trail:
    steps = map(_clean_step, path.split("/"))
    return tuple(step for step in steps if step not in ("", "."))


def _clean_step(step: str) -> str:
    if step.isascii() and step.isprintable():  # as nearly all are, and far faster
        return " ".join(step.split())
    return clean_text(step)


def looks_like_photo(name: str) -> bool:
    """Whether the ending of a file's name is one of a picture's format, readable here or not."""
    return name.rpartition(".")[2].casefold() in PHOTO_SUFFIXES


def natural_key(text: str) -> tuple[list[str | int], str]:
    """Sort key under which ``img2`` comes before ``img10``; the same on every machine."""
    pieces = re.split(r"([0-9]+)", text.casefold())
    return [int(piece) if index % 2 else piece for index, piece in enumerate(pieces)], text
