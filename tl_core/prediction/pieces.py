"""Files that browsers load and keep: packed, and cut so that many browsers at once cost little memory.

    browser/<name>.json               says of a file what the browser needs to know; written last
            pieces/<digest>/000.gz    the file, packed with gzip and cut; only this folder is served

The web server holds a whole piece in memory for everybody who loads one, so a piece is small. It would
pack each answer anew, but leaves alone what is called ``.gz``. A digest has 128 bits of a hash of the file:
whoever does not know it cannot ask for it, and another file of the same name has another address. All of it
can be made again: what nobody has loaded for the longest time leaves first (``TL_BROWSER_QUOTA_MB``).
"""

import filecmp
import hashlib
import os
import re
import shutil
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, Self

from tl_core import files, settings
from tl_core.checks import Json
from tl_core.errors import LabError
from tl_core.machine.quotas import MB, folder_bytes

FOLDER = "browser"
PIECE_BYTES = 128 * 1024
READ_BYTES = 1024 * 1024
PACKING = 6
"""As gzip itself does: a network hardly gets smaller, a program to a third."""
LOOKED_AT_SECONDS = 3600.0
"""How exactly it is noted when a file was loaded last."""
LEFT_ALONE_SECONDS = 3600.0
"""How long pieces without a record stay: their writer may be about to write it."""
_NAME = re.compile(r"[0-9a-z-]{1,64}")


@dataclass(frozen=True, kw_only=True)
class Packed:
    """A file that browsers can load.

    Args:
        digest: 32 hex digits, of its name and content; the name of the folder that its pieces are in.
        pieces: how many there are.
        size: bytes of all pieces, which is what is loaded.
        difference: largest one between what it answers and what the run does; 0 for a program.
    """

    digest: str
    pieces: int
    size: int
    difference: float = 0.0

    @property
    def folder(self) -> Path:
        """Where its pieces are."""
        return pieces_dir() / self.digest

    @classmethod
    def from_json(cls, values: Json) -> Self:
        """Return what a record holds.

        Raises:
            KeyError, TypeError, ValueError: it holds something else.
        """
        if not re.fullmatch("[0-9a-f]{32}", values["digest"]):
            raise ValueError("a digest")
        numbers = {name: int(values[name]) for name in ("pieces", "size")}
        return cls(digest=values["digest"], difference=float(values["difference"]), **numbers)


def pieces_dir() -> Path:
    """Return the folder that is served."""
    return _folder() / "pieces"


def find_packed(name: str) -> Packed | None:
    """Return a file that is there as a whole, or None.

    Args:
        name: small letters, digits and dashes.
    """
    try:
        packed = Packed.from_json(files.read_json(_record(name)))
        sizes = sum(path.stat().st_size for path in packed.folder.glob("*.gz"))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return packed if sizes == packed.size else None


def pack(
    name: str,
    source: BinaryIO,
    *,
    difference: float = 0.0,
    zipped: bool = False,
    look: Callable[[], None] = lambda: None,
) -> Packed:
    """Cut a file into pieces under `name`, in place of an older one; the quota is kept.

    Several threads and processes may do so at once: what one of them has put into its place as a whole stays
    there, since browsers may be loading it.

    Args:
        name: small letters, digits and dashes.
        source: the file, open for reading.
        difference: see `Packed`.
        zipped: whether the file is packed already.
        look: is called for every megabyte; may raise `JobCancelled`, and nothing is left behind.

    Raises:
        DiskUnusable: the disk is full, read-only, gone, or fails.
    """
    digest = hashlib.sha256(name.encode())
    for block in _blocks(source, look):
        digest.update(block)
    source.seek(0)
    folder = pieces_dir() / digest.hexdigest()[:32]
    if (there := find_packed(name)) and there.folder == folder:
        return there
    with files.new_folder(folder) as temporary:
        count = 0
        blocks = _blocks(source, look)
        for count, piece in enumerate(_cut(blocks if zipped else _zip(blocks)), start=1):
            files.write_new(temporary / f"{count - 1:03}.gz", piece)
        files.make_durable(temporary)
        size = folder_bytes(temporary)
        _remove_damaged(folder, temporary)
    found = Packed(digest=folder.name, pieces=count, size=size, difference=difference)
    files.write_json(_record(name), asdict(found))
    drop_oldest(keep=name)
    return found


def note_load(name: str) -> None:
    """Note that somebody loads a file: the quota removes the others first."""
    with suppress(OSError):  # a disk that cannot be written to
        if time.time() - _record(name).stat().st_mtime > LOOKED_AT_SECONDS:
            os.utime(_record(name))


def sweep_pieces() -> int:
    """Remove pieces without a record, and what is over the quota; returns how many files."""
    known = {packed.digest for _, _, packed in _records()}
    oldest = time.time() - LEFT_ALONE_SECONDS
    gone = 0
    for folder in pieces_dir().glob("*"):
        with suppress(FileNotFoundError):
            left = folder.name not in known and not folder.name.startswith(files.TEMPORARY)
            if left and folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)
                gone += 1
    return gone + drop_oldest()


def drop_oldest(keep: str = "") -> int:
    """Remove the files that nobody loaded for longest until the quota is kept; returns how many.

    Args:
        keep: the one that was made just now, which stays.
    """
    known = sorted(_records(), key=lambda entry: entry[0])
    excess = sum(packed.size for _, _, packed in known) - settings.current().browser_quota_mb * MB
    gone = 0
    for _, record, packed in known:
        if excess <= 0:
            break
        if record.stem != keep:
            # The record goes first: a page must not offer what is being removed.
            record.unlink(missing_ok=True)
            shutil.rmtree(packed.folder, ignore_errors=True)
            excess -= packed.size
            gone += 1
    return gone


def _remove_damaged(folder: Path, pieces: Path) -> None:
    """Make way for `pieces` where a folder that no record vouches for holds something else.

    In one step for whoever looks, and not if another process has put whole ones there meanwhile.
    """
    with suppress(FileNotFoundError):
        seen = folder.stat().st_ino
        if not _same_files(folder, pieces) and folder.stat().st_ino == seen:
            with files.temporary_folder(folder.parent) as away:
                os.rename(folder, away / folder.name)


def _same_files(one: Path, other: Path) -> bool:
    names = {path.name for path in one.iterdir()}
    same, _, _ = filecmp.cmpfiles(one, other, names, shallow=False)
    return set(same) == names == {path.name for path in other.iterdir()}


def _blocks(source: BinaryIO, look: Callable[[], None]) -> Iterator[bytes]:
    for block in iter(lambda: source.read(READ_BYTES), b""):
        look()
        yield block


def _zip(blocks: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(PACKING, wbits=31)  # 31: with gzip's header, which names no time
    for block in blocks:
        yield packer.compress(block)
    yield packer.flush()


def _cut(blocks: Iterator[bytes]) -> Iterator[bytes]:
    waiting = b""
    for block in blocks:
        waiting += block
        while len(waiting) >= PIECE_BYTES:
            yield waiting[:PIECE_BYTES]
            waiting = waiting[PIECE_BYTES:]
    if waiting:
        yield waiting


def _records() -> Iterator[tuple[float, Path, Packed]]:
    """Yield when each file was loaded last, its record, and what that says."""
    for path in _folder().glob("*.json"):
        with suppress(OSError, ValueError, KeyError, TypeError, LabError):
            yield path.stat().st_mtime, path, Packed.from_json(files.read_json(path))


def _record(name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise ValueError(f"no name of a file for browsers: {name!r}")
    return _folder() / f"{name}.json"


def _folder() -> Path:
    return settings.current().data_dir / FOLDER
