"""What a file is that is no archive of photos, told by its first bytes, and what its owner can do about it.

One entry a format. Nothing is opened here, and nothing of it believed: a name counts only where the bytes do
not tell.
"""

import tarfile
from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import islice

from tl_core.datasets.archives.sentences import (
    DOCUMENT,
    EMPTY,
    MODEL,
    MODEL_OR_TABLE,
    ONE_FILE,
    OTHER_ARCHIVE,
    PHOTO,
    PLACEHOLDER,
    POINTER,
    SHORTCUT,
    SPLIT_FIRST,
    SPLIT_LAST,
    TABLE,
    VIDEO,
    WEB_PAGE,
)
from tl_core.wording import Sentence, clean_text


@dataclass(frozen=True, kw_only=True)
class Format:
    """A kind of file.

    Args:
        kind: short name, for programs.
        says: template of what is said of it, with ``{title}`` and perhaps ``{format}``; empty where the file
            can be opened.
        name: what people call it.
        starts: the bytes of one of them are in its beginning.
        at: where they stand.
        endings: of its name, where the bytes do not tell.
        inside: whether a zip with files of these names is one.
    """

    kind: str
    says: str = ""
    name: str = ""
    starts: tuple[bytes, ...] = ()
    at: int = 0
    endings: tuple[str, ...] = ()
    inside: Callable[[Collection[str]], bool] | None = None

    def begins(self, start: bytes) -> bool:
        """Whether the bytes at the beginning of a file are of this format."""
        return bool(self.starts) and start.startswith(self.starts, self.at)


def _all_end(*endings: str) -> Callable[[Collection[str]], bool]:
    return lambda names: bool(names) and all(name.casefold().endswith(endings) for name in names)


def _has(*wanted: str) -> Callable[[Collection[str]], bool]:
    return lambda names: all(one in names for one in wanted)


def _has_endings(*endings: str) -> Callable[[Collection[str]], bool]:
    return lambda names: all(any(name.endswith(one) for name in names) for one in endings)


