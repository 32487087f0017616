"""The one way to put bytes on disk: written beside, flushed, then renamed into place.

A process killed at any moment leaves either the old file or the new one, never a half. What is not in its
place yet is called ``.tmp-<machine>-<process>-...`` and is never read; the name tells whether its writer is
gone, so that `tl_core.housekeeping` can remove what a kill has left. What the disk refuses is a
`DiskUnusable`.

Many small files of one folder are flushed at once: they are written into a temporary folder by `write_new`,
and `make_durable` comes before the rename that puts the folder into its place.
"""

import ctypes
import errno
import functools
import hashlib
import json
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from tl_core.machine.refusals import explain, explained, of_the_machine

TEMPORARY = ".tmp-"
FOLDER_ACCESS, FILE_ACCESS = 0o755, 0o644
"""For all to read: a cluster's workers may run as another user."""
_OWNED = re.compile(rf"{re.escape(TEMPORARY)}([0-9a-f]{{8}})-([0-9]{{1,9}})-.*")
_sync_file_system: Callable[[int], int] | None = None
with suppress(AttributeError, OSError, TypeError):  # only Linux has it
    _sync_file_system = ctypes.CDLL(None, use_errno=True).syncfs


@contextmanager
def new_file(target: Path, *, access: int = FILE_ACCESS) -> Iterator[Path]:
    """Yield an empty file beside `target` that becomes `target` when the block ends without error.

    For what is written piece by piece, or by a library that wants a path; makes the folder if needed.

    Args:
        target: where it will be.
        access: who may read and write it, as for ``chmod``; until it is in its place only its owner may.

    Raises:
        DiskUnusable: the disk is full, read-only, gone, or fails; the old file is kept.
    """
    with explained():
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=_prefix(), dir=target.parent)
        os.close(descriptor)
        temporary = Path(name)
        try:
            yield temporary
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            temporary.chmod(access)
            temporary.replace(target)
        finally:
            _remove(temporary)


def write_bytes(path: Path, data: bytes) -> None:
    """Replace the file at `path` with `data`, atomically and durably; otherwise as `new_file`."""
    with new_file(path) as temporary:
        temporary.write_bytes(data)


def write_json(path: Path, value: Any) -> None:
    """Replace the file at `path` with `value` as JSON (UTF-8, keys in the order given)."""
    write_bytes(path, json.dumps(value, ensure_ascii=False, indent=1).encode())


def read_json(path: Path) -> Any:
    """Return what the JSON file at `path` holds.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not JSON.
        DiskUnusable: its disk fails, which says nothing of the file.
        MemoryShort: too many files are open.
    """
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        if of_the_machine(error) and (refused := explain(error)):
            raise refused from error
        raise


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside `target` that becomes `target` when the block ends without error.

    If `target` exists by then it is kept and the new folder is dropped: first come, first served.

    Raises:
        DiskUnusable: the disk is full, read-only, gone, or fails.
    """
    with explained():
        target.parent.mkdir(parents=True, exist_ok=True)
        with temporary_folder(target.parent) as folder:
            yield folder
            folder.chmod(FOLDER_ACCESS)
            put_folder(folder, target)


def put_folder(folder: Path, target: Path) -> None:
    """Move a finished folder to `target`; if that exists it is kept: first come, first served."""
    if target.exists():
        return
    try:
        os.rename(folder, target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):  # another came since the look
            raise


def write_new(path: Path, data: bytes) -> None:
    """Write a file into a temporary folder, of which nothing is read before `make_durable` and a rename.

    Raises:
        FileExistsError: there is a file of this name, which is kept.
    """
    with path.open("xb") as file:
        file.write(data)
    path.chmod(FILE_ACCESS)


def make_durable(folder: Path) -> None:
    """Put all that is below `folder` on the disk itself: losing power after this takes nothing of it away.

    Raises:
        OSError: the disk could not keep all of it.
    """
    if _sync_file_system:  # all files at once: one by one takes a hundred times as long
        with _open_folder(folder) as descriptor:
            if _sync_file_system(descriptor):
                raise OSError(number := ctypes.get_errno(), os.strerror(number), str(folder))
        return
    for parent, _, names in os.walk(folder):
        for name in names:
            with Path(parent, name).open("rb+") as file:
                os.fsync(file.fileno())


@contextmanager
def temporary_folder(parent: Path) -> Iterator[Path]:
    """Yield an empty folder in `parent`; what is in it is gone afterwards, and swept after a kill.

    Raises:
        FileNotFoundError: there is no folder `parent`.
    """
    folder = make_temporary_folder(parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_temporary_folder(parent: Path) -> Path:
    """Return a new folder in `parent` whose name tells which process made it; see `writer_is_there`."""
    return Path(tempfile.mkdtemp(prefix=_prefix(), dir=parent))


@contextmanager
def _open_folder(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _remove(temporary: Path) -> None:
    """Remove what was not needed; on a disk that fails, the first error is the one to hear of."""
    with suppress(OSError):
        temporary.unlink()


def writer_is_there(name: str) -> bool | None:
    """Return whether the process that made the temporary file or folder called `name` still runs.

    Returns:
        None where nobody can tell here: another machine made it, or this one before it was started anew.
    """
    owned = _OWNED.fullmatch(name)
    if owned is None or owned[1] != _machine():
        return None
    return bool(psutil.pid_exists(int(owned[2])))


def _prefix() -> str:
    return f"{TEMPORARY}{_machine()}-{os.getpid()}-"


@functools.cache
def _machine() -> str:
    """Return 8 hex digits that two processes share if each can tell whether the other is there.

    A host's name does not do: machines of one image, and containers, often share it.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()
        space = os.stat("/proc/self/ns/pid").st_ino
    except OSError:  # not Linux
        boot, space = socket.gethostname(), 0
    return sha256_of_json([boot, space])[:8]


def sha256_of_file(path: Path) -> str:
    """Return the SHA-256 of the file at `path` as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_json(value: Any) -> str:
    """Return the SHA-256 of `value` in canonical JSON: the same value, the same 64 hex digits."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
