"""Zips become datasets. Nothing in a zip is believed: not its names, not its sizes, not its structure.

Bytes are counted while they are unpacked, into memory and one file at a time; names only decide the class.
What one file does wrong leaves that file out; what the whole zip does wrong refuses the zip.
"""

import io
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tl_core import settings
from tl_core.datasets.bringing import checks
from tl_core.datasets.bringing.entries import Entry
from tl_core.datasets.bringing.importer import import_entries
from tl_core.datasets.bringing.layout import Place, arrange
from tl_core.datasets.dataset import Dataset, clean_text
from tl_core.errors import DatasetRefused, ImageRefused
from tl_core.runs.reporting import OnProgress

LARGEST_RATIO = 200
"""Times that images may grow when unpacked; JPEG and PNG hardly grow at all."""
RATIO_MATTERS_FROM = 10**7
"""Bytes below which a large ratio does no harm."""
CHUNK = 1 << 18
BYTES_PER_NAME = 300
"""Generous size of an entry in a zip's table of contents."""
UTF8_FLAG, ENCRYPTED_FLAG = 0x800, 0x1
UNPACKED_HERE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)
"""What `zipfile` raises on damaged zips."""


def import_zip(zip_path: Path, title: str, on_progress: OnProgress) -> Dataset:
    """Unpack the class folders in a zip into the catalogue.

    Args:
        zip_path: the zip.
        title: what people call the dataset.
        on_progress: is told of the files done.

    Raises:
        DatasetRefused: it is no zip, is encrypted, unpacks to too much, or nothing can be learned from it.
        JobCancelled: as raised by `on_progress`.
    """
    with _open(zip_path, title) as archive:
        return import_entries(_entries(archive, zip_path.stat().st_size), title, on_progress)


def list_places(zip_path: Path) -> list[Place]:
    """Return class and part of every file in a zip that has one; no file is unpacked.

    Raises:
        DatasetRefused: it is no zip, or is encrypted.
    """
    with _open(zip_path, zip_path.name) as archive:
        found = arrange([entry.name for entry in _entries(archive, zip_path.stat().st_size)])
    return [place for place in found if isinstance(place, Place)]


class _CautiousFile(io.FileIO):
    """A file that does not let `zipfile` load a huge table of contents, which it reads at once."""

    def read(self, size: int | None = -1, /) -> bytes:
        most = (2 * settings.current().max_dataset_files + 1000) * BYTES_PER_NAME
        if size is not None and size > most:
            raise zipfile.BadZipFile("table of contents too large")
        return super().read(-1 if size is None else size) or b""


@contextmanager
def _open(zip_path: Path, title: str) -> Iterator[zipfile.ZipFile]:
    with _CautiousFile(zip_path) as file:
        try:
            archive = zipfile.ZipFile(file)
        except DAMAGE as error:
            raise DatasetRefused(
                "{title} is not a zip that can be read: it is damaged, incomplete, far too large, or of "
                "another format. Pack the class folders into a zip again.",
                title=clean_text(title),
            ) from error
        with archive:
            yield archive


def _entries(archive: zipfile.ZipFile, packed: int) -> list[Entry]:
    members = [member for member in archive.infolist() if not _is_folder(member)]
    if any(member.flag_bits & ENCRYPTED_FLAG for member in members):
        raise DatasetRefused(
            "The zip is protected by a password. Pack the class folders into a zip without one."
        )
    counter = _Counter(packed)
    names = _names(members)
    return [
        Entry(name=name, size=member.file_size, read=partial(counter.read, archive, member, name))
        for member, name in zip(members, names, strict=True)
    ]


def _is_folder(member: zipfile.ZipInfo) -> bool:
    return member.orig_filename.endswith(("/", "\\"))


def _names(members: list[zipfile.ZipInfo]) -> list[str]:
    """Return the names of `members`; old zips do not say how theirs are encoded."""
    raw = b"\n".join(
        member.orig_filename.encode("cp437")
        for member in members
        if not member.flag_bits & UTF8_FLAG
    )
    encoding = _encoding(raw)
    return [
        member.orig_filename
        if member.flag_bits & UTF8_FLAG
        else member.orig_filename.encode("cp437").decode(encoding)
        for member in members
    ]


def _encoding(raw: bytes) -> str:
    """Guess the encoding of file names: UTF-8 (macOS), cp949 (Korean Windows), else cp437 (the standard).

    Western names often happen to be valid cp949 too, but then they hold syllables that Korean does not use.
    """
    for encoding in ("utf-8", "cp949"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        letters = [character for character in text if not character.isascii()]
        common = sum(_is_common_korean(character) for character in letters)
        if encoding == "utf-8" or 2 * common > len(letters):
            return encoding
    return "cp437"


def _is_common_korean(character: str) -> bool:
    try:
        two_bytes = (
            len(character.encode("euc_kr")) == 2
        )  # the codec spells rare syllables with eight
    except UnicodeEncodeError:
        return False
    return two_bytes and unicodedata.category(character) in ("Lo", "So", "Po", "Sm")


@dataclass
class _Counter:
    """Unpacks files and counts what really comes out.

    Args:
        packed: bytes of the whole zip on disk, which cannot lie.
        unpacked: bytes that have come out so far.
    """

    packed: int
    unpacked: int = 0

    def read(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> bytes:
        """Return the unpacked bytes of `member`.

        Raises:
            ImageRefused: this file is damaged, or cannot be unpacked here.
            DatasetRefused: the zip unpacks to too much.
        """
        shown = clean_text(name)[-200:]
        if stat.S_ISLNK(member.external_attr >> 16):
            raise ImageRefused(
                "{name} is a link to another file. Put the image itself into the zip.", name=shown
            )
        if member.compress_type not in UNPACKED_HERE:
            raise ImageRefused(
                "{name} is packed with a method that is not supported. Pack the zip again with the "
                "standard method (Deflate).",
                name=shown,
            )
        try:
            return self._unpack(archive, member, shown)
        except DAMAGE as error:
            raise ImageRefused(
                "{name} is damaged inside the zip. Pack the class folders again.", name=shown
            ) from error

    def _unpack(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, shown: str) -> bytes:
        chunks = []
        size = 0
        with archive.open(member) as file:
            while chunk := file.read(CHUNK):
                chunks.append(chunk)
                size += len(chunk)
                self.unpacked += len(chunk)
                self._check_total()
                if size > RATIO_MATTERS_FROM and size > LARGEST_RATIO * member.compress_size:
                    raise ImageRefused(
                        "{name} unpacks to more than {ratio} times its size, as no photo does.",
                        name=shown,
                        ratio=LARGEST_RATIO,
                    )
        return b"".join(chunks)

    def _check_total(self) -> None:
        checks.check_total_size(self.unpacked)
        if self.unpacked > RATIO_MATTERS_FROM and self.unpacked > LARGEST_RATIO * self.packed:
            raise DatasetRefused(
                "The zip unpacks to more than {ratio} times its size, as no folder of photos does. "
                "Pack the class folders again.",
                ratio=LARGEST_RATIO,
            )
