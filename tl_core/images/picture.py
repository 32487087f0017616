"""A decoded picture at full size, of which something smaller is wanted.

Pillow holds four bytes for each pixel, so 50 megapixels are 200 MB. Turning them upright, laying them
over white and copying them to an array each made another picture of that size. Here all of it is done band
by band, and what comes out is the same to the last bit (but see `Picture.resized`).
"""

import hashlib
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image
from PIL.Image import Resampling, Transpose

from tl_core.errors import LabError

Pixels: TypeAlias = NDArray[np.uint8]

BAND_PIXELS = 400_000
"""A band takes 2 MB, three or four times at once."""
WHOLE_PIXELS = 16_000_000
"""Up to this, a picture is copied to be resized: 64 MB more."""

_TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
"""EXIF's orientation -> what makes the picture upright, as in `PIL.ImageOps.exif_transpose`."""
_SIDEWAYS = {
    Transpose.TRANSPOSE,
    Transpose.ROTATE_270,
    Transpose.TRANSVERSE,
    Transpose.ROTATE_90,
}
_FROM_THE_END = {
    Transpose.ROTATE_180,
    Transpose.FLIP_TOP_BOTTOM,
    Transpose.TRANSVERSE,
    Transpose.ROTATE_90,
}
"""The first row of the upright picture is the last row, or column, of the stored one."""


class Damaged(Exception):
    """A file cannot be decoded; the cause tells where it went wrong."""


@contextmanager
def damage_noticed() -> Iterator[None]:
    """Turn whatever a decoder raises into `Damaged`.

    Raises:
        Damaged: anything was raised inside the block, except for lack of memory or for people.
    """
    try:
        yield
    except (LabError, MemoryError):
        raise
    except Exception as error:  # a decoder raises nearly anything on a damaged file
        # What is kept of a refusal would keep the decoder's memory too.
        traceback.clear_frames(error.__traceback__)
        raise Damaged from error


