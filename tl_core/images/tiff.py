"""What the first directory of a TIFF says, read before Pillow sees the file.

A TIFF may hold nearly anything: photos, but also sixteen bands of a satellite, heights in metres, what a
camera's sensor saw. And its directory may ask a decoder for any amount of work. Pillow and libtiff get what
is a picture, and asks for no more than its pixels need.
"""

import math
import struct
from dataclasses import dataclass

from tl_core.errors import ImageRefused
from tl_core.images import kinds
from tl_core.images.headers import check_pixels

_TYPES = {1: "B", 2: "B", 3: "H", 4: "I", 6: "b", 7: "B", 8: "h", 9: "i", 13: "I", 16: "Q"}
_SIZES = {5: 8, 10: 8, 11: 4, 12: 8, 17: 8, 18: 8}
_MOST_TAGS = 1000
_MOST_VALUES = 200_000
"""Of one tag: a palette has 768."""
_PRIVATE = 32768
"""Tags from here on say nothing of how the pixels are kept."""
_SMALLEST_TILE = 16
_MOST_PARTS = 50_000
"""Strips or tiles: each takes 40 microseconds, however small."""
_COMPRESSIONS = (1, 2, 3, 4, 5, 7, 8, 32773, 32946)
"""None, three of faxes, LZW, JPEG, Deflate, PackBits, Deflate under its old number."""
_JPEG, _YCBCR, _SEPARATE = 7, 6, 2
_SCAN = b"\xff\xda\0"
_MOST_SCANS = 200
"""Of JPEG, beside ten a part: each goes over all pixels of its part."""
_SAMPLES = {0: (1,), 1: (1, 2), 2: (3, 4), 3: (1,), 5: (4,), 6: (3,)}
"""Photometric interpretation -> samples a pixel: grey from white or black, RGB, palette, inks, YCbCr."""
_SENSOR = (32803, 34892)
"""Photometric interpretations of raw photos."""


class _Tag:
    WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
    SUBFILE, STRIPS, ORIENTATION, SAMPLES, ROWS, STRIP_BYTES, PLANAR = (
        254,
        273,
        274,
        277,
        278,
        279,
        284,
    )
    TILE_WIDTH, TILE_HEIGHT, TILES, TILE_BYTES, DIRECTORIES = 322, 323, 324, 325, 330
    EXTRA, FORMAT, DNG = 338, 339, 50706


_LISTS = (_Tag.STRIPS, _Tag.STRIP_BYTES, _Tag.TILES, _Tag.TILE_BYTES)


@dataclass(frozen=True)
class Form:
    """The form in which a TIFF holds its first picture.

    Args:
        size: width and height, as stored.
        bits: bits a sample.
        beside: bytes that a decoder takes beside the pixels of the picture.
    """

    size: tuple[int, int]
    bits: int
    beside: int


def read_form(data: bytes, shown: str) -> Form:
    """Read the form of a TIFF's first picture.

    Raises:
        ImageRefused: it is too large, or no picture of up to 16 bits a channel; tells what it is.
        ValueError: the directory is damaged, or asks for more work than its picture needs.
        struct.error: the directory ends too early.
    """
    tags = _Directory(data)
    _check_raw(tags, shown)
    width, height = tags.one(_Tag.WIDTH), tags.one(_Tag.HEIGHT)
    check_pixels((width, height), shown)
    parts = tags.count(_Tag.TILES) + tags.count(_Tag.STRIPS)
    if tags.one(_Tag.COMPRESSION, 1) == _JPEG and data.count(_SCAN) > _MOST_SCANS + 10 * parts:
        raise ValueError("made to keep a decoder busy")
    samples, bits = tags.one(_Tag.SAMPLES, 1), tags.one(_Tag.BITS, 1)
    _check_numbers(tags, samples, bits, shown)
    return Form((width, height), bits, _beside(tags, width, height, samples * bits))


