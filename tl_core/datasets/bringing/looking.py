"""Looks into files before they are imported: names, some first bytes, small tables, a few pictures."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain

import numpy as np

from tl_core import images
from tl_core.datasets.bringing.entries import Entry
from tl_core.datasets.reading.listing import PHOTO_SUFFIXES, Listed, Listing, Trail, vocabulary
from tl_core.datasets.reading.masks import suspects
from tl_core.datasets.reading.sorting import by_folder, candidates
from tl_core.errors import ImageRefused
from tl_core.runs.reporting import OnProgress
from tl_core.wording import N_

LOOKING = N_("Looking at the files")
COMPARING = N_("Telling masks from photos")
TABLES = vocabulary("csv tsv json jsonl labels txt yaml yml")
DESCRIPTIONS = vocabulary("txt yaml yml")
"""Those of `TABLES` that seldom hold labels; a set with boxes has one for every photo."""
LARGEST_TABLE = 20 * 10**6
MOST_OF_TABLES = 60 * 10**6
"""Bytes of all tables together, which are held at once."""
MOST_TABLES = 200
SMALL = 2000
"""Bytes: what is smaller and named like a photo may be a pointer to one."""
A_FOLDER = 6
"""Files of each folder whose first bytes are looked at."""
MOST_LOOKED_AT = 2000
MOST_COMPARED = 200 * 10**6
"""Bytes of PNG files that are read to tell whether two are the same."""
MOST_DECODED = 160
"""Pictures whose colours are counted."""
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
    empty = tuple(entry.name.rstrip("/") for entry in entries if entry.name.endswith("/"))
    entries = [entry for entry in entries if not entry.name.endswith("/")]
    wanted = worth_a_look(entries)
    kinds: dict[int, str] = {}
    for done, place in enumerate(wanted):
        on_progress(done, len(wanted), LOOKING)
        with suppress(ImageRefused):
            kinds[place] = images.kind_of(entries[place].start())
    on_progress(len(wanted), len(wanted), LOOKING)
    marks = _marks(entries, kinds)
    listed = [
        Listed(
            name=one.name,
            size=one.size,
            crc=_mark(marks.get(place, one.crc), place),
            kind=kinds.get(place, ""),
        )
        for place, one in enumerate(entries)
    ]
    listing = Listing(files=tuple(listed), texts=_texts(entries), empty=empty)
    flat = _few_colours(listing, entries, on_progress)
    files = (
        replace(one, flat=flat[one.name]) if one.name in flat else one for one in listing.files
    )
    return replace(listing, files=tuple(files))


def worth_a_look(entries: Sequence[Entry]) -> list[int]:
    """Return the places of those files whose first bytes are to be looked at, in their order.

    These are a few of each folder first, then those without a photo's ending, then what is strangely small.
    """
    known = PHOTO_SUFFIXES | TABLES
    of_folder: Counter[str] = Counter()
    ranks: tuple[list[int], ...] = ([], [], [])
    for place, entry in enumerate(entries):
        folder = entry.name.rpartition("/")[0]
        of_folder[folder] += 1
        if of_folder[folder] <= A_FOLDER:
            ranks[0].append(place)
        elif _suffix(entry) not in known:
            ranks[1].append(place)
        elif entry.size < SMALL:
            ranks[2].append(place)
    return sorted(list(chain(*ranks))[:MOST_LOOKED_AT])


def _mark(crc: int | None, place: int) -> int:
    """Return what copies of a file share; what nothing is known of is nobody's copy."""
    return -1 - place if crc is None else crc


def _marks(entries: Sequence[Entry], kinds: Mapping[int, str]) -> dict[int, int | None]:
    """Return place of a PNG -> what tells it from others of its size and CRC-32, or None.

    The chunks of a PNG end in their own CRC-32, bytes turned round, after which half of what the CRC-32 of
    the whole file knew of them is gone: of some hundred different PNG files of one size two have the same.
    """
    alike: defaultdict[tuple[int | None, int], list[int]] = defaultdict(list)
    for place, entry in enumerate(entries):
        if _suffix(entry) == "png" or kinds.get(place) == "PNG":
            alike[entry.crc, entry.size].append(place)
    marks: dict[int, int | None] = {}
    size = 0
    for (crc, each), places in alike.items():
        if crc is None or len(places) < 2:
            continue
        size += each * len(places)
        for place in places:
            marks[place] = None  # nothing is taken for its copy
            if size <= MOST_COMPARED:
                with suppress(ImageRefused):
                    digest = hashlib.sha256(entries[place].image()).digest()
                    marks[place] = int.from_bytes(digest[:8], "big")
    return marks


def _texts(entries: Iterable[Entry]) -> dict[str, bytes]:
    """Return the tables; if there are too many, those that rather hold labels and lie least deep."""
    tables = [one for one in entries if _suffix(one) in TABLES and one.size <= LARGEST_TABLE]
    texts: dict[str, bytes] = {}
    size = 0
    for entry in sorted(tables, key=_least_first)[:MOST_TABLES]:
        size += entry.size
        if size > MOST_OF_TABLES:
            break
        with suppress(ImageRefused):
            texts[entry.name] = entry.read()
    return texts


def _least_first(entry: Entry) -> tuple[bool, int, str]:
    return _suffix(entry) in DESCRIPTIONS, entry.name.count("/"), entry.name


def _suffix(entry: Entry) -> str:
    return entry.name.rpartition(".")[2].casefold()


def _few_colours(
    listing: Listing, entries: Iterable[Entry], on_progress: OnProgress
) -> dict[str, bool | None]:
    """Return name -> whether it has the few colours of a mask, of the files that may be one."""
    of_folder: Counter[Trail] = Counter()
    ranks = []
    for one in suspects(by_folder(candidates(listing))):
        of_folder[one.trail] += 1
        ranks.append((of_folder[one.trail], one.name))
    wanted = {name for _, name in sorted(ranks)[:MOST_DECODED]}  # the first of each folder first
    found: dict[str, bool | None] = {}
    for entry in entries:
        if entry.name in wanted and entry.name not in found:
            on_progress(len(found), len(wanted), COMPARING)
            found[entry.name] = _has_few_colours(entry)
    if found:
        on_progress(len(found), len(wanted), COMPARING)
    return found


def _has_few_colours(entry: Entry) -> bool | None:
    with (
        suppress(ImageRefused),
        images.opened(entry.image(), entry.shown, at_least=4 * SAMPLED_SIDE) as picture,
    ):
        pixels = picture.rgb()
        step = max(1, min(pixels.shape[:2]) // SAMPLED_SIDE)
        sample = pixels[::step, ::step].reshape(-1, 3)
        extreme = ((sample < NEARLY) | (sample > 255 - NEARLY)).mean()
        return len(np.unique(sample, axis=0)) <= FEW_COLOURS or bool(extreme >= EXTREMES)
    return None
