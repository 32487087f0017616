"""Lists the files of a zip by its table of contents; nothing is unpacked."""

import stat
import struct
import zipfile
from collections.abc import Iterator

from tl_core.datasets.archives.members import LINK, ZipMember
from tl_core.datasets.archives.names import Name, decoded
from tl_core.datasets.archives.sentences import (
    CUT_OFF,
    DAMAGED_ZIP,
    PASSWORD,
    SPLIT_FIRST,
    SPLIT_LAST,
    TOO_LARGE,
)
from tl_core.datasets.archives.storage import (
    BeforeBeginning,
    Stretch,
    StretchFile,
    TooMuchAtOnce,
)
from tl_core.datasets.archives.tally import Tally, most_listed, most_named
from tl_core.datasets.archives.unreadable import Unreadable

UTF8_FLAG, ENCRYPTED_FLAG = 0x800, 0x1
HEADER = b"PK\1\2"
END = struct.Struct("<4sHHHHLLH")
END64 = struct.Struct("<4sLQL")
LONGEST_COMMENT = 1 << 16
DAMAGE = (
    zipfile.BadZipFile,
    BeforeBeginning,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
"""What `zipfile` raises on damaged zips."""


def zip_members(box: Stretch, tally: Tally) -> list[ZipMember]:
    """Return the files of a zip, in its order, and its empty folders, whose names end in a slash.

    Raises:
        Unreadable: it is damaged, in pieces, encrypted, or its table of contents is far too large.
        DatasetRefused: all archives together list too many files.
    """
    _check_end(box)
    listed = _table_of_contents(box)
    used = {folder for one in listed for folder in _folders_above(one)}
    infos = [one for one in listed if not _is_folder(one) or one.orig_filename not in used]
    del listed
    if any(one.flag_bits & ENCRYPTED_FLAG for one in infos):
        raise Unreadable(PASSWORD)
    tally.list(len(infos), sum(len(one.orig_filename) for one in infos))
    names = decoded([_name(one) for one in infos], otherwise="cp437")
    infos.reverse()  # what is done leaves memory
    return [_member(infos.pop(), name, box, tally) for name in names]


def _table_of_contents(box: Stretch) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(_ZipFile(box, lambda _: None, most_named())) as archive:
            return archive.infolist()
    except TooMuchAtOnce:
        raise Unreadable(TOO_LARGE, limit=most_listed()) from None
    except DAMAGE as error:
        raise Unreadable(DAMAGED_ZIP) from error


class _ZipFile(StretchFile):
    """A zip whose table of contents, which `zipfile` reads at once, does not list millions of files."""

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if data.count(HEADER) > most_listed():
            raise TooMuchAtOnce
        return data


def _is_folder(info: zipfile.ZipInfo) -> bool:
    return info.orig_filename.endswith(("/", "\\"))


def _folders_above(info: zipfile.ZipInfo) -> Iterator[str]:
    """Yield the folders that a file or a folder lies in, as they are named themselves."""
    name = info.orig_filename
    end = name.rfind("/", 0, len(name) - 1)
    while end >= 0:
        yield name[: end + 1]
        end = name.rfind("/", 0, end)


def _name(info: zipfile.ZipInfo) -> Name:
    if info.flag_bits & UTF8_FLAG:
        return info.orig_filename
    return info.orig_filename.encode("cp437")


def _member(info: zipfile.ZipInfo, name: str, box: Stretch, tally: Tally) -> ZipMember:
    return ZipMember(
        name=name,
        size=info.file_size,
        crc=info.CRC,
        box=box,
        tally=tally,
        at=info.header_offset,
        packed=info.compress_size,
        refused=LINK if stat.S_ISLNK(info.external_attr >> 16) else "",
        method=info.compress_type,
    )


def _check_end(box: Stretch) -> None:
    """Refuse what has no end, and a piece of a zip: `zipfile` would call both damaged."""
    from_here = max(box.size - END.size - LONGEST_COMMENT, 0)
    tail = box.read_at(from_here, END.size + LONGEST_COMMENT)
    at = tail.rfind(b"PK\5\6")
    start = box.read_at(0, 4)
    if at < 0 or len(tail) - at < END.size:
        raise Unreadable({b"PK\7\x08": SPLIT_FIRST, b"PK\3\4": CUT_OFF}.get(start, DAMAGED_ZIP))
    _, disk, first_disk, _, _, size, offset, _ = END.unpack_from(tail, at)
    whole = disk in (0, 0xFFFF) and first_disk in (0, 0xFFFF) and _disks64(tail, at) <= 1
    begins = start == b"PK\3\4" or 0xFFFFFFFF in (size, offset) or size + offset <= from_here + at
    if not (whole and begins):
        raise Unreadable(SPLIT_LAST)


def _disks64(tail: bytes, end: int) -> int:
    """Return the number of pieces that the end of a large zip names, 0 if it is no large one."""
    if end < END64.size:
        return 0
    signature, _, _, disks = END64.unpack_from(tail, end - END64.size)
    return int(disks) if signature == b"PK\6\7" else 0