class _Directory:
    """The tags of the first directory."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._order = "<" if data.startswith(b"II") else ">"
        self._big = 43 in data[2:4]
        (start,) = self._unpack("Q" if self._big else "I", 8 if self._big else 4)
        (count,) = self._unpack("Q" if self._big else "H", start)
        if count > _MOST_TAGS:
            raise ValueError(f"{count} tags")
        first, size = start + (8 if self._big else 2), 20 if self._big else 12
        self._tags: dict[int, tuple[int, int, int]] = {}
        for at in range(first, first + count * size, size):
            tag, kind, values = self._unpack("HHQ" if self._big else "HHI", at)
            if tag in self._tags and tag < _PRIVATE:  # Pillow and libtiff might choose another one
                raise ValueError(f"tag {tag} twice")
            self._tags[tag] = kind, values, at + (12 if self._big else 8)
            wide = struct.calcsize(_TYPES.get(kind, "B")) > 1 or kind in _SIZES
            if wide and values > _MOST_VALUES and tag not in _LISTS:
                raise ValueError(f"{values} values of tag {tag}")

    def __contains__(self, tag: int) -> bool:
        return tag in self._tags

    def count(self, tag: int) -> int:
        """Return how many values a tag has."""
        return self._tags[tag][1] if tag in self._tags else 0

    def one(self, tag: int, default: int | None = None) -> int:
        """Return the first value of a tag."""
        return self.some(tag, default)[0]

    def some(self, tag: int, default: int | None = None) -> tuple[int, ...]:
        """Return the first eight values of a tag."""
        if tag not in self._tags:
            if default is None:
                raise ValueError(f"no tag {tag}")
            return (default,)
        kind, count, at = self._tags[tag]
        letter = _TYPES.get(kind)
        if not letter or not count:
            raise ValueError(f"tag {tag} of type {kind}")
        if struct.calcsize(letter) * count > (8 if self._big else 4):
            (at,) = self._unpack("Q" if self._big else "I", at)
        return self._unpack(f"{min(count, 8)}{letter}", at)

    def _unpack(self, letters: str, at: int) -> tuple[int, ...]:
        if at > len(self._data):
            raise ValueError("outside the file")
        return struct.unpack_from(self._order + letters, self._data, at)


def _check_raw(tags: _Directory, shown: str) -> None:
    """Refuse what a camera's sensor saw: such a file may begin with a small preview of it."""
    if _Tag.DNG in tags:
        raise kinds.refused("DNG", shown)
    preview = tags.one(_Tag.SUBFILE, 0) & 1 and _Tag.DIRECTORIES in tags
    if preview or tags.one(_Tag.PHOTOMETRIC, 0) in _SENSOR:
        raise kinds.refused("NEF/ARW", shown)


def _check_numbers(tags: _Directory, samples: int, bits: int, shown: str) -> None:
    photometric = tags.one(_Tag.PHOTOMETRIC, 0)
    if samples > 4 or (samples > 2 and photometric < 2):
        raise ImageRefused(
            "{name} is a TIFF of {bands} bands, such as satellites and microscopes take. Save it as a"
            " picture in colours, in PNG or JPEG, first.",
            name=shown,
            bands=samples,
        )
    if tags.one(_Tag.FORMAT, 1) != 1 or bits > 16:
        raise ImageRefused(
            "{name} is a TIFF of numbers that can be fractions, negative or very large, such as measured"
            " values. Scale them to 0 to 255 and save them as PNG first.",
            name=shown,
        )
    ordinary = (
        samples in _SAMPLES.get(photometric, ())
        and tags.one(_Tag.COMPRESSION, 1) in _COMPRESSIONS
        and not (photometric == 0 and bits > 8)  # Pillow would show its negative
        and not (samples == 2 and tags.one(_Tag.EXTRA, 0) == 1)
    )
    if not ordinary:
        raise kinds.unusual("TIFF", shown)


def _beside(tags: _Directory, width: int, height: int, bits: int) -> int:
    """Return the bytes that decoding takes beside the pixels: for one part at a time, and a turned copy."""
    separate = tags.one(_Tag.PLANAR, 1) == _SEPARATE
    planes = tags.one(_Tag.SAMPLES, 1) if separate else 1
    if _Tag.TILES in tags:
        across, down = tags.one(_Tag.TILE_WIDTH), tags.one(_Tag.TILE_HEIGHT)
        parts, listed = _parts(width, across) * _parts(height, down), tags.count(_Tag.TILES)
        if min(across, down) < _SMALLEST_TILE:
            raise ValueError("tiny tiles")
    else:
        across, down = width, max(1, min(height, tags.one(_Tag.ROWS, height)))
        parts, listed = _parts(height, down), tags.count(_Tag.STRIPS)
    # Tiles may reach beyond the picture, but not by much: each is decoded whole.
    wide, high = _parts(width, across) * across, _parts(height, down) * down
    if parts * planes > _MOST_PARTS:
        raise ValueError("too many parts")
    if listed > 2 * parts * planes + 16 or wide * high > 2 * width * height + 1_000_000:
        raise ValueError("more parts than the picture has")
    if listed < parts * planes:
        raise ValueError("parts are missing")  # they would be black
    a_pixel = bits / 8
    a_pixel += 6 if tags.one(_Tag.COMPRESSION, 1) == _JPEG else 0
    a_pixel += 4 if tags.one(_Tag.PHOTOMETRIC, 0) == _YCBCR else 0
    turned = 4 * width * height if tags.one(_Tag.ORIENTATION, 1) != 1 else 0
    return math.ceil(across * down * a_pixel) + turned


def _parts(side: int, part: int) -> int:
    return -(-side // part)
