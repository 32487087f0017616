"""One file of the staging area.

<number>-<digest>      when it came, in microseconds since the epoch, and the start of its SHA-256;
in it a line of JSON with its name and part, then the bytes as they came
"""

import json
import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tl_core import files
from tl_core.datasets.bringing.entries import Entry, Placed
from tl_core.datasets.reading.listing import Place
from tl_core.errors import ImageRefused

FILE = re.compile(r"([0-9]{16})-([0-9a-f]{32})")


@dataclass
class Listing:
    """What waits in some classes. Kept up while many files come, so that each does not ask for all others.

    Args:
        numbers: of each file, by the folder of its class and the digest of its bytes.
        size: bytes of all files on disk.
    """

    numbers: dict[tuple[Path, str], int] = field(default_factory=dict)
    size: int = 0

    @classmethod
    def of(cls, folders: Iterable[Path]) -> "Listing":
        """Return what waits in the folders of classes now."""
        found = cls()
        for folder in folders:
            for number, path in staged(folder):
                with suppress(FileNotFoundError):  # removed in another tab
                    found.size += path.stat().st_size
                    found.numbers[folder, path.name.partition("-")[2]] = number
        return found


def staged(folder: Path) -> Iterator[tuple[int, Path]]:
    """Yield number and path of every file of a class, in any order; half-written ones are not there."""
    with suppress(FileNotFoundError):
        for name in os.listdir(folder):
            if match := FILE.fullmatch(name):
                yield int(match[1]), folder / name


def write_staged(folder: Path, digest: str, name: str, part: str, data: bytes) -> int:
    """Write a file of a class; returns its number.

    Args:
        folder: of its class.
        digest: the first 32 hex digits of its SHA-256.
        name: as its owner knows it; only ever shown.
        part: ``train``, ``validation``, ``test`` or empty.
        data: the whole file.
    """
    number = time.time_ns() // 1000
    header = json.dumps({"name": name, "part": part}).encode()
    files.write_bytes(folder / f"{number:016}-{digest}", header + b"\n" + data)
    return number


def read_staged(path: Path) -> tuple[str, bytes]:
    """Return the name and the bytes of a file."""
    header, _, data = path.read_bytes().partition(b"\n")
    return json.loads(header)["name"], data


def staged_entry(path: Path, class_name: str) -> Placed:
    """Return a file for the importer, which reads its bytes when their turn comes."""
    with path.open("rb") as file:
        header = file.readline()
        size = os.fstat(file.fileno()).st_size - len(header)
    described = json.loads(header)
    name = f"{class_name}/{described['name']}"
    entry = Entry(name=name, size=size, read=partial(_read_data, path, name))
    return entry, Place(class_name, described["part"])


def _read_data(path: Path, name: str) -> bytes:
    try:
        return read_staged(path)[1]
    except FileNotFoundError:
        raise ImageRefused("{name} was removed before it was imported.", name=name) from None
