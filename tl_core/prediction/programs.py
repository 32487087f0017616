"""LiteRT's own files in pieces, as the browsers of the live view load them.

They are packed by the job that makes the first network for browsers. Where they are missing later, after an
upgrade or when the quota has removed them, the first page that needs them does it, and others wait for it.
"""

import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tl_core import files
from tl_core.browser import litert_files
from tl_core.prediction.pieces import Packed, find_packed, note_load, pack

PROGRAM = "litert-"
"""What the names of LiteRT's own files begin with."""
DIGITS = 12
"""Of the hash of a file, in its name: another version of LiteRT has names of its own."""
_packing = threading.Lock()


def packed_programs() -> Mapping[str, Packed]:
    """Return all files of LiteRT by name, and put those in place that are not there yet.

    Raises:
        DiskUnusable: the disk is full, read-only, gone, or fails.
    """
    return {path.name: _program(path) for path in litert_files()}


def _program(path: Path) -> Packed:
    name = _name(path)
    found = find_packed(name)
    if found is None:
        with _packing:  # a class opens the page at once: one of them packs
            found = find_packed(name) or _pack(name, path)
    note_load(name)
    return found


def _pack(name: str, path: Path) -> Packed:
    with path.open("rb") as file:
        return pack(name, file, zipped=True)


@cache
def _name(path: Path) -> str:
    plain = path.stem.replace("_", "-").replace(".", "-")
    return f"{PROGRAM}{plain}-{files.sha256_of_file(path)[:DIGITS]}"
