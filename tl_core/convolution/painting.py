"""A small picture that a person paints pixel by pixel, as text that a URL carries."""

import base64
import binascii
import zlib

import numpy as np

from tl_core.convolution.arrays import Pixels
from tl_core.errors import SettingInvalid

SMALLEST, LARGEST = 4, 32
LONGEST_TEXT = 2000

_EXAMPLE = """
................
................
.......##.......
......####......
.....######.....
....########....
...##########...
..############..
...#........#...
...#..##....#...
...#..##....#...
...#........#...
...#....##..#...
...##########...
................
................
"""


def example() -> Pixels:
    """Return the picture that is there before anybody paints, `(16, 16) uint8`: a house."""
    rows = [[255 * (mark == "#") for mark in line] for line in _EXAMPLE.split()]
    return np.array(rows, np.uint8)


def painting_to_text(painting: Pixels) -> str:
    """Return a square painting as text of URL-safe characters.

    Example:
        >>> painting_from_text(painting_to_text(example())).shape
        (16, 16)
    """
    packed = zlib.compress(painting.tobytes(), 9)
    return f"{len(painting)}.{base64.urlsafe_b64encode(packed).decode('ascii').rstrip('=')}"


def painting_from_text(text: str) -> Pixels:
    """Return the painting that `painting_to_text` wrote, `(side, side) uint8`.

    Raises:
        SettingInvalid: it is no such text.
    """
    side, _, packed = text.partition(".")
    try:
        if len(text) > LONGEST_TEXT or not SMALLEST <= int(side) <= LARGEST:
            raise ValueError(side)
        data = base64.b64decode(packed + "=" * (-len(packed) % 4), b"-_", validate=True)
        # Never more than the picture needs: a few bytes can unpack to gigabytes.
        pixels = zlib.decompressobj().decompress(data, LARGEST**2 + 1)
        return np.frombuffer(pixels, np.uint8).reshape(int(side), int(side)).copy()
    except (ValueError, binascii.Error, zlib.error):
        raise SettingInvalid(
            "The painted picture in the address cannot be read: {text}. Paint it again.",
            text=text[:40],
        ) from None


def resized(painting: Pixels, side: int) -> Pixels:
    """Cut a painting at the bottom and the right, or add black there, to `side` pixels."""
    result = np.zeros((side, side), np.uint8)
    kept = painting[:side, :side]
    result[: kept.shape[0], : kept.shape[1]] = kept
    return result
