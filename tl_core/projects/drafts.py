"""Photos that were not a dataset yet, as files that leave a lab and come into another.

    draft.json      {"classes": [{"name": ..., "files": [{"path": ..., "name": ..., "part": ...}]}]}
    0/1-IMG_1.jpg   the photos, byte for byte: number of the class, number of the photo, name

Whoever knows a draft's token can see and change it, so that its owner finds it again: drafts leave only with
everything of a class.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

from tl_core import runs
from tl_core.datasets.bringing.carrying import Files, Piece, composed, read_object
from tl_core.datasets.bringing.entries import Entry, check_size
from tl_core.datasets.bringing.projects import DRAFT
from tl_core.datasets.bringing.safe_names import safe_name
from tl_core.datasets.bringing.staging import Staging
from tl_core.datasets.bringing.waiting import staging_dir
from tl_core.errors import DatasetRefused, ImageRefused, LabError, SettingInvalid

MOST_JSON_BYTES = 8 * 10**6


def list_drafts() -> Iterator[Staging]:
    """Yield the drafts that hold something."""
    for folder in sorted(staging_dir().glob("*")):
        with suppress(SettingInvalid, *runs.WRONG_SHAPE):  # no draft, or a damaged one
            if any((draft := Staging(folder.name)).counts().values()):
                yield draft


def carried_draft(draft: Staging) -> Iterator[Piece]:
    """Yield the files of a draft, its description last: it names no photo that was removed meanwhile.

    Each photo is read when its turn comes. Of a draft that is gone or damaged there is nothing.
    """
    try:
        classes: dict[str, list[dict[str, str]]] = {name: [] for name in draft.classes()}
        placed = draft.placed()
    except runs.WRONG_SHAPE:
        return
    for entry, place in placed:
        rows = classes.setdefault(place.class_name, [])  # it may be younger than the list
        name = entry.name.removeprefix(f"{place.class_name}/")
        path = f"{list(classes).index(place.class_name)}/{len(rows)}-{safe_name(name)}"
        with suppress(ImageRefused):
            yield path, partial(bytes, entry.read())
            rows.append({"path": path, "name": name, "part": place.part})
    if classes:
        content = {"classes": [{"name": name, "files": rows} for name, rows in classes.items()]}
        yield DRAFT, json.dumps(content, ensure_ascii=False).encode


Row = tuple[str, str, str, Entry | None]
"""Class, name, part and file of a photo; a class without photos has no file."""


def read_draft(archive: Files, folder: str) -> list[Row]:
    """Return the photos of the draft that a folder of an archive holds.

    Raises:
        DatasetRefused: it is damaged.
    """
    content = read_object(archive, folder + DRAFT, MOST_JSON_BYTES) or {}
    rows: list[Row] = []
    try:
        Staging(folder.rstrip("/").rpartition("/")[2])
        for one in content["classes"]:
            rows.append((str(one["name"]), "", "", None))
            for row in one["files"]:
                entry = archive[composed(folder + row["path"])]
                check_size(entry.size, entry.shown)
                rows.append((str(one["name"]), str(row["name"]), str(row["part"]), entry))
    except (LabError, *runs.WRONG_SHAPE) as error:
        raise DatasetRefused(
            "The photos that waited to become a dataset cannot be read from this file: their list is "
            "damaged. Take them home again."
        ) from error
    return rows


def put_draft(token: str, rows: list[Row], on_photo: Callable[[], object]) -> None:
    """Let the photos of a draft wait here under the same token; those that do are left alone.

    Args:
        token: of the draft.
        rows: its photos.
        on_photo: is called for each; may raise.

    Raises:
        LabError: a photo or a class is over a limit, or there is no room.
    """
    draft = Staging(token)
    listing = draft.listing()
    for class_name, name, part, entry in rows:
        if entry is None:
            draft.add_class(class_name)
            continue
        on_photo()
        draft.add(class_name, name, entry.image(), part, listing=listing)
