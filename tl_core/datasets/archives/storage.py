"""Where bytes lie: stretches of an open file, and one temporary file for what has to be unpacked first."""

import io
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Self

from tl_core import files
from tl_core.datasets.archives.tally import Tally
from tl_core.datasets.bringing.importer import check_free_space

PIECE = 1 << 18
"""Bytes that are read, unpacked and written at once."""
WRITTEN_UNCHECKED = 64 * 10**6
"""Bytes that are written between two looks at how much of the disk is free."""


class TooMuchAtOnce(Exception):
    """A library wants to load more of an archive than it should."""


class BeforeBeginning(OSError):
    """Somebody wants to go to a place before the beginning of a file."""


class Stretch:
    """Some bytes of an open file, to be read at any place, in any order and by any thread."""

    def __init__(self, file: BinaryIO, start: int, size: int, lock: threading.Lock) -> None:
        self._file = file
        self._start = start
        self._lock = lock
        self.size = size

    @classmethod
    def of_file(cls, file: BinaryIO) -> Self:
        """Return the whole of a file."""
        return cls(file, 0, file.seek(0, io.SEEK_END), threading.Lock())

    def read_at(self, offset: int, size: int) -> bytes:
        """Return up to `size` bytes from `offset`: fewer at the end, none outside."""
        size = min(size, self.size - offset)
        if offset < 0 or size <= 0:
            return b""
        with self._lock:
            self._file.seek(self._start + offset)
            return self._file.read(size)

    def part(self, offset: int, size: int) -> "Stretch":
        """Return a stretch of this stretch; never more than there is."""
        offset = min(max(offset, 0), self.size)
        size = min(size, self.size - offset)
        return Stretch(self._file, self._start + offset, size, self._lock)


class StretchFile(io.RawIOBase):
    """A stretch as the file that libraries want.

    Args:
        stretch: what is read.
        came: is told of the bytes of every read.
        most: bytes that may be read in one go.
    """

    def __init__(self, stretch: Stretch, came: Callable[[int], None], most: int = 1 << 62) -> None:
        super().__init__()
        self._stretch = stretch
        self._came = came
        self._most = most
        self._at = 0

    def readable(self) -> bool:
        """Whether it can be read: always."""
        return True

    def seekable(self) -> bool:
        """Whether one can go anywhere in it: always."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place; raises `BeforeBeginning`, an OSError as of files."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._stretch.size}[whence]
        if base + offset < 0:
            raise BeforeBeginning
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        """Return the place."""
        return self._at

    def read(self, size: int | None = -1, /) -> bytes:
        """Return `size` bytes, or all that follow.

        Raises:
            TooMuchAtOnce: that is more than `most`.
        """
        left = max(self._stretch.size - self._at, 0)
        size = left if size is None or size < 0 else min(size, left)
        if size > self._most:
            raise TooMuchAtOnce
        data = self._stretch.read_at(self._at, size)
        self._at += len(data)
        self._came(len(data))
        return data


class PiecesFile(io.RawIOBase):
    """Pieces of bytes, as the file that a decompressor of the standard library reads."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        super().__init__()
        self._pieces = iter(pieces)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Whether it can be read: always."""
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Fill the beginning of `buffer`; returns with how many bytes, 0 at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


class Spool:
    """One temporary file in which unpacked archives lie behind each other; made when first needed.

    Args:
        folder: in it a temporary folder is made.
        tally: counts what is written.
        stack: removes the file when it ends.
    """

    def __init__(self, folder: Path, tally: Tally, stack: ExitStack) -> None:
        self._folder = folder
        self._tally = tally
        self._stack = stack
        self._file: BinaryIO | None = None
        self._lock = threading.Lock()
        self._end = 0
        self._checked = 0

    def keep(self, pieces: Iterable[bytes]) -> Stretch:
        """Write `pieces` behind what is there and return where they lie; after an error they are gone.

        Raises:
            DatasetRefused: all that was unpacked is too much.
            DiskUnusable: the disk has too little space, or fails.
        """
        file = self._file or self._open()
        start = self._end
        try:
            for piece in pieces:
                self._write(file, piece)
        except BaseException:
            self._go_back(file, start)
            raise
        return Stretch(file, start, self._end - start, self._lock)

    def _open(self) -> BinaryIO:
        folder = self._stack.enter_context(files.temporary_folder(self._folder))
        self._file = self._stack.enter_context((folder / "unpacked").open("w+b", buffering=0))
        return self._file

    def _write(self, file: BinaryIO, piece: bytes) -> None:
        self._tally.spool(len(piece))
        if self._end + len(piece) > self._checked:
            check_free_space(self._folder, WRITTEN_UNCHECKED)
            self._checked = self._end + WRITTEN_UNCHECKED
        with self._lock:
            file.seek(self._end)
            left = memoryview(piece)
            while left:
                left = left[file.write(left) :]
        self._end += len(piece)

    def _go_back(self, file: BinaryIO, start: int) -> None:
        with self._lock:
            file.truncate(start)
        self._tally.spool(start - self._end)
        self._end = start
