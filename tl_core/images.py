"""THE image normaliser: the only place that turns a file's bytes into pixels.

    bytes --load_rgb--> (h, w, 3) uint8 RGB --resize--> (size, size, 3) --BackboneSpec.preprocess--> ...

Training, prediction and display all come through here, so that they see the same picture: upright
(EXIF), 8 bits a channel, transparency over white, the first frame of an animation. Colour profiles are
ignored, as they are where the published backbones were trained.

A file is hostile until its header is checked: sizes are read before anything is decoded, only five
formats are ever tried, and whatever goes wrong becomes an `ImageRefused` that names the file.
"""

import hashlib
import io
import math
import re
import struct
import unicodedata
from contextlib import suppress
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from tl_core import settings
from tl_core.errors import ImageRefused

Pixels: TypeAlias = NDArray[np.uint8]

# Pillow's own limit is fixed, and half of it is a process-wide warning. Here every header is checked
# against the operator's limit before Pillow decodes anything, so Pillow's is switched off.
Image.MAX_IMAGE_PIXELS = None

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF")
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif")
"""What the names of such files end in; only ever used to word a refusal or to find files."""
LONGEST_SIDE = 65_535
"""Pixels, as in JPEG. Resizing needs 16 bytes for each pixel of a side, however thin the image is."""
MOST_PASSES = 200
"""Scans of a JPEG (usually up to 10) or colour profiles of a PNG (1): 100 bytes each, and slow."""
LONGEST_NAME = 60

_BMP_HEADER_SIZES = (12, 40, 52, 56, 64, 108, 124)
_CAMERA_KINDS = {"AVIF": rb"avi[fs]", "HEIC": rb"he[iv][cxms]|m[is]f1"}
_OTHER_KINDS = {
    "TIFF": (b"II*\0", b"MM\0*"),
    "PDF": (b"%PDF",),
    "PSD": (b"8BPS",),
    "ICO": (b"\0\0\1\0",),
    "JPEG 2000": (b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"),
    "JPEG XL": (b"\0\0\0\x0cJXL ", b"\xff\x0a"),
    "HTML": (b"<!doctype html", b"<html"),
}


def load_rgb(data: bytes, name: str, *, at_least: int | None = None) -> Pixels:
    """Decode an image file: upright, RGB, transparency over white.

    Args:
        data: the whole file; JPEG, PNG, WebP, BMP or GIF.
        name: the file's name, for the message if it is refused.
        at_least: pixels; a JPEG may then be decoded at 1/2, 1/4 or 1/8 of its size, as long as both
            sides keep this length. Saves time before a `resize` to this size. Default: full size.

    Returns:
        `(h, w, 3) uint8 0..255`, read-only.

    Raises:
        ImageRefused: the file is empty, too large, damaged, or not an image of these formats.
    """
    shown = _shown(name)
    _check_bytes(data, shown)
    _check_kind(data, shown)
    _check_pixels(_declared_size(data), shown)
    try:
        return np.asarray(_decode(data, shown, at_least))
    except ImageRefused:
        raise
    except MemoryError as error:
        raise ImageRefused(
            "There is not enough memory to open {name}. Make the image smaller.", name=shown
        ) from error
    except Exception as error:  # a decoder raises nearly anything on a damaged file
        raise ImageRefused(
            "{name} is damaged or incomplete. Copy or download it again, or choose another file.",
            name=shown,
        ) from error


def model_input(data: bytes, name: str, size: int) -> Pixels:
    """Decode an image file to the square that a backbone sees; training and prediction share this.

    Args:
        data: the whole file.
        name: the file's name, for the message if `load_rgb` refuses it.
        size: side of the square, in pixels, from 1; the whole picture is squashed to it.

    Returns:
        `(size, size, 3) uint8 0..255`, read-only.
    """
    return resize(load_rgb(data, name, at_least=size), size, size)


def resize(image: Pixels, height: int, width: int) -> Pixels:
    """Resize `(h, w, 3) uint8` to `(height, width, 3) uint8`, read-only: bilinear, antialiased."""
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))


def shrink(image: Pixels, longest: int) -> Pixels:
    """Return `image` with its longer side at most `longest` pixels; keeps its aspect, never enlarges.

    Example:
        >>> shrink(np.zeros((300, 400, 3), np.uint8), 200).shape
        (150, 200, 3)
    """
    height, width = image.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return image
    return resize(image, max(1, round(height * scale)), max(1, round(width * scale)))


def encode_png(image: Pixels) -> bytes:
    """Return `image`, `(h, w, 3) uint8 0..255`, as a PNG file; nothing is lost."""
    return _encode(image, "PNG")


def encode_jpeg(image: Pixels, quality: int = 90) -> bytes:
    """Return `image`, `(h, w, 3) uint8 0..255`, as a JPEG file of `quality` 1..95."""
    return _encode(image, "JPEG", quality=quality)


def thumbnail_webp(image: Pixels, side: int = 96) -> bytes:
    """Return `image`, `(h, w, 3) uint8 0..255`, as a WebP file of at most `side` pixels a side."""
    return _encode(shrink(image, side), "WEBP", quality=80)


def pixel_sha256(image: Pixels) -> str:
    """Return the SHA-256 of shape and pixels: the same 64 hex digits for one picture in two formats."""
    return hashlib.sha256(repr(image.shape).encode() + image.tobytes()).hexdigest()


def _encode(image: Pixels, kind: str, **options: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, kind, **options)
    return file.getvalue()


