"""Lists the files of a tar by walking from header to header, and counts their CRC-32 on the way.

The standard library reads one header; the walk is here, because its own takes a damaged header in the middle
for the end, loads extended headers of any size, and keeps every gap of a sparse file in memory.
"""

import re
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from tl_core.datasets.archives.members import LINK, SPARSE, SPECIAL, Came, Member
from tl_core.datasets.archives.names import Name, decoded
from tl_core.datasets.archives.sentences import CUT_OFF, DAMAGED_TAR, TOO_LARGE
from tl_core.datasets.archives.storage import PIECE, Stretch
from tl_core.datasets.archives.tally import Tally, most_listed, most_named
from tl_core.datasets.archives.unreadable import Unreadable

BLOCK = tarfile.BLOCKSIZE
HEADERS_A_FILE = 4
"""Its own, those of its long name and of its attributes, and some for folders."""
LARGEST_EXTRA = 10**6
"""Bytes that the headers in front of a file may take; a name has 255, a Mac's attributes some thousands."""
LONG_NAME, LONG_LINK = tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK
PAX = (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)
NO_FILE = (tarfile.XGLTYPE, tarfile.DIRTYPE, b"V", b"D")
LINKS = (tarfile.SYMTYPE, tarfile.LNKTYPE)
SPECIAL_FILES = (tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)
WITHOUT_DATA = (*LINKS, *SPECIAL_FILES, tarfile.DIRTYPE)
GAPS_GO_ON = 482, 504
"""Where the first and where a further header of an old sparse file say that another follows."""
_LENGTH = re.compile(rb"([0-9]{1,12}) ([^=]{1,1000})=")


@dataclass(kw_only=True, slots=True)
class _Found:
    """One file of a tar."""

    name: Name
    at: int
    size: int
    refused: str = ""


@dataclass
class _Ahead:
    """What the headers in front of a file say of it."""

    name: Name = b""
    size: int | None = None
    sparse: bool = False
    begun: bool = False


def tar_members(box: Stretch, tally: Tally, came: Came) -> list[Member]:
    """Return the files of a tar, in its order.

    Args:
        box: the tar, not compressed.
        tally: counts what is listed, and what comes out later.
        came: is told of the bytes that were read.

    Raises:
        Unreadable: it is damaged or incomplete.
        DatasetRefused: all archives together list too many files.
    """
    found = list(_walk(box, came))
    tally.list(len(found), sum(len(one.name) for one in found))
    names = decoded([one.name for one in found], otherwise="latin-1")
    return [
        Member(
            name=name,
            size=one.size,
            crc=None if one.refused else _crc(box, one, came),
            box=box,
            tally=tally,
            at=one.at,
            packed=one.size,
            refused=one.refused,
        )
        for name, one in zip(names, found, strict=True)
    ]


def _crc(box: Stretch, found: _Found, came: Came) -> int:
    crc, at, end = 0, found.at, found.at + found.size
    while at < end:
        piece = box.read_at(at, min(PIECE, end - at))
        crc = zlib.crc32(piece, crc)
        at += len(piece)
        came(len(piece))
    return crc


def _walk(box: Stretch, came: Came) -> Iterator[_Found]:
    at, ahead, named, most = 0, _Ahead(), 0, most_named()
    for _ in range(HEADERS_A_FILE * most_listed()):
        came(0)
        block = box.read_at(at, BLOCK)
        if not block or (ahead.begun and not block.strip(b"\0")):
            raise Unreadable(
                CUT_OFF
            )  # other programs take it for whole, and lose the rest in silence
        if not block.strip(b"\0"):
            return
        header = _header(block)
        at += BLOCK
        if header.type in (LONG_NAME, LONG_LINK, *PAX):
            _look_ahead(ahead, header, _extra(box, at, header.size))
            at += _padded(header.size)
            continue
        if header.type == tarfile.GNUTYPE_SPARSE:
            at = _behind_gaps(box, at, block)
        size = header.size if ahead.size is None else ahead.size
        size = 0 if header.type in WITHOUT_DATA else size
        if at + size > box.size:
            raise Unreadable(CUT_OFF)
        if header.type not in NO_FILE:
            yield (found := _file(header, ahead, at, size))
            named += len(found.name)
        if named > most:
            break
        at, ahead = at + _padded(size), _Ahead()
    raise Unreadable(TOO_LARGE, limit=most_listed())


def _header(block: bytes) -> tarfile.TarInfo:
    if len(block) < BLOCK:
        raise Unreadable(CUT_OFF)
    try:
        header = tarfile.TarInfo.frombuf(block, "latin-1", "strict")
    except (tarfile.TarError, ValueError) as error:
        raise Unreadable(DAMAGED_TAR) from error
    if header.size < 0:
        raise Unreadable(DAMAGED_TAR)
    return header


def _file(header: tarfile.TarInfo, ahead: _Ahead, at: int, size: int) -> _Found:
    refused = ""
    if header.type in LINKS:
        refused = LINK
    elif header.type in SPECIAL_FILES:
        refused = SPECIAL
    elif ahead.sparse or header.type == tarfile.GNUTYPE_SPARSE:
        refused = SPARSE
    name = ahead.name or header.name.encode("latin-1")
    return _Found(name=name, at=at, size=size, refused=refused)


def _extra(box: Stretch, at: int, size: int) -> bytes:
    if size > LARGEST_EXTRA:
        raise Unreadable(DAMAGED_TAR)
    data = box.read_at(at, size)
    if len(data) < size:
        raise Unreadable(CUT_OFF)
    return data


def _look_ahead(ahead: _Ahead, header: tarfile.TarInfo, data: bytes) -> None:
    ahead.begun = True
    if header.type == LONG_NAME:
        ahead.name = data.partition(b"\0")[0]
    elif header.type in PAX:
        for key, value in _records(data):
            if key.startswith(b"GNU.sparse."):
                ahead.sparse = True
            if key in (b"path", b"GNU.sparse.name"):
                ahead.name = _utf8(value)
            elif key == b"size":
                ahead.size = _number(value)


def _records(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield key and value of the records of an extended header: length, space, key, ``=``, value, newline."""
    at = 0
    while found := _LENGTH.match(data, at):
        end = at + int(found[1])
        if not found.end() < end <= len(data):
            raise Unreadable(DAMAGED_TAR)
        yield found[2], data[found.end() : end - 1]
        at = end
    if data[at:].strip(b"\0"):
        raise Unreadable(DAMAGED_TAR)


def _number(value: bytes) -> int:
    if not (value.isdigit() and len(value) < 20):
        raise Unreadable(DAMAGED_TAR)
    return int(value)


def _utf8(name: bytes) -> Name:
    """Return a name that should be UTF-8, or its bytes where some program wrote others."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name


def _behind_gaps(box: Stretch, at: int, block: bytes) -> int:
    """Return where the data of an old sparse file begin, behind the headers that list its gaps."""
    goes_on = block[GAPS_GO_ON[0]]
    while goes_on:
        block = box.read_at(at, BLOCK)
        if len(block) < BLOCK:
            raise Unreadable(CUT_OFF)
        goes_on = block[GAPS_GO_ON[1]]
        at += BLOCK
    return at


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK
