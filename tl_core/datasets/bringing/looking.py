"""Looks into files before they are imported: names, some first bytes, small tables, a few pictures."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np

from tl_core import images
from tl_core.datasets.bringing.entries import Entry
from tl_core.datasets.reading.listing import PHOTO_SUFFIXES, Listed, Listing
from tl_core.datasets.reading.masks import suspects
from tl_core.datasets.reading.sorting import by_folder, candidates
from tl_core.errors import LabError
from tl_core.runs.reporting import OnProgress
from tl_core.wording import N_

LOOKING = N_("Looking at the files")
TABLES = frozenset((".csv", ".tsv", ".json", ".jsonl", ".labels", ".txt", ".yaml", ".yml"))
LARGEST_TABLE = 20 * 10**6
MOST_TABLES = 200
"""Small texts that are read; a set with boxes has one for every photo."""
SMALL = 2000
"""Bytes: what is smaller and named like a photo may be a pointer to one."""
A_FOLDER = 6
MOST_LOOKED_AT = 2000
FEW_COLOURS = 32
SAMPLED_SIDE = 64
"""Pixels a side of which the colours are counted, evenly spaced."""
EXTREMES = 0.95
"""Share of black and white pixels from which a picture is a mask that was saved as JPEG."""
NEARLY = 24
"""Levels by which black and white may be off after that."""


def list_entries(entries: Sequence[Entry], on_progress: OnProgress) -> Listing:
    """Return what the names of files and the first bytes of some tell.

    Args:
        entries: the files.
        on_progress: is told of the files looked at.

    Raises:
        DatasetRefused: as the files' own `read` may.
        JobCancelled: as raised by `on_progress`.
    """
    of_name = {entry.name: entry for entry in entries if not entry.name.endswith("/")}
    empty = tuple(entry.name.rstrip("/") for entry in entries if entry.name.endswith("/"))
    wanted = _worth_a_look(of_name.values())
    kinds: dict[str, str] = {}
    for done, entry in enumerate(wanted):
        on_progress(done, len(wanted), LOOKING)
        with suppress(LabError):
            kinds[entry.name] = images.kind_of(entry.read()[: images.START])
    on_progress(len(wanted), len(wanted), LOOKING)
    listed = [
        Listed(name=one.name, size=one.size, crc=one.crc, kind=kinds.get(one.name, ""))
        for one in of_name.values()
    ]
    listing = Listing(files=tuple(listed), texts=_texts(of_name.values()), empty=empty)
    flat = {
        one.name: _has_few_colours(of_name[one.name])
        for one in suspects(by_folder(candidates(listing)))
    }
    return replace(
        listing, files=tuple(replace(one, flat=flat.get(one.name)) for one in listing.files)
    )


def _worth_a_look(entries: Iterable[Entry]) -> list[Entry]:
    """Return a few files of each folder, all without a photo's ending, and all that are strangely small."""
    of_folder: defaultdict[str, int] = defaultdict(int)
    found = []
    for entry in entries:
        folder = entry.name.rpartition("/")[0]
        of_folder[folder] += 1
        suffix = PurePosixPath(entry.name).suffix.casefold()
        odd = suffix[1:] not in PHOTO_SUFFIXES and suffix not in TABLES
        if of_folder[folder] <= A_FOLDER or odd or entry.size < SMALL:
            found.append(entry)
    return found[:MOST_LOOKED_AT]


def _texts(entries: Iterable[Entry]) -> dict[str, bytes]:
    texts: dict[str, bytes] = {}
    for entry in entries:
        suffix = PurePosixPath(entry.name).suffix.casefold()
        if suffix in TABLES and entry.size <= LARGEST_TABLE and len(texts) < MOST_TABLES:
            with suppress(LabError):
                texts[entry.name] = entry.read()
    return texts


def _has_few_colours(entry: Entry) -> bool | None:
    with suppress(LabError), images.opened(entry.read(), entry.shown, at_least=256) as picture:
        pixels = picture.rgb()
        step = max(1, min(pixels.shape[:2]) // SAMPLED_SIDE)
        sample = pixels[::step, ::step].reshape(-1, 3)
        extreme = ((sample < NEARLY) | (sample > 255 - NEARLY)).mean()
        return len(np.unique(sample, axis=0)) <= FEW_COLOURS or bool(extreme >= EXTREMES)
    return None
