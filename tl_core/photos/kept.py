"""A photo of one's own on disk, so that a refresh and a link find it again.

    photos/own-<32 hex digits>   a line of JSON with its title and source, its owner and when, then the file

Whoever has the name sees the photo, so the name is random and says nothing of the content: a name made from
the pixels would tell anybody who has a picture whether somebody has looked at it here. A photo stays for
`KEEP_SECONDS` after it was last looked at, and the oldest leave first where all of them are too much.
"""

import json
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tl_core import files, settings
from tl_core.datasets.dataset import clean_name, is_digest, is_name
from tl_core.errors import ImageRefused
from tl_core.machine.refusals import explain, of_the_machine

DAY = 24 * 3600.0
KEEP_DAYS = 30
KEEP_SECONDS = KEEP_DAYS * DAY
MOST_BYTES = 1_000_000
"""The largest photo that is kept."""
QUOTA_BYTES = 500 * 10**6
"""What all of them may take; a class of forty needs a tenth of it in a lesson."""
MOST_PHOTOS = 5000
NAME = re.compile(r"own-[0-9a-f]{32}")
LONGEST_HEADER = 4000
"""Bytes of the first line."""


@dataclass(frozen=True, kw_only=True)
class KeptPhoto:
    """A photo as it was kept.

    Args:
        title: what its owner calls it, fit to be shown; empty for one from a camera.
        data: the file.
        source: SHA-256 of the file that it was made from, which a dataset may have; empty if unknown.
    """

    title: str
    data: bytes
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class PhotoNote:
    """Whose a kept photo is.

    Args:
        name: what it is kept under.
        title: what its owner calls it.
        person: mark of its owner; empty if unknown.
    """

    name: str
    title: str
    person: str


def new_name() -> str:
    """Return a name for a photo that nobody can guess: 128 random bits."""
    return f"own-{secrets.token_hex(16)}"


def is_photo_name(text: str) -> bool:
    """Whether `text` is a name as `new_name` makes it."""
    return NAME.fullmatch(text) is not None


def keep(name: str, title: str, data: bytes, *, source: str = "", person: str = "") -> None:
    """Keep a photo under `name`, and let go of the oldest where that is too much.

    Args:
        name: from `new_name`.
        title: what its owner calls it.
        data: the whole file, checked, at most `MOST_BYTES`.
        source: SHA-256 of the file that it was made from.
        person: mark of its owner.

    Raises:
        DiskUnusable: the disk is full, read-only, gone, or fails; nothing is left of the photo there.
    """
    if not is_photo_name(name) or len(data) > MOST_BYTES:
        raise ValueError(f"no photo to keep: {name!r}, {len(data)} bytes")
    _make_room(QUOTA_BYTES - len(data), MOST_PHOTOS - 1)
    record = {"title": clean_name(title), "source": source, "person": person, "made": time.time()}
    files.write_bytes(_folder() / name, json.dumps(record).encode() + b"\n" + data)


def read_kept(name: str) -> KeptPhoto:
    """Return the photo called `name`, which stays for another `KEEP_SECONDS` then.

    Raises:
        ImageRefused: there is none, or no longer, or it is damaged.
        DiskUnusable: the disk fails, which says nothing of the photo.
        MemoryShort: too many files are open.
    """
    if not is_photo_name(name):
        raise _gone()
    path = _folder() / name
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST_HEADER + MOST_BYTES + 1)
    except OSError as error:
        if of_the_machine(error) and (refused := explain(error)):
            raise refused from error
        raise _gone() from error
    _touch(path)
    return _parsed(content)


def list_kept(since: float) -> Iterator[PhotoNote]:
    """Yield the photos that were chosen since then, seconds since the epoch, of which that is known."""
    for changed, _, path in _all():
        if changed < since:
            continue
        with suppress(OSError, ValueError, LookupError, TypeError), path.open("rb") as file:
            record: Any = json.loads(file.readline(LONGEST_HEADER))
            if float(record["made"]) >= since:
                yield PhotoNote(
                    name=path.name, title=str(record["title"]), person=str(record["person"])
                )


def remove(name: str) -> bool:
    """Remove the photo called `name`; returns whether there was one."""
    return is_photo_name(name) and _remove(_folder() / name)


def sweep() -> int:
    """Remove the photos that nobody has looked at for long, and what is over the quota; returns how many."""
    oldest = time.time() - KEEP_SECONDS
    gone = sum(_remove(path) for changed, _, path in _all() if changed < oldest)
    return gone + _make_room(QUOTA_BYTES, MOST_PHOTOS)


def _folder() -> Path:
    return settings.current().data_dir / "photos"


def _parsed(content: bytes) -> KeptPhoto:
    header, _, data = content.partition(b"\n")
    try:
        record: Any = json.loads(header)
        title, source = record["title"], record.get("source", "")
    except (ValueError, LookupError, TypeError) as error:
        raise _gone() from error
    if not is_name(title) or not 0 < len(data) <= MOST_BYTES:
        raise _gone()
    if source != "" and not is_digest(source):
        raise _gone()
    return KeptPhoto(title=title, data=data, source=source)


def _gone() -> ImageRefused:
    return ImageRefused(
        "The photo of this link is not here any more: photos are kept for at most {days} days after "
        "somebody last looked at them. Choose another one.",
        days=KEEP_DAYS,
    )


def _touch(path: Path) -> None:
    """Note that a photo was looked at, once a day: a refresh need not write."""
    with suppress(OSError):  # it was read all the same
        if path.stat().st_mtime < time.time() - DAY:
            os.utime(path)


def _make_room(most_bytes: int, most_photos: int) -> int:
    """Remove the oldest photos until the others keep both limits; returns how many."""
    found = sorted(_all())
    used, count = sum(size for _, size, _ in found), len(found)
    gone = 0
    for _, size, path in found:
        if used <= most_bytes and count <= most_photos:
            break
        gone += _remove(path)
        used, count = used - size, count - 1
    return gone


def _all() -> list[tuple[float, int, Path]]:
    """Return when each photo was last looked at, its bytes and its path."""
    found: list[tuple[float, int, Path]] = []
    with suppress(OSError):  # none was ever kept, or writing will say what is wrong
        for entry in os.scandir(_folder()):
            if is_photo_name(entry.name):
                with suppress(OSError):  # another process was faster
                    stat = entry.stat(follow_symlinks=False)
                    found.append((stat.st_mtime, stat.st_size, Path(entry.path)))
    return found


def _remove(path: Path) -> bool:
    with suppress(OSError):
        path.unlink()
        return True
    return False
