"""THE image normaliser: the only place that turns a file's bytes into pixels.

    bytes --model_input--> (size, size, 3) uint8 RGB --BackboneSpec.preprocess--> ...
          --load_shrunk--> longest side   --opened--> whatever is wanted of it

Training, prediction and display all come through here, so that they see the same picture: upright
(EXIF), 8 bits a channel, transparency over white, the first frame of an animation. Colour profiles are
ignored, as they are where the published backbones were trained.

A file is hostile until its header is checked: sizes are read before anything is decoded, only the formats
of `kinds.READABLE` are ever tried, and whatever goes wrong becomes an `ImageRefused` that names the file.

A large picture takes 200 MB while it is decoded, so one at a time is: all decoding of a process shares one
`Room`. Ask for what is needed and not for `Picture.rgb`, all of it, which is another 150 MB.
"""

import io
import math
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Literal, TypeAlias

import numpy as np
from PIL import Image, ImageFile, JpegImagePlugin, UnidentifiedImageError

from tl_core import settings
from tl_core.errors import ImageRefused
from tl_core.images import heif, tiff
from tl_core.images.headers import (
    LONGEST_NAME,
    LONGEST_SIDE,
    check_bytes,
    check_pixels,
    declared_size,
    shown_name,
)
from tl_core.images.kinds import SUFFIXES, check_kind, unusual
from tl_core.images.netpbm import NetpbmFile, size_of
from tl_core.images.picture import Damaged, Picture, Pixels, damage_noticed, shrunk_size
from tl_core.machine.memory import Room

__all__ = ["LONGEST_NAME", "LONGEST_SIDE", "SUFFIXES", "Picture", "Pixels"]

Crop: TypeAlias = Literal["whole", "centre"]
"""Which part of a picture a network is shown."""

# Pillow's own limit is fixed, and half of it is a process-wide warning. Here every header is checked
# against the operator's limit before Pillow decodes anything, so Pillow's is switched off.
Image.MAX_IMAGE_PIXELS = None

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF")
"""What Pillow may try for all kinds but TIFF, HEIC, PPM and its like, which are opened on their own."""
MOST_PASSES = 200
"""Scans of a JPEG (usually up to 10) or colour profiles of a PNG (1): 100 bytes each, and slow."""
_PASSES = {"JPEG": b"\xff\xda\0", "PNG": b"iCCP"}
THUMBNAIL_SIDE = 96
PIXELS_TO_KNOW = 16_000_000
"""A JPEG of more is told from others by its pixels at a quarter of its width and height."""
ROOM = Room(200 * 10**6, small=4 * 10**6)
"""Bytes that pictures may take while they are decoded: one of 50 megapixels, or four from a phone."""
CLOUD_BYTES = 400 * 10**6
"""What one picture may take in the cloud profile, whose one worker would end for lack of memory."""

_BYTES_A_PIXEL = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2}
"""In Pillow, by mode; 4 in all others."""
_BYTES_A_COEFFICIENT = 2
_WEBP_BYTES_A_PIXEL = 16
"""Two canvases of the decoder, what comes out of it, and Pillow's own."""
_HEIC_BYTES_A_PIXEL = 4
"""What libheif holds beside Pillow's own: brightness and colours, and RGB."""
_NETPBM = ("PPM", "PGM", "PBM")


def load_shrunk(data: bytes, name: str, longest: int) -> Pixels:
    """Decode an image file, its longer side at most `longest` pixels; raises as `opened`."""
    with opened(data, name, at_least=longest) as file:
        return file.shrunk(longest)


@contextmanager
def opened(
    data: bytes, name: str, *, at_least: int | None = None, coarse_above: int | None = None
) -> Iterator[Picture]:
    """Decode an image file, and keep it inside the block, where what is wanted is taken from it.

    Other large pictures wait until the block ends, so take quickly, and open no second one inside.

    Args:
        data: the whole file, of a kind in `kinds.READABLE`.
        name: the file's name, for the message if it is refused.
        at_least: pixels; a JPEG may then be decoded at 1/2, 1/4 or 1/8 of its size, as long as both
            sides keep this length. Saves time before a `resized` to this size. Default: full size.
        coarse_above: pixels in all; a JPEG of more is decoded at a quarter of its width and height, but read
            to its end. Default: none is.

    Raises:
        ImageRefused: the file is empty, too large, damaged, or not an image of these formats; also from
            inside the block.

    Example:
        >>> with opened(data, "cat.jpg") as file:
        ...     digest, thumbnail = file.sha256(), file.shrunk(96)
    """
    shown = shown_name(name)
    try:
        check_bytes(data, shown)
        kind = check_kind(data, shown)
        check_pixels(declared_size(data), shown)
        with _decoded(data, kind, shown, at_least, coarse_above) as file:
            yield file
    except MemoryError as error:
        raise ImageRefused(
            "There is not enough memory to open {name}. Make the image smaller.", name=shown
        ) from error
    except Damaged as error:
        raise ImageRefused(
            "{name} is damaged or incomplete. Copy or download it again, or choose another file.",
            name=shown,
        ) from error


