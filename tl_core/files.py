"""The one way to put bytes on disk: written beside, flushed, then renamed into place.

A process killed at any moment leaves either the old file or the new one, never a half. Leftover
temporary files start with ``.tmp-`` and are never read.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

TEMPORARY = ".tmp-"


@contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file that becomes the one at `path` when the block ends without error; makes the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=TEMPORARY, dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_bytes(path: Path, data: bytes) -> None:
    """Replace the file at `path` with `data`, atomically and durably."""
    with writing(path) as file:
        file.write(data)


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
