"""What can be told of an image file before anything decodes it: its size, and how to name it.

Everything here reads a few bytes and trusts none of them.
"""

import struct
import unicodedata

from tl_core import settings
from tl_core.errors import ImageRefused
from tl_core.wording import in_megabytes

LONGEST_SIDE = 65_535
"""Pixels, as in JPEG. Resizing needs 16 bytes for each pixel of a side, however thin the image is."""
LONGEST_NAME = 60


def check_bytes(data: bytes, shown: str) -> None:
    """Refuse a file of no bytes, or of more than the operator allows.

    Raises:
        ImageRefused: tells the limit.
    """
    limit = settings.current().max_image_mb
    if not data:
        raise ImageRefused("{name} is empty. Copy it again, or choose another file.", name=shown)
    if len(data) > limit * 10**6:
        raise ImageRefused(
            "{name} has {size} MB; the limit is {limit} MB. Make it smaller, or save it as JPEG.",
            name=shown,
            size=in_megabytes(len(data)),
            limit=limit,
        )


def check_pixels(size: tuple[int, int] | None, shown: str) -> None:
    """Refuse a picture of no pixels, or of more than the operator allows; None passes.

    Raises:
        ImageRefused: tells the limit.
    """
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


def declared_size(data: bytes) -> tuple[int, int] | None:
    """Read width and height from a header; None for a file too short to have one.

    None, too, for JPEG, TIFF, HEIC, PPM and its like, whose sizes may stand anywhere. WebP needs this before
    Pillow sees the file: opening it makes the canvas. For the others it tells an image without pixels,
    which Pillow calls unidentified, from a damaged one.
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


def shown_name(name: str) -> str:
    """Return `name` fit for a message: at most 60 characters, no control or direction characters."""
    hidden = ("Cc", "Cf", "Cs", "Zl", "Zp")
    clean = "".join(c for c in name if unicodedata.category(c) not in hidden).strip() or "?"
    return clean if len(clean) <= LONGEST_NAME else clean[: LONGEST_NAME - 21] + "…" + clean[-20:]
