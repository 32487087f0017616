"""What the boxes of a HEIC say, read before libheif sees the file, and how libheif is asked for the picture.

libheif is C++ and has had its faults, most in forms that no phone writes: it gets files whose picture is
HEVC, or a grid of HEVC, and nothing else. It is imported with the first such file, not before.

A HEIC says twice how it is turned: in a box, which libheif follows, and in EXIF, which pillow-heif then sets
to upright.
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from PIL import ImageFile

from tl_core.images import kinds
from tl_core.images.headers import check_pixels

_MOST_NUMBERS = 200_000
"""Boxes and numbers that are looked at: a grid of 300 tiles has 5,000."""
_PICTURES = (b"hvc1", b"hev1", b"grid", b"iden")
"""Kinds of items that are decoded: HEVC, a grid of others, another one as it is."""
_PAD_PIXELS = 1_000_000
"""By which the tiles of a grid may reach beyond it, beside its own size again."""
Size = tuple[int, int]


@dataclass
class _Items:
    """The items of a file."""

    primary: int = 0
    kinds: dict[int, bytes] = field(default_factory=dict)
    parts: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """Grid -> its tiles."""
    beside: dict[int, set[int]] = field(default_factory=dict)
    """Picture -> its transparency, depth and the like."""
    properties: list[Size | None] = field(default_factory=list)
    """The size that a property is, or None."""
    owned: dict[int, list[int]] = field(default_factory=dict)
    """Item -> the numbers of its properties, from 1."""
    ends: dict[int, int] = field(default_factory=dict)
    """Item -> where in the file its bytes end."""

    def size(self, item: int) -> Size:
        """Return width and height of an item, before it is turned."""
        known = [self.properties[n - 1] for n in self.owned.get(item, ()) if n]
        return next((size for size in known if size), (0, 0))

    def pixels(self, item: int) -> int:
        """Return how many pixels are decoded for an item."""
        tiles = self.parts.get(item, ())
        width, height = self.size(item)
        largest = max((w * h for w, h in map(self.size, tiles)), default=0)
        return max(width * height, len(tiles) * largest)

    def decoded(self) -> set[int]:
        """Return the items that are decoded for the picture."""
        items = {self.primary} | self.beside.get(self.primary, set())
        return items | {tile for item in items for tile in self.parts.get(item, ())}


def check_boxes(data: bytes, shown: str) -> int:
    """Return how many pixels are decoded at most for the picture of a HEIC.

    Raises:
        ImageRefused: the picture is too large, or of a form that no phone writes.
        ValueError: boxes are damaged, or ask for more work than the picture needs.
        struct.error: a box ends too early.
    """
    items = _read_items(data)
    if not items.primary:
        raise kinds.unusual("HEIC", shown)
    wanted = items.decoded()
    size = items.size(items.primary)
    check_pixels(size, shown)
    if any(items.kinds.get(item) not in _PICTURES for item in wanted):
        raise kinds.unusual("HEIC", shown)
    if any(tile in items.parts for item in wanted for tile in items.parts.get(item, ())):
        raise kinds.unusual("HEIC", shown)
    if any(items.ends.get(item, 0) > len(data) for item in wanted):
        raise ValueError("incomplete")  # libheif would leave tiles grey
    most = max(items.pixels(item) for item in wanted)
    if most > 2 * size[0] * size[1] + _PAD_PIXELS:
        raise ValueError("more tiles than the picture has")
    return most


def open_heif(data: bytes) -> ImageFile.ImageFile:
    """Open a HEIC as Pillow opens other files: its size is known, its pixels are not decoded yet."""
    from pillow_heif import HeifImageFile, options

    options.DECODE_THREADS = 1
    options.THUMBNAILS = options.DEPTH_IMAGES = options.AUX_IMAGES = False
    file: ImageFile.ImageFile = HeifImageFile(io.BytesIO(data))  # type: ignore[no-untyped-call]
    return file


class _Boxes:
    """The boxes of a file, and the numbers in them: no more than an honest file has."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._left = _MOST_NUMBERS

    def between(self, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
        """Yield kind, start and end of what is in each box from `start` to `end`."""
        while start + 8 <= end:
            self._left -= 1
            length, head = int.from_bytes(self.data[start : start + 4]), 8
            if length == 1:
                length, head = int.from_bytes(self.data[start + 8 : start + 16]), 16
            stop = start + length if length else end
            if self._left < 0 or (length and length < head) or stop > end:
                raise ValueError("boxes")
            yield self.data[start + 4 : start + 8], start + head, stop
            start = stop

    def number(self, at: int, size: int) -> int:
        """Return the number of `size` bytes at a place."""
        self._left -= 1
        if at + size > len(self.data) or self._left < 0:
            raise ValueError("outside the file, or endless")
        return int.from_bytes(self.data[at : at + size])


def _read_items(data: bytes) -> _Items:
    boxes, items = _Boxes(data), _Items()
    for kind, start, end in boxes.between(0, len(data)):
        if kind != b"meta":
            continue
        for inner, at, stop in boxes.between(start + 4, end):
            if inner == b"pitm":
                items.primary = boxes.number(at + 4, 4 if data[at] else 2)
            elif inner == b"iinf":
                for name, entry, _ in boxes.between(at + (8 if data[at] else 6), stop):
                    _read_kind(boxes, items, name, entry)
            elif inner == b"iref":
                for name, entry, _ in boxes.between(at + 4, stop):
                    _read_reference(boxes, items, name, entry, 4 if data[at] else 2)
            elif inner == b"iloc":
                _read_places(boxes, items, at)
            elif inner == b"iprp":
                _read_properties(boxes, items, at, stop)
        break
    return items


def _read_kind(boxes: _Boxes, items: _Items, name: bytes, at: int) -> None:
    if name == b"infe" and boxes.data[at] >= 2:
        wide = 4 if boxes.data[at] > 2 else 2
        kind = at + 4 + wide + 2
        items.kinds[boxes.number(at + 4, wide)] = boxes.data[kind : kind + 4]


def _read_reference(boxes: _Boxes, items: _Items, name: bytes, at: int, wide: int) -> None:
    origin, count = boxes.number(at, wide), boxes.number(at + wide, 2)
    first = at + wide + 2
    others = tuple(boxes.number(first + wide * place, wide) for place in range(count))
    if name == b"dimg":
        items.parts[origin] = items.parts.get(origin, ()) + others
    elif name == b"auxl":
        for other in others:
            items.beside.setdefault(other, set()).add(origin)


def _read_places(boxes: _Boxes, items: _Items, at: int) -> None:
    """Read where the bytes of items end; those that are inside the boxes have no place of their own."""
    version, widths = boxes.data[at], boxes.number(at + 4, 2)
    offset, length, base, index = (widths >> shift & 15 for shift in (12, 8, 4, 0))
    wide, index = 4 if version > 1 else 2, index if version else 0
    count, place = boxes.number(at + 6, wide), at + 6 + wide
    for _ in range(count):
        item, place = boxes.number(place, wide), place + wide
        in_file = not version or boxes.number(place, 2) & 15 == 0
        place += 4 if version else 2
        start, extents = boxes.number(place, base), boxes.number(place + base, 2)
        place += base + 2
        for _ in range(extents):
            place += index
            end = start + boxes.number(place, offset) + boxes.number(place + offset, length)
            place += offset + length
            if in_file:
                items.ends[item] = max(end, items.ends.get(item, 0))


def _read_properties(boxes: _Boxes, items: _Items, start: int, end: int) -> None:
    for kind, at, stop in boxes.between(start, end):
        if kind == b"ipco":
            items.properties += [
                struct.unpack_from(">II", boxes.data, body + 4) if name == b"ispe" else None
                for name, body, _ in boxes.between(at, stop)
            ]
        elif kind == b"ipma":
            _read_owned(boxes, items, at)


def _read_owned(boxes: _Boxes, items: _Items, at: int) -> None:
    wide, long = 4 if boxes.data[at] else 2, boxes.data[at + 3] & 1
    place = at + 8
    for _ in range(boxes.number(at + 4, 4)):
        item, count = boxes.number(place, wide), boxes.number(place + wide, 1)
        place += wide + 1
        step = 2 if long else 1
        numbers = [boxes.number(place + step * n, step) for n in range(count)]
        items.owned.setdefault(item, []).extend(
            number & (0x7FFF if long else 0x7F) for number in numbers
        )
        place += step * count