def model_input(data: bytes, name: str, size: int, *, crop: Crop = "whole") -> Pixels:
    """Decode an image file to the square that a backbone sees; training and prediction share this.

    Args:
        data: the whole file.
        name: the file's name, for the message if it is refused.
        size: side of the square, in pixels, from 1.
        crop: ``whole`` squashes the whole picture to it, as in training; ``centre`` takes `centre_square`.

    Returns:
        `(size, size, 3) uint8 0..255`, read-only.
    """
    with opened(data, name, at_least=size) as file:
        return file.resized(size, size) if crop == "whole" else file.centre(size)


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
    size = shrunk_size(height, width, longest)
    return image if size == (height, width) else resize(image, *size)


def encode_png(image: Pixels) -> bytes:
    """Return `image`, `(h, w, 3) uint8 0..255`, as a PNG file; nothing is lost."""
    return _encode(image, "PNG")


def encode_jpeg(image: Pixels, quality: int = 90) -> bytes:
    """Return `image`, `(h, w, 3) uint8 0..255`, as a JPEG file of `quality` 1..95."""
    return _encode(image, "JPEG", quality=quality)


def encode_webp(image: Pixels, quality: int = 85) -> bytes:
    """Return `image`, `(h, w, 3) uint8 0..255`, as a WebP file of `quality` 1..100."""
    return _encode(image, "WEBP", quality=quality, method=1)


def thumbnail_webp(image: Pixels, side: int = THUMBNAIL_SIDE) -> bytes:
    """Return `image`, `(h, w, 3) uint8 0..255`, as a WebP file of at most `side` pixels a side."""
    return _encode(shrink(image, side), "WEBP", quality=80)


def _encode(image: Pixels, kind: str, **options: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, kind, **options)
    return file.getvalue()


@contextmanager
def _decoded(
    data: bytes, kind: str, shown: str, at_least: int | None, coarse_above: int | None
) -> Iterator[Picture]:
    with damage_noticed():
        if kind in _PASSES and data.count(_PASSES[kind]) > MOST_PASSES:
            raise ValueError("made to keep a decoder busy")
        stored, bits, needed = _open(data, kind, shown)
        # Again: a GIF frame may be larger than its header says; a JPEG's size is known only now.
        check_pixels(stored.size, shown)
        full = stored.size
        if at_least:
            stored.draft(None, (at_least, at_least))
        elif coarse_above and math.prod(full) > coarse_above:
            stored.draft(None, (max(1, full[0] // 4), max(1, full[1] // 4)))
        needed += math.prod(stored.size) * _bytes_a_pixel(stored)
        _check_memory(needed, shown)
        file = Picture(stored, bits=bits, full=full)
        del stored  # or it would outlive the room that it takes
    with ROOM.taken(needed), closing(file):
        with damage_noticed():
            file.load()
        yield file


def _open(data: bytes, kind: str, shown: str) -> tuple[ImageFile.ImageFile, int, int]:
    """Return the file with nothing decoded yet, its bits a channel, and the bytes taken beside its pixels."""
    if kind in _NETPBM:
        check_pixels(size_of(data), shown)
        stored: ImageFile.ImageFile = NetpbmFile(io.BytesIO(data))
        return stored, 8, 0
    if kind == "HEIC":
        beside = heif.check_boxes(data, shown) * _HEIC_BYTES_A_PIXEL
        return heif.open_heif(data), 8, beside
    if kind == "TIFF":
        form = tiff.read_form(data, shown)
        try:
            stored = Image.open(io.BytesIO(data), formats=("TIFF",))
        except UnidentifiedImageError as error:
            raise unusual("TIFF", shown) from error
        return stored, form.bits, form.beside
    stored = Image.open(io.BytesIO(data), formats=FORMATS)
    return stored, data[24], _coefficients(stored, data)


def _check_memory(needed: int, shown: str) -> None:
    if settings.current().profile == "cloud" and needed > CLOUD_BYTES:
        raise ImageRefused(
            "{name} takes {needed} MB of memory to open; the limit here is {limit} MB. Make the image"
            " smaller and try again.",
            name=shown,
            needed=needed // 10**6,
            limit=CLOUD_BYTES // 10**6,
        )


def _coefficients(stored: Image.Image, data: bytes) -> int:
    """Return the bytes that a JPEG of several scans takes beside its pixels; others take none."""
    if not isinstance(stored, JpegImagePlugin.JpegImageFile) or not stored.fp:
        return 0
    # What precedes the first scan may hold a thumbnail with scans of its own.
    if data.find(b"\xff\xda\0", stored.fp.tell()) < 0:
        return 0
    shares = [across * down for _, across, down, _ in stored.layer]
    most = max(across for _, across, _, _ in stored.layer) * max(layer[2] for layer in stored.layer)
    return math.prod(stored.size) * _BYTES_A_COEFFICIENT * sum(shares) // most


def _bytes_a_pixel(stored: Image.Image) -> int:
    return _WEBP_BYTES_A_PIXEL if stored.format == "WEBP" else _BYTES_A_PIXEL.get(stored.mode, 4)