def _decode(data: bytes, shown: str, at_least: int | None) -> Image.Image:
    if data.count(b"\xff\xda\0") > MOST_PASSES or data.count(b"iCCP") > MOST_PASSES:
        raise ValueError("made to keep a decoder busy")
    with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
        # Again: a GIF frame may be larger than its header says; a JPEG's size is known only now.
        _check_pixels(picture.size, shown)
        if at_least:
            picture.draft(None, (at_least, at_least))
        picture.load()
        with suppress(Exception):  # broken EXIF is no reason to refuse a photo that decodes
            ImageOps.exif_transpose(picture, in_place=True)
        return _flatten(picture, bits=data[24])


def _flatten(picture: Image.Image, bits: int) -> Image.Image:
    """Convert any mode to RGB over white; `bits` a channel matter only for PNG."""
    key = picture.info.get("transparency")
    if picture.mode == "I;16":  # convert() turns it white; keep the high byte, as for 16-bit colour
        samples = np.asarray(picture)
        grey = np.where(samples == key, 255, samples >> 8).astype(np.uint8)
        return Image.fromarray(grey).convert("RGB")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    if picture.format == "PNG" and picture.mode in ("L", "RGB"):
        picture.info["transparency"] = _eight_bit_key(key, bits)
    picture = picture.convert("RGBA")
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture, mask=picture)
    return white


def _eight_bit_key(key: Any, bits: int) -> Any:
    """Scale a PNG's transparent colour as Pillow scaled the pixels; it leaves the colour as stored."""
    if isinstance(key, tuple):
        return tuple(value >> max(bits - 8, 0) for value in key)
    return key * 255 // (2**bits - 1)


def _check_bytes(data: bytes, shown: str) -> None:
    limit = settings.current().max_image_mb
    if not data:
        raise ImageRefused("{name} is empty. Copy it again, or choose another file.", name=shown)
    if len(data) > limit * 10**6:
        raise ImageRefused(
            "{name} has {size} MB; the limit is {limit} MB. Make it smaller, or save it as JPEG.",
            name=shown,
            size=math.ceil(len(data) / 10**5) / 10,
            limit=limit,
        )


def _check_pixels(size: tuple[int, int] | None, shown: str) -> None:
    if size is None:
        return
    limit = settings.current().max_image_megapixels
    width, height = size
    if width * height == 0:
        raise ImageRefused(
            "{name} has no pixels: {width} × {height}. Choose another file.",
            name=shown,
            width=width,
            height=height,
        )
    if width * height > limit * 10**6 or max(size) > LONGEST_SIDE:
        raise ImageRefused(
            "{name} has {width} × {height} pixels; the limit is {limit} megapixels, and {side} pixels"
            " a side. Make it smaller and try again.",
            name=shown,
            width=width,
            height=height,
            limit=limit,
            side=LONGEST_SIDE,
        )


def _check_kind(data: bytes, shown: str) -> None:
    if _is_readable(data):
        return
    brands = data[8:64] if data[4:8] == b"ftyp" else b""
    camera = [kind for kind, pattern in _CAMERA_KINDS.items() if re.search(pattern, brands)]
    if camera:
        raise ImageRefused(
            "{name} is a photo in {kind} format, which cannot be read here. Save it as JPEG first; on an"
            " iPhone choose Settings > Camera > Formats > Most Compatible.",
            name=shown,
            kind=camera[0],
        )
    text = data[:2048].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<svg", b"<?xml", b"<!--", b"<!doctype svg")) and b"<svg" in text:
        raise ImageRefused(
            "{name} is an SVG drawing, which has no pixels yet. Export it as PNG first.", name=shown
        )
    for kind, signatures in _OTHER_KINDS.items():
        if data.startswith(signatures) or text.startswith(signatures):
            raise ImageRefused(
                "{name} holds {kind} data, which cannot be read here. Save it as JPEG or PNG first.",
                name=shown,
                kind=kind,
            )
    if shown.lower().endswith(SUFFIXES):
        raise ImageRefused(
            "{name} is named like an image, but holds something else. Save the original as JPEG or"
            " PNG from an image program, or choose another file.",
            name=shown,
        )
    raise ImageRefused(
        "{name} is not an image. Choose a JPEG, PNG, WebP, BMP or GIF file.", name=shown
    )


def _is_readable(data: bytes) -> bool:
    if data.startswith(b"BM"):  # plain text may begin with these two letters
        return int.from_bytes(data[14:18], "little") in _BMP_HEADER_SIZES
    if data.startswith(b"RIFF"):
        return data[8:12] == b"WEBP"
    return data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a"))


def _declared_size(data: bytes) -> tuple[int, int] | None:
    """Read width and height from a header; None for JPEG, and for a file too short to have one.

    WebP needs this before Pillow sees the file: opening it makes the canvas. For the others it tells
    an image without pixels, which Pillow calls unidentified, from a damaged one.
    """
    if len(data) < 30:
        return None
    webp = data[12:16] if data.startswith(b"RIFF") else b""
    if data.startswith(b"\x89PNG"):
        width, height = struct.unpack_from(">II", data, 16)
    elif data.startswith(b"GIF"):
        width, height = struct.unpack_from("<HH", data, 6)
    elif data.startswith(b"BM"):
        width, height = struct.unpack_from("<HH" if data[14] == 12 else "<ii", data, 18)
    elif webp == b"VP8X":
        width, height = (1 + int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
    elif webp == b"VP8L":
        packed = int.from_bytes(data[21:25], "little")
        width, height = 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
    elif webp == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    else:
        return None
    return abs(width), abs(height)


def _shown(name: str) -> str:
    """Return `name` fit for a message: at most 60 characters, no control or direction characters."""
    hidden = ("Cc", "Cf", "Cs", "Zl", "Zp")
    clean = "".join(c for c in name if unicodedata.category(c) not in hidden).strip() or "?"
    return clean if len(clean) <= LONGEST_NAME else clean[: LONGEST_NAME - 21] + "…" + clean[-20:]
