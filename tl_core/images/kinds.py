"""What kind of file it is, by how it begins; the kinds that are not read here have a sentence that says so.

A name says nothing about a file: phones, downloads and archives change endings. Only bytes are looked at.
"""

import re

from tl_core.errors import ImageRefused
from tl_core.wording import N_, Sentence

START = 2048
"""Bytes of a file that tell its kind; all but an SVG, which may begin with a long comment, show in 264."""
READABLE = frozenset(("JPEG", "PNG", "WebP", "BMP", "GIF", "TIFF", "PPM", "PGM", "PBM", "HEIC"))
"""The kinds that the normaliser reads."""
SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"),
    *(".ppm", ".pgm", ".pbm", ".pnm", ".heic", ".heif"),
)
"""What the names of such files end in; only ever used to word a refusal or to find files."""

_SIGNATURES = {
    "JPEG": (b"\xff\xd8\xff",),
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "GIF": (b"GIF87a", b"GIF89a"),
    "ORF": (b"IIRO", b"IIRS", b"MMOR"),
    "RW2": (b"IIU\0",),
    "RAF": (b"FUJIFILMCCD-RAW",),
    "X3F": (b"FOVb",),
    "PDF": (b"%PDF",),
    "PSD": (b"8BPS",),
    "ICO": (b"\0\0\1\0",),
    "JPEG 2000": (b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"),
    "JPEG XL": (b"\0\0\0\x0cJXL ", b"\xff\x0a"),
    "OpenEXR": (b"\x76\x2f\x31\x01",),
    "Radiance HDR": (b"#?RADIANCE", b"#?RGBE"),
    "XCF": (b"gimp xcf",),
    "EPS": (b"%!PS", b"\xc5\xd0\xd3\xc6"),
    "PFM": (b"Pf\n", b"PF\n", b"Pf\r\n", b"PF\r\n"),
    "PAM": (b"P7\n", b"P7\r\n"),
    "NumPy": (b"\x93NUMPY",),
    "Parquet": (b"PAR1",),
    "HDF5": (b"\x89HDF\r\n\x1a\n",),
    "MATLAB": (b"MATLAB 5.0 MAT",),
    "FITS": (b"SIMPLE  =",),
    "ZIP": (b"PK\3\4", b"PK\5\6", b"PK\7\x08"),
    "7z": (b"7z\xbc\xaf\x27\x1c",),
    "RAR": (b"Rar!\x1a\7",),
    "EGG": (b"EGGA",),
    "ALZ": (b"ALZ\1",),
    "gzip": (b"\x1f\x8b\x08",),
    "bzip2": (b"BZh",),
    "xz": (b"\xfd7zXZ\0",),
    "Matroska": (b"\x1a\x45\xdf\xa3",),
    "MPEG": (b"\0\0\1\xba", b"\0\0\1\xb3"),
    "Windows Media": (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",),
    "Git LFS pointer": (b"version https://git-lfs.github.com/spec/",),
    "property list": (b"bplist00",),
}
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BMP_HEADER_SIZES = (12, 40, 52, 56, 64, 108, 124)
_BRANDS = (
    ("AVIF", rb"avi[fs]"),
    ("HEIC", rb"he[iv][cxms]|m[is]f1"),
    ("CR3", rb"crx "),
    ("QuickTime", rb"qt  "),
    ("MP4", rb"isom|iso\d|mp4\d|M4V |3g[p2].|avc1|dash|MSNV"),
)
_NETPBM = re.compile(rb"P([1-6])\s+(?:#|\d)")
_NETPBM_KINDS = ("PBM", "PGM", "PPM")
_QUICKTIME_BOXES = (b"moov", b"mdat", b"wide", b"pnot")

_RAW = ("CR2", "CR3", "DNG", "NEF", "ARW", "ORF", "RW2", "RAF", "X3F", "NEF/ARW")
_MEDICAL = ("DICOM", "NIfTI")
_VIDEOS = ("MP4", "QuickTime", "AVI", "Matroska", "MPEG", "Windows Media")
_ARRAYS = ("NumPy", "Parquet", "HDF5", "MATLAB", "FITS")
_ARCHIVES = ("ZIP", "7z", "RAR", "EGG", "ALZ", "gzip", "bzip2", "xz", "tar")
_OTHER_PICTURES = (
    *("PSD", "ICO", "JPEG 2000", "JPEG XL", "OpenEXR", "Radiance HDR", "XCF"),
    *("EPS", "PFM", "PAM"),
)

_NOT_READ = (
    (
        ("AVIF",),
        N_(
            "{name} is a picture in {kind} format, which cannot be read here. Open it in an image program"
            " and save it as JPEG or PNG first."
        ),
    ),
    (
        ("HTML",),
        N_("{name} is a web page, not a picture. Download the picture itself again."),
    ),
    (("SVG",), N_("{name} is an SVG drawing, which has no pixels yet. Export it as PNG first.")),
    (
        _OTHER_PICTURES,
        N_("{name} holds {kind} data, which cannot be read here. Save it as JPEG or PNG first."),
    ),
    (
        ("PDF",),
        N_(
            "{name} is a PDF document, not a picture. Save its pages or its pictures as JPEG or PNG first."
        ),
    ),
    (
        _MEDICAL,
        N_(
            "{name} is a medical scan ({kind}), which cannot be read here. Export it as PNG from a viewer"
            " for such scans first, without the patient's name."
        ),
    ),
    (
        _RAW,
        N_(
            "{name} is a raw photo ({kind}), as a camera keeps it before it is developed. Export it as"
            " JPEG from a photo program first."
        ),
    ),
    (
        _VIDEOS,
        N_(
            "{name} is a video ({kind}), not a photo. Take photos instead, or save single pictures of"
            " the video as JPEG."
        ),
    ),
    (
        _ARRAYS,
        N_(
            "{name} holds {kind} data, not one picture. Save each of its pictures as a JPEG or PNG"
            " file first."
        ),
    ),
    (
        _ARCHIVES,
        N_(
            "{name} is an archive ({kind}), not a picture. Unpack it first, and choose the pictures in it."
        ),
    ),
    (
        ("Git LFS pointer",),
        N_(
            "{name} is not a photo but a Git LFS pointer, which stands in for a photo that was not"
            " downloaded. Run git lfs pull in a clone of the project, or download the photos themselves."
        ),
    ),
    (
        ("iCloud placeholder",),
        N_(
            "{name} is not a photo but stands in for one that is still in iCloud. Download the folder"
            " to this computer first, and then pack it again."
        ),
    ),
)


def kind_of(start: bytes) -> str:
    """Return what kind of file begins with `start`, its first 2,048 bytes: as people call it; "" if unknown.

    A TIFF may turn out to be a raw photo only further on; `images.opened` looks there.

    Example:
        >>> kind_of(b"GIF89a"), kind_of(bytes(128) + b"DICM"), kind_of(b"Dear Anna")
        ('GIF', 'DICOM', '')
    """
    start = start[:START]
    for kind, signatures in _SIGNATURES.items():
        if start.startswith(signatures):
            return kind
    if start.startswith(_TIFF):
        return "CR2" if start[8:10] == b"CR" else "TIFF"
    if start.startswith(b"BM") and int.from_bytes(start[14:18], "little") in _BMP_HEADER_SIZES:
        return "BMP"  # plain text may begin with these two letters
    if netpbm := _NETPBM.match(start):
        return _NETPBM_KINDS[(int(netpbm[1]) - 1) % 3]
    if start.startswith(b"RIFF"):
        return {b"WEBP": "WebP", b"AVI ": "AVI"}.get(start[8:12], "")
    return _by_boxes(start) or _further_in(start) or _of_text(start)


def is_readable(kind: str) -> bool:
    """Return whether files of this kind are read; one that is damaged or too large is still refused."""
    return kind in READABLE


def check_kind(data: bytes, shown: str) -> str:
    """Return the kind of a file that is one of those read here.

    Args:
        data: the file, or its first 2,048 bytes.
        shown: the file's name, fit to be shown.

    Raises:
        ImageRefused: tells what it is, and what to do with it.
    """
    kind = kind_of(data)
    if is_readable(kind):
        return kind
    if kind == "property list" and shown.lower().endswith(".icloud"):
        kind = "iCloud placeholder"
    raise refused(kind, shown)


def refused(kind: str, shown: str) -> ImageRefused:
    """Return the refusal of a file of a `kind` that is not read here."""
    for kinds, template in _NOT_READ:
        if kind in kinds:
            return ImageRefused.restored(Sentence.of(template, {"name": shown, "kind": kind}))
    if shown.lower().endswith(SUFFIXES):
        return ImageRefused(
            "{name} is named like an image, but holds something else. Save the original as JPEG or"
            " PNG from an image program, or choose another file.",
            name=shown,
        )
    return ImageRefused(
        "{name} is not an image. Choose a photo in JPEG, PNG, HEIC, WebP, GIF, BMP, TIFF or PPM format.",
        name=shown,
    )


def unusual(kind: str, shown: str) -> ImageRefused:
    """Return the refusal of a file of a `kind` that is read here, in a form that is not."""
    if kind == "HEIC":
        return ImageRefused(
            "{name} is a photo in HEIC format, in a form that cannot be read here. Save it as JPEG first;"
            " on an iPhone choose Settings > Camera > Formats > Most Compatible.",
            name=shown,
        )
    return ImageRefused(
        "{name} is a {kind} of an unusual form, which cannot be read here. Save it as PNG or JPEG first.",
        name=shown,
        kind=kind,
    )


def _by_boxes(start: bytes) -> str:
    if start[4:8] in _QUICKTIME_BOXES:
        return "QuickTime"
    if start[4:8] != b"ftyp":
        return ""
    brands = start[8 : min(max(int.from_bytes(start[:4]), 16), 64)]
    return next((kind for kind, pattern in _BRANDS if re.search(pattern, brands)), "")


def _further_in(start: bytes) -> str:
    if start[128:132] == b"DICM":
        return "DICOM"
    if start[257:262] == b"ustar":
        return "tar"
    for order in ("little", "big"):
        length, dimensions = (int.from_bytes(start[a:b], order) for a, b in ((0, 4), (40, 42)))
        if (length == 348 and 1 <= dimensions <= 7) or (length == 540 and start[4:7] == b"n+2"):
            return "NIfTI"
    return ""


def _of_text(start: bytes) -> str:
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "HTML"
    declared = text.startswith((b"<svg", b"<?xml", b"<!--", b"<!doctype svg"))
    return "SVG" if declared and b"<svg" in text else ""
