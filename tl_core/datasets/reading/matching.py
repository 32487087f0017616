"""Finds the photos that the rows of a table mean."""

import re
from collections.abc import Mapping, Sequence

from tl_core.datasets.reading.listing import Listed, split_name
from tl_core.datasets.reading.rows import Rows

MATCHED = 0.5
"""Share of the rows, or of the photos, that must name a photo."""
PROBED = 100
"""Rows by which the column is found that names the photos."""


def key_column(
    file: str, rows: Rows, index: Mapping[str, str]
) -> tuple[str, list[tuple[dict[str, str], str]]]:
    """Return the column that names the photos, and each row with the photo that it names."""
    folders = _folders_of(file)
    probe = rows[:: len(rows) // PROBED + 1]
    hits = {
        column: sum(bool(_photo(row[column], index, folders)) for row in probe)
        for column in rows[0]
    }
    best = max(hits, key=lambda column: hits[column])
    if not hits[best]:
        return "", []
    matched = [(row, photo) for row in rows if (photo := _photo(row[best], index, folders))]
    photos = {photo for _, photo in matched}
    enough = len(matched) >= MATCHED * len(rows) or len(photos) >= MATCHED * len({*index.values()})
    return (best, matched) if enough else ("", [])


def _folders_of(file: str) -> list[str]:
    """Return where a table's photos lie first of all: beside it, or in a folder beside it of its name."""
    steps = [step.casefold() for step in split_name(file)]
    beside = "/".join(steps[:-1])
    own = "/".join((*steps[:-1], *(step.rpartition(".")[0] for step in steps[-1:])))
    return [folder for folder in (beside, own) if folder]


def index_of(photos: Sequence[Listed]) -> dict[str, str]:
    """Return what a table may call each photo: its path, its file name, its name without the ending.

    A name that several photos have tells nothing.
    """
    index: dict[str, str] = {}
    stems: dict[str, str] = {}
    for photo in photos:
        path = "/".join(photo.steps).casefold()
        while path:
            index[path] = "" if path in index else photo.name
            path = path.partition("/")[2]
        stem = photo.stem.casefold()
        stems[stem] = "" if stem in stems else photo.name
    return {name: photo for name, photo in (stems | index).items() if photo}


def _photo(value: str, index: Mapping[str, str], folders: Sequence[str]) -> str:
    """Return the photo in one of `folders`, or else anywhere, that is meant by `value`; empty if none is."""
    path = "/".join(split_name(value)).casefold()
    if not path:
        return ""
    for folder in folders:
        if found := index.get(f"{folder}/{path}"):
            return found
    last = path.rpartition("/")[2]
    while path:
        if found := index.get(path):
            return found
        path = path.partition("/")[2]
    # Label Studio puts eight digits before the name of an upload.
    return index.get(re.sub(r"^[0-9a-f]{8}-", "", last), "")
