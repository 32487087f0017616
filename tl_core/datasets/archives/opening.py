"""Opens what people bring packed: a zip, a tar in any usual packing, and such archives in it, one level deep.

What an archive is, its first bytes say, and not its name. Its files are listed and not unpacked: each is read
when it is asked for, into memory, in any order and as often as wanted. Where that would be slow, in a
compressed tar or an archive that is packed once more, all of it is unpacked once, to a temporary file
beside the upload.
"""

import bz2
import gzip
import io
import lzma
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, cast

from tl_core.datasets.archives import formats
from tl_core.datasets.archives.members import DAMAGE, Member
from tl_core.datasets.archives.sentences import CUT_OFF, DAMAGED_TAR, DAMAGED_ZIP
from tl_core.datasets.archives.storage import (
    PIECE,
    PiecesFile,
    Spool,
    Stretch,
    StretchFile,
)
from tl_core.datasets.archives.tally import Tally
from tl_core.datasets.archives.tars import tar_members
from tl_core.datasets.archives.unreadable import Unreadable
from tl_core.datasets.archives.zips import zip_members
from tl_core.datasets.bringing.entries import Entry
from tl_core.errors import ImageRefused
from tl_core.machine.refusals import explained
from tl_core.runs.reporting import OnProgress
from tl_core.wording import N_

UNPACKING = N_("Unpacking the archive")
ZIPS = ("zip", "split-first")
"""Kinds that are zips by their first bytes; a zip in one piece may begin like the first of several."""
MOST_ARCHIVES = 2000
"""That are opened in an archive: one a pupil, and some schools are large. Others stay files."""
TRAILER = 512
"""Bytes at the end of a disk image of macOS that say so; its beginning is any."""
DECOMPRESSORS: dict[str, Callable[[Any], Any]] = {
    "gzip": gzip.open,
    "bzip2": bz2.open,
    "xz": lzma.open,
}
_ENDING = re.compile(
    r"\.(?:tar\.(?:gz|bz2|xz)|zip|tar|tgz|tbz2?|txz|gz|bz2|xz|tm)(?=\W|_|$)", re.IGNORECASE
)
"""Of files in an archive that may be archives; browsers write ``photos.zip (1)`` too."""


@contextmanager
def opened(
    path: Path, title: str, on_progress: OnProgress, *, most_mb: int | None = None
) -> Iterator[list[Entry]]:
    """Yield the files of an archive; they can be read inside the block.

    An empty folder is there as a file of no bytes whose name ends in a slash.
    The files of ``a/photos.zip`` in it are called ``a/photos/...``. An archive in it that cannot be read, or
    lies deeper, stays a file, whose `read` says why.

    Args:
        path: the archive, whatever its name; while it is open, a temporary folder may lie beside it.
        title: what people call it.
        on_progress: is told of the bytes read of `path` while something is unpacked to disk; may raise.
        most_mb: what its files may come to, in MB; by default what those of one dataset may.

    Raises:
        DatasetRefused: it is nothing that can be read here, is encrypted, or unpacks to too much.
        DiskUnusable: there is no place to unpack it, or the disk fails.
        JobCancelled: as raised by `on_progress`.

    Example:
        >>> with opened(path, "pets", on_progress) as entries:  # doctest: +SKIP
        ...     photos = {entry.name: entry.read() for entry in entries}
    """
    with ExitStack() as stack:
        with explained():
            file = stack.enter_context(path.open("rb", buffering=0))
            box = Stretch.of_file(cast(BinaryIO, file))
            reading = _Reading(box, path.parent, on_progress, stack, most_mb)
            try:
                members = reading.members(box)
            except Unreadable as error:
                raise error.as_upload(title) from error
            entries = list(reading.entries(members))
            reading.finish()
        yield entries