class Picture:
    """Pixels as people see them: upright (EXIF), RGB, transparency over white.

    Args:
        stored: a file that Pillow has opened; from now on this object's own.
        bits: bits a channel in the file; matter only for PNG and TIFF.
        full: width and height in the file, where it is decoded smaller.

    All that reads pixels raises `Damaged` where a palette or a transparent colour cannot be used.
    """

    def __init__(self, stored: Image.Image, bits: int, full: tuple[int, int] | None = None) -> None:
        self._stored = stored
        self._full = full or stored.size
        self._bits = bits
        self._reduced = self._full != stored.size
        self._turn: Transpose | None = None
        self.width, self.height = stored.size

    def load(self) -> None:
        """Decode the file; until then only `close` may be called."""
        stored = self._stored
        stored.load()
        if stored.format == "PNG" and "transparency" in stored.info and stored.mode in ("L", "RGB"):
            key = stored.info["transparency"]
            stored.info["transparency"] = _eight_bit_key(key, self._bits)
        self._turn = _turn(stored)
        sideways = self._turn in _SIDEWAYS
        self.width, self.height = stored.size[::-1] if sideways else stored.size

    def rgb(self) -> Pixels:
        """Return all pixels, `(h, w, 3) uint8 0..255`, read-only."""
        pixels = np.empty((self.height, self.width, 3), np.uint8)
        top = 0
        for band in self._bands():
            pixels[top : top + band.height] = np.asarray(band)
            top += band.height
        pixels.flags.writeable = False
        return pixels

    def resized(self, height: int, width: int) -> Pixels:
        """Return the whole picture as `(height, width, 3) uint8`, read-only: bilinear, antialiased.

        The same pixels as `images.resize` of `rgb()`, but for pictures of more than 16 megapixels that are
        turned or not RGB: there every row is made shorter first, and then every column, while Pillow
        may begin with the columns. Rounding between the two then makes a difference of one level.
        """
        plain = self._turn is None and _is_plain(self._stored)
        if plain or self.height * self.width <= WHOLE_PIXELS:
            narrow = self._stored if plain else self._joined(self.width)
        else:
            narrow = self._joined(width)
        return np.asarray(narrow.resize((width, height), Resampling.BILINEAR))

    def centre(self, size: int) -> Pixels:
        """Return the centre square as `(size, size, 3) uint8`, read-only: `resize` of `centre_square(rgb())`.

        Cut out before it is resized: Pillow's own ``box=`` would let what lies beside it shine in.
        """
        top, left, side = centre_of(self.height, self.width)
        plain = self._turn is None and _is_plain(self._stored)
        whole = self._stored if plain else self._joined(self.width)
        square = whole.crop((left, top, left + side, top + side))
        return np.asarray(square.resize((size, size), Resampling.BILINEAR))

    def shrunk(self, longest: int) -> Pixels:
        """Return the picture with its longer side at most `longest` pixels, as `images.shrink` does."""
        size = shrunk_size(self.height, self.width, longest)
        return self.rgb() if size == (self.height, self.width) else self.resized(*size)

    def sha256(self) -> str:
        """Return the SHA-256 of shape and pixels: the same 64 hex digits for one picture in two formats.

        Of a picture that is decoded smaller it is that of the smaller pixels and of the size in the file:
        nothing else has the same digits but a JPEG that comes to the same pixels at the same fraction.
        """
        digest = hashlib.sha256(repr((self.height, self.width, 3)).encode())
        if self._reduced:
            digest.update(repr(self._full).encode())
        for band in self._bands():
            digest.update(band.tobytes())
        return digest.hexdigest()

    def close(self) -> None:
        """Free the pixels, and all that the decoder holds."""
        self._stored.close()
        del self._stored

    def _joined(self, width: int) -> Image.Image:
        """Return the upright picture in one piece, its rows resized to `width`."""
        joined = Image.new("RGB", (width, self.height))
        top = 0
        for band in self._bands():
            joined.paste(band.resize((width, band.height), Resampling.BILINEAR), (0, top))
            top += band.height
        return joined

    def _bands(self) -> Iterator[Image.Image]:
        """Yield the upright picture from the top, in parts of full width; not to be written to."""
        rows = max(1, BAND_PIXELS // self.width)
        for top in range(0, self.height, rows):
            with damage_noticed():
                band = _flatten(self._part(top, min(top + rows, self.height)), self._bits)
                band = band if self._turn is None else band.transpose(self._turn)
            yield band

    def _part(self, top: int, bottom: int) -> Image.Image:
        """Return what will be the rows from `top` to `bottom`, as it is stored."""
        if bottom - top == self.height:
            return self._stored
        if self._turn in _FROM_THE_END:
            top, bottom = self.height - bottom, self.height - top
        width, height = self._stored.size
        across = self._turn in _SIDEWAYS
        return self._stored.crop((top, 0, bottom, height) if across else (0, top, width, bottom))


def centre_of(height: int, width: int) -> tuple[int, int, int]:
    """Return top, left and side of the largest square in the middle of a picture, in pixels."""
    side = min(height, width)
    return (height - side) // 2, (width - side) // 2, side


def centre_square(pixels: Pixels) -> Pixels:
    """Return the largest square in the middle of `(h, w, 3) uint8`, without a copy.

    Example:
        >>> centre_square(np.zeros((300, 401, 3), np.uint8)).shape
        (300, 300, 3)
    """
    top, left, side = centre_of(*pixels.shape[:2])
    return pixels[top : top + side, left : left + side]


def shrunk_size(height: int, width: int, longest: int) -> tuple[int, int]:
    """Return height and width with the longer at most `longest`; never enlarged, never 0."""
    scale = longest / max(height, width)
    if scale >= 1:
        return height, width
    return max(1, round(height * scale)), max(1, round(width * scale))


def _turn(stored: Image.Image) -> Transpose | None:
    with suppress(Exception):  # broken EXIF is no reason to refuse a photo that decodes
        return _TURNS.get(stored.getexif().get(ExifTags.Base.Orientation, 1))
    return None


def _is_plain(picture: Image.Image) -> bool:
    return picture.mode == "RGB" and not picture.has_transparency_data


def _flatten(picture: Image.Image, bits: int) -> Image.Image:
    """Convert any mode to RGB over white; may return `picture` itself."""
    if picture.mode.startswith(
        "I;16"
    ):  # convert() turns it white; keep the high byte, as for colour
        samples = np.asarray(picture)
        key = picture.info.get("transparency")
        high = samples >> (4 if bits == 12 else 8)
        grey = np.where(samples == key, 255, high).astype(np.uint8)
        return Image.fromarray(grey).convert("RGB")
    if _is_plain(picture):
        return picture
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    picture = picture.convert("RGBA")
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture, mask=picture)
    return white


def _eight_bit_key(key: Any, bits: int) -> Any:
    """Scale a PNG's transparent colour as Pillow scaled the pixels; it leaves the colour as stored."""
    if isinstance(key, tuple):
        return tuple(value >> max(bits - 8, 0) for value in key)
    return key * 255 // (2**bits - 1)
