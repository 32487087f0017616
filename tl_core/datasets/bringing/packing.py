"""A chosen folder as a zip, so that it goes the way that a zip goes. Names are only content here too."""

import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from tl_core import files
from tl_core.runs.reporting import OnProgress
from tl_core.wording import N_

Packed = tuple[str, Callable[[], bytes]]
"""A file's path in its folder, as its owner's browser says it, and what returns its bytes."""
PACKING = N_("Taking the folder in")
LONGEST_NAME = 1000
"""Characters of a path; more is nobody's folder."""
NO_TIME = (1980, 1, 1, 0, 0, 0)
"""The same folder is the same zip, whenever it comes."""


def pack(chosen: Iterable[Packed], target: Path, on_progress: OnProgress) -> None:
    """Write a zip of a folder's files, with their paths and not compressed; photos are compressed already.

    Args:
        chosen: the files, in any order; each is read when its turn comes.
        target: the zip; it is there as a whole or not at all.
        on_progress: is told of the files done.

    Raises:
        DiskUnusable: the disk is full, read-only, gone, or fails.
        JobCancelled: as raised by `on_progress`.

    Example:
        pack([("pets/cats/1.jpg", file.getvalue)], upload_path(run), on_progress)
    """
    ordered = sorted(chosen, key=lambda each: each[0])
    names = _distinct([_storable(name) for name, _ in ordered])
    with files.new_file(target) as path, zipfile.ZipFile(path, "w") as archive:
        for done, (name, (_, read)) in enumerate(zip(names, ordered, strict=True)):
            on_progress(done, len(ordered), PACKING)
            archive.writestr(zipfile.ZipInfo(name, NO_TIME), read())
        on_progress(len(ordered), len(ordered), PACKING)


def _storable(name: str) -> str:
    """Return `name` as a zip can hold it; a file without a name has one afterwards."""
    text = name.encode("utf-8", "replace").decode().replace("\0", "_")
    return text[-LONGEST_NAME:].rstrip("/") or "_"


def _distinct(names: Sequence[str]) -> list[str]:
    """Return `names` with a number before what is there already: two folders of one name may be chosen."""
    used: dict[str, int] = dict.fromkeys(names, 0)
    found = []
    for name in names:
        one = name
        while used.get(one):
            used[name] += 1
            folder, slash, file = name.rpartition("/")
            one = f"{folder}{slash}{used[name]}-{file}"
        used[one] = used.get(one, 0) + 1
        found.append(one)
    return found