class _Reading:
    """The opening of one upload: what it unpacks, counts and tells."""

    def __init__(
        self,
        box: Stretch,
        folder: Path,
        on_progress: OnProgress,
        stack: ExitStack,
        most_mb: int | None,
    ) -> None:
        self._tally = Tally(box.size, most_mb)
        self._spool = Spool(folder, self._tally, stack)
        self._on_progress = on_progress
        self._total = box.size
        self._done = 0
        self._told = False

    def members(self, box: Stretch) -> list[Member]:
        """Return the files of the archive in `box`.

        Raises:
            Unreadable: it is none that can be read.
        """
        kind = formats.kind_of(box.read_at(0, formats.START_BYTES))
        if kind in DECOMPRESSORS:
            pieces = _decompressed(kind, StretchFile(box, self._came))
            return tar_members(self._unpacked_tar(kind, pieces), self._tally, self._came)
        if kind == "tar":
            return tar_members(box, self._tally, self._came)
        if kind not in ("", *ZIPS):
            raise _is_no_archive(kind)
        return self._zip_members(box)

    def _zip_members(self, box: Stretch) -> list[Member]:
        if formats.kind_of(box.read_at(box.size - TRAILER, TRAILER)) == "dmg":
            raise _is_no_archive("dmg")
        members = zip_members(box, self._tally)
        if kind := formats.kind_inside([one.name for one in members]):
            raise _is_no_archive(kind)
        return list(members)

    def _unpacked_tar(self, kind: str, pieces: Iterator[bytes]) -> Stretch:
        """Unpack the tar of which `pieces` come, unless it is no tar.

        Raises:
            Unreadable: it is none, or what comes is damaged.
        """
        try:
            start = next(pieces, b"")
            if not formats.is_tar(start):
                raise _is_no_archive(kind)
            return self._spool.keep(chain([start], pieces))
        except EOFError as error:
            raise Unreadable(CUT_OFF) from error
        except DAMAGE as error:
            raise Unreadable(DAMAGED_TAR) from error
        except OSError as error:
            if error.errno is not None:  # the disk says that, and no decompressor
                raise
            raise Unreadable(DAMAGED_TAR) from error

    def entries(self, members: list[Member]) -> Iterator[Entry]:
        """Yield the files of an archive, and those of the archives in it in their place."""
        looked = 0
        for member in members:
            if looked >= MOST_ARCHIVES or not _ENDING.search(_last_step(member.name)):
                yield _entry(member, member.name)
                continue
            looked += 1
            try:
                inner = self._members_inside(member)
            except Unreadable as error:
                yield _refusing(member, error.as_file(member.shown))
            except ImageRefused as error:
                yield _refusing(member, error)
            else:
                yield from inner

    def _members_inside(self, member: Member) -> list[Entry]:
        """Return the files of an archive in the archive, or the file itself where it is none."""
        self._came(0)
        start = next(member.pieces(), b"")
        kind = formats.kind_of(start, member.name)
        if kind in DECOMPRESSORS:
            pieces = _decompressed(kind, PiecesFile(member.pieces(self._came)))
            box = self._unpacked_tar(kind, pieces)
        elif kind in (*ZIPS, "tar"):
            box = member.in_place or self._spool.keep(member.pieces(self._came))
        else:
            return [_entry(member, member.name)]
        inner = self.members(box) if kind in ZIPS else tar_members(box, self._tally, self._came)
        step = _last_step(member.name)
        folder = member.name.removesuffix(step) + _ENDING.sub("", step, count=1)
        self._tally.list(0, len(folder) * len(inner))
        return [_entry(one, f"{folder}/{one.name}") for one in inner]

    def finish(self) -> None:
        """Tell that nothing is left to unpack, if anything was told."""
        if self._told:
            self._came(self._total)

    def _came(self, size: int) -> None:
        self._told = True
        self._done = min(self._done + size, self._total)
        self._on_progress(self._done, self._total, UNPACKING)


def _is_no_archive(kind: str) -> Unreadable:
    sentence = formats.what_it_is(kind, "")
    if sentence is None:
        return Unreadable(DAMAGED_ZIP)
    return Unreadable(sentence.template, **sentence.values)


def _decompressed(kind: str, packed: io.RawIOBase) -> Iterator[bytes]:
    with DECOMPRESSORS[kind](packed) as file:
        while piece := file.read(PIECE):
            yield piece


def _last_step(name: str) -> str:
    return name[max(name.rfind("/"), name.rfind("\\")) + 1 :]


def _entry(member: Member, name: str) -> Entry:
    return Entry(
        name=name,
        size=member.size,
        crc=member.crc,
        read=member.read,
        begin=partial(_first_piece, member),
        pieces=member.pieces,
    )


def _first_piece(member: Member) -> bytes:
    return next(member.pieces(), b"")


def _refusing(member: Member, error: ImageRefused) -> Entry:
    return Entry(name=member.name, size=member.size, crc=member.crc, read=partial(_refuse, error))


def _refuse(error: ImageRefused) -> NoReturn:
    raise error