FORMATS = (
    Format(kind="numpy", says=TABLE, name="NumPy, .npy", starts=(b"\x93NUMPY",)),
    Format(kind="npz", says=TABLE, name="NumPy, .npz", endings=(".npz",), inside=_all_end(".npy")),
    Format(
        kind="keras",
        says=MODEL,
        name="Keras, .keras",
        endings=(".keras",),
        inside=_has("config.json", "model.weights.h5"),
    ),
    Format(
        kind="pytorch",
        says=MODEL,
        name="PyTorch, .pt",
        endings=(".pt", ".pth"),
        inside=_has_endings("/data.pkl", "/version"),
    ),
    Format(
        kind="office",
        says=DOCUMENT,
        name="Word, PowerPoint, Excel",
        endings=(".docx", ".pptx", ".xlsx"),
        inside=_has("[Content_Types].xml"),
    ),
    Format(
        kind="opendocument",
        says=DOCUMENT,
        name="OpenDocument, EPUB",
        endings=(".odt", ".odp", ".ods", ".epub"),
        inside=_has("mimetype"),
    ),
    Format(kind="split-first", says=SPLIT_FIRST, starts=(b"PK\7\x08",)),
    Format(kind="zip", starts=(b"PK\3\4", b"PK\5\6"), name="zip"),
    Format(kind="gzip", says=ONE_FILE, name="gzip", starts=(b"\x1f\x8b",)),
    Format(kind="bzip2", says=ONE_FILE, name="bzip2", starts=(b"BZh",)),
    Format(kind="xz", says=ONE_FILE, name="xz", starts=(b"\xfd7zXZ\0",)),
    Format(kind="7z", says=OTHER_ARCHIVE, name="7z", starts=(b"7z\xbc\xaf\x27\x1c",)),
    Format(kind="rar", says=OTHER_ARCHIVE, name="RAR", starts=(b"Rar!\x1a\7",)),
    Format(kind="egg", says=OTHER_ARCHIVE, name="EGG", starts=(b"EGGA",)),
    Format(kind="alz", says=OTHER_ARCHIVE, name="ALZ", starts=(b"ALZ\1",)),
    Format(kind="zstd", says=OTHER_ARCHIVE, name="Zstandard", starts=(b"\x28\xb5\x2f\xfd",)),
    Format(kind="lz4", says=OTHER_ARCHIVE, name="LZ4", starts=(b"\x04\x22\x4d\x18",)),
    Format(kind="compress", says=OTHER_ARCHIVE, name=".Z", starts=(b"\x1f\x9d",)),
    Format(
        kind="lzh",
        says=OTHER_ARCHIVE,
        name="LZH",
        starts=(b"-lh0-", b"-lh5-", b"-lh6-", b"-lh7-"),
        at=2,
    ),
    Format(kind="cab", says=OTHER_ARCHIVE, name="CAB", starts=(b"MSCF\0\0\0\0",)),
    Format(kind="iso", says=OTHER_ARCHIVE, name="ISO", starts=(b"CD001",), at=32_769),
    Format(
        kind="dmg",
        says=OTHER_ARCHIVE,
        name="DMG",
        starts=(b"koly\0\0\0\4", b"x\x01s\rbb`"),
        endings=(".dmg",),
    ),
    Format(kind="parquet", says=TABLE, name="Parquet", starts=(b"PAR1",)),
    Format(kind="arrow", says=TABLE, name="Arrow", starts=(b"ARROW1",)),
    Format(kind="matlab", says=TABLE, name="MATLAB, .mat", starts=(b"MATLAB 5.0",)),
    Format(kind="sqlite", says=TABLE, name="SQLite", starts=(b"SQLite format 3\0",)),
    Format(kind="idx", says=TABLE, name="IDX, MNIST", starts=(b"\0\0\x08\1\0", b"\0\0\x08\3\0")),
    Format(
        kind="pickle",
        says=TABLE,
        name="Python, .pkl",
        starts=tuple(b"\x80" + bytes([version]) for version in range(2, 6)),
        endings=(".pkl", ".pickle"),
    ),
    Format(kind="tfrecord", says=TABLE, name="TFRecord", endings=(".tfrecord", ".tfrecords")),
    Format(
        kind="hdf5",
        says=MODEL_OR_TABLE,
        starts=(b"\x89HDF\r\n\x1a\n",),
        endings=(".h5", ".hdf5"),
    ),
    Format(kind="tflite", says=MODEL, name="LiteRT, .tflite", starts=(b"TFL3",), at=4),
    Format(kind="onnx", says=MODEL, name="ONNX", endings=(".onnx",)),
    Format(kind="safetensors", says=MODEL, name="safetensors", endings=(".safetensors",)),
    Format(kind="savedmodel", says=MODEL, name="TensorFlow, .pb", endings=(".pb",)),
    Format(kind="lfs", says=POINTER, starts=(b"version https://git-lfs",)),
    Format(kind="icloud", says=PLACEHOLDER, endings=(".icloud",)),
    Format(
        kind="shortcut",
        says=SHORTCUT,
        starts=(b"L\0\0\0\1\x14\2\0", b"[InternetShortcut]", b"[{000214A0", b"[Desktop Entry]"),
        endings=(".lnk", ".url", ".webloc"),
    ),
    Format(kind="jpeg", says=PHOTO, name="JPEG", starts=(b"\xff\xd8\xff",)),
    Format(kind="png", says=PHOTO, name="PNG", starts=(b"\x89PNG\r\n\x1a\n",)),
    Format(kind="gif", says=PHOTO, name="GIF", starts=(b"GIF87a", b"GIF89a")),
    Format(kind="webp", says=PHOTO, name="WebP", starts=(b"WEBP",), at=8),
    Format(kind="tiff", says=PHOTO, name="TIFF", starts=(b"II*\0", b"MM\0*")),
    Format(
        kind="heic",
        says=PHOTO,
        name="HEIC",
        starts=(b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1", b"ftyphevc", b"ftypavif"),
        at=4,
    ),
    Format(kind="video", says=VIDEO, starts=(b"ftyp", b"moov", b"mdat", b"wide"), at=4),
    Format(kind="video", says=VIDEO, starts=(b"\x1aE\xdf\xa3",)),
    Format(kind="video", says=VIDEO, starts=(b"AVI ",), at=8),
    Format(kind="pdf", says=DOCUMENT, name="PDF", starts=(b"%PDF",)),
    Format(kind="hwp", says=DOCUMENT, name="HWP, DOC, PPT, XLS", starts=(b"\xd0\xcf\x11\xe0",)),
    Format(kind="empty", says=EMPTY),
    Format(kind="split-last", says=SPLIT_LAST),
    Format(kind="html", says=WEB_PAGE),
    Format(kind="tar", name="tar"),
)
"""In the order in which they are tried."""

START_BYTES = 32_774
"""Of a file's beginning, to tell every format; a few hundred tell all but ISO images."""
LARGEST_LOOK_INSIDE = 10_000
"""Names of a zip that are looked at to tell what it is."""
_HTML = (b"<!doctype html", b"<html", b"<head")


def kind_of(start: bytes, name: str = "") -> str:
    r"""Return what a file is, by its first bytes and, where they do not tell, by its name.

    Args:
        start: 512 bytes or more, unless the file is shorter; `START_BYTES` tell all.
        name: the file's name, if it is known. A zip that is called ``a.keras`` is a model.

    Returns:
        A ``kind`` of `FORMATS`; "" if unknown.

    Example:
        >>> kind_of(b"7z\xbc\xaf\x27\x1c\0\4"), kind_of(b"hello")
        ('7z', '')
    """
    kind = _kind_by_bytes(start)
    if kind not in ("", "zip"):
        return kind
    named = (one for one in FORMATS if one.endings and name.casefold().endswith(one.endings))
    return next((one.kind for one in named if not kind or one.inside), kind)


def kind_inside(names: Collection[str]) -> str:
    """Return what a zip is whose files have these names; "" if it is simply a zip.

    Example:
        >>> kind_inside(["x.npy", "y.npy"]), kind_inside(["cats/1.jpg"])
        ('npz', '')
    """
    seen = frozenset(islice(names, LARGEST_LOOK_INSIDE))
    return next((one.kind for one in FORMATS if one.inside and one.inside(seen)), "")


def what_it_is(kind: str, title: str) -> Sentence | None:
    """Return what is said of a file that nothing can be taken from; None if it is unknown, or can be opened.

    Args:
        kind: from `kind_of`.
        title: what its owner calls it.
    """
    found = next((one for one in FORMATS if one.kind == kind and one.says), None)
    if found is None:
        return None
    values = {"title": clean_text(title)[-200:]}
    return Sentence(
        template=found.says, values=values | ({"format": found.name} if found.name else {})
    )


def _kind_by_bytes(start: bytes) -> str:
    if not start:
        return "empty"
    found = next((one.kind for one in FORMATS if one.begins(start)), "")
    if found:
        return found
    text = start[:2048].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(_HTML):
        return "html"
    return "tar" if is_tar(start) else ""


def is_tar(start: bytes) -> bool:
    """Whether a file that begins like this is a tar: its first header's sum fits."""
    if len(start) < tarfile.BLOCKSIZE:
        return False
    try:
        tarfile.TarInfo.frombuf(start[: tarfile.BLOCKSIZE], "latin-1", "strict")
    except (tarfile.TarError, ValueError):
        return False
    return True
