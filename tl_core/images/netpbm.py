"""PPM, PGM and PBM, plain and raw: a header of text, and numbers.

Pillow reads these too, but one sample after another in Python where the largest value is not 255: half a
minute for what takes a tenth of a second here.
"""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from tl_core.images.picture import Pixels

_SPACE_OR_REMARK = rb"(?:\s|#[^\r\n]*[\r\n])"
_NUMBER = _SPACE_OR_REMARK + rb"+?(\d{1,10})"
_HEADER = re.compile(rb"P([1-6])" + 2 * _NUMBER)
_LARGEST = re.compile(_NUMBER)
_REMARK = re.compile(rb"#[^\r\n]*")
HEADER_BYTES = 65_536
"""Longest header that is looked for."""
_BAND = 1 << 20
"""Samples that are scaled at once."""


def size_of(data: bytes) -> tuple[int, int] | None:
    """Return the width and height that a file declares, or None."""
    header = _HEADER.match(data[:HEADER_BYTES])
    return (int(header[2]), int(header[3])) if header else None


class NetpbmFile(ImageFile.ImageFile):
    """A file as Pillow's own classes for image files are, of mode L or RGB, 8 bits a channel.

    Samples of other depths are scaled to 0..255 by their largest value; of more than 8 bits the high byte
    of 16 is kept, as for a PNG.
    """

    format = "PPM"
    format_description = "Netpbm image"

    def _open(self) -> None:
        assert self.fp is not None
        data = self.fp.read()
        header = _HEADER.match(data[:HEADER_BYTES])
        if not header:
            raise SyntaxError("no header")
        kind, width, height = (int(number) for number in header.groups())
        self._plain, channels = kind < 4, 3 if kind in (3, 6) else 1
        self._bits = kind in (1, 4)
        end = header.end()
        self._largest = 1
        if not self._bits:
            largest = _LARGEST.match(data[end : end + HEADER_BYTES])
            self._largest = int(largest[1]) if largest else 0
            if not largest or not 0 < self._largest < 65536:
                raise SyntaxError("no largest value")
            end += largest.end()
        self._samples = memoryview(data)[end:]
        self._mode = "RGB" if channels == 3 else "L"
        self._size = width, height
        self._shape = (height, width, 3)[: 3 if channels == 3 else 2]
        self.tile = []

    def load(self) -> Any:
        """Decode the samples.

        Raises:
            ValueError: there are too few of them, or no numbers.
        """
        if self._im is None:
            self.im = Image.fromarray(self._decoded()).im
            self._samples = memoryview(b"")
        return super().load()

    def _decoded(self) -> Pixels:
        if self._bits:
            return self._black_on_white()
        samples = self._numbers() if self._plain else self._raw()
        if self._largest == 255:
            return samples.astype(np.uint8, copy=False).reshape(self._shape)
        return _scaled(samples, self._largest).reshape(self._shape)

    def _raw(self) -> NDArray[Any]:
        """Return the samples of a raw file, after the one space that ends its header."""
        kind = np.dtype(np.uint8 if self._largest < 256 else ">u2")
        return np.frombuffer(self._samples, kind, int(np.prod(self._shape)), offset=1)

    def _numbers(self) -> NDArray[Any]:
        """Return the samples of a plain file."""
        count = int(np.prod(self._shape))
        text = _REMARK.sub(b"", self._samples)
        if text.translate(None, b"0123456789 \t\n\v\f\r"):
            raise ValueError("no number")
        # Told the count, NumPy fills up what is missing with whatever is in memory.
        samples = np.fromstring(text, np.int32, sep=" ")[:count]
        if len(samples) < count or not 0 <= samples.min() <= samples.max() <= self._largest:
            raise ValueError("numbers are missing, or too large")
        return samples

    def _black_on_white(self) -> Pixels:
        height, width = self._shape
        if self._plain:  # digits need no space between them
            text = _REMARK.sub(b"", self._samples).translate(None, b" \t\n\v\f\r")
            ones = np.frombuffer(text, np.uint8, height * width).reshape(height, width) - 48
            if ones.max(initial=0) > 1:
                raise ValueError("neither 0 nor 1")
        else:
            across = -(-width // 8)
            rows = np.frombuffer(self._samples, np.uint8, height * across, offset=1)
            ones = np.unpackbits(rows.reshape(height, across), axis=1, count=width)
        return (1 - ones) * np.uint8(255)


def _scaled(samples: NDArray[Any], largest: int) -> Pixels:
    """Return samples of 0..`largest` as 0..255; what is larger is white."""
    values = np.arange(largest + 1) / largest
    wide = np.rint(values * 65535) // 256 if largest > 255 else np.rint(values * 255)
    table = wide.astype(np.uint8)
    scaled = np.empty(len(samples), np.uint8)
    for start in range(0, len(samples), _BAND):
        band = slice(start, start + _BAND)
        scaled[band] = table.take(samples[band], mode="clip")
    return scaled
