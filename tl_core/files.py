"""The one way to put bytes on disk: written beside, flushed, then renamed into place.

A process killed at any moment leaves either the old file or the new one, never a half. Leftover
temporary files start with ``.tmp-`` and are never read.
"""

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import Any

TEMPORARY = ".tmp-"


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """Yield an empty file beside `target` that becomes `target` when the block ends without error.

    For what is written piece by piece, or by a library that wants a path; makes the folder if needed.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=TEMPORARY, dir=target.parent)
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)  # a cluster's workers may run as another user
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Replace the file at `path` with `data`, atomically and durably; makes the folder if needed."""
    with new_file(path) as temporary:
        temporary.write_bytes(data)


def write_whole(file: FileIO, data: bytes) -> None:
    """Write all of `data` to an unbuffered file; a disk with room for a part of it takes that silently.

    Raises:
        OSError: the disk did not take all.
    """
    if file.write(data) < len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), file.name)


def write_json(path: Path, value: Any) -> None:
    """Replace the file at `path` with `value` as JSON (UTF-8, keys in the order given)."""
    write_bytes(path, json.dumps(value, ensure_ascii=False, indent=1).encode())


def read_json(path: Path) -> Any:
    """Return what the JSON file at `path` holds.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not JSON.
    """
    return json.loads(path.read_bytes())


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside `target` that becomes `target` when the block ends without error.

    If `target` exists by then it is kept and the new folder is dropped: first come, first served.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=target.parent))
    try:
        yield folder
        folder.chmod(0o755)
        if not target.exists():
            os.rename(folder, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sha256_of_file(path: Path) -> str:
    """Return the SHA-256 of the file at `path` as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_json(value: Any) -> str:
    """Return the SHA-256 of `value` in canonical JSON: the same value, the same 64 hex digits."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
