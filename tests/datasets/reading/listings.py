"""Lists of files without any bytes, as the reader gets them, written in a few lines."""

import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from tl_core.datasets.reading.choices import LIKELY, places
from tl_core.datasets.reading.listing import Listed, Listing, Place
from tl_core.datasets.reading.masks import suspects
from tl_core.datasets.reading.plans import Layout, Reading
from tl_core.datasets.reading.reader import read_layout
from tl_core.datasets.reading.sorting import by_folder, candidates

LINE = re.compile(r"(.+?)(?: \*(\d+))?(?: @(\d+))?( ~)?(?: =(\S+))?(?: !(.+))?")


def listing(
    lines: Iterable[str],
    texts: Mapping[str, str | bytes] | None = None,
    empty: Iterable[str] = (),
) -> Listing:
    """Return a list of files of which no two are alike.

    Args:
        lines: one a name or many: ``cats/{i}.jpg *8 @5`` is eight from 5 on, ``~`` has few colours, and all
            with the same ``=word`` and number have the same bytes. Their first bytes say ``!DICOM``.
        texts: name -> content of the tables.
        empty: folders without files.
    """
    flat: set[str] = set()
    files = [file for line in lines for file in _files(line, flat)]
    data = {
        name: one.encode() if isinstance(one, str) else one for name, one in (texts or {}).items()
    }
    files += [Listed(name=name, size=len(one), crc=zlib.crc32(one)) for name, one in data.items()]
    listed = Listing(files=tuple(files), texts=data, empty=tuple(empty))
    looked_at = {one.name for one in suspects(by_folder(candidates(listed)))}
    seen = (replace(one, flat=one.name in flat) if one.name in looked_at else one for one in files)
    return replace(listed, files=tuple(seen))


def _files(line: str, flat: set[str]) -> Iterable[Listed]:
    match = LINE.fullmatch(line)
    assert match
    pattern, count, first, few_colours, same, kind = match.groups()
    for i in range(int(first or 1), int(first or 1) + int(count or 1)):
        name = re.sub(r"\{i(?::(\w+))?\}", lambda found, i=i: format(i, found[1] or ""), pattern)
        content = zlib.crc32((f"{same}/{i}" if same else name).encode())
        if few_colours:
            flat.add(name)
        yield Listed(name=name, size=5000 + content % 9973, crc=content, kind=kind or "")


def names(*found: str) -> Listing:
    """Return a list of files with these names."""
    return listing(found)


def placed(found: Listing) -> dict[str, Place]:
    """Return name -> place of all files that are used, in the likely reading."""
    return places(read_layout(found), LIKELY)


def why_not(found: Listing, name: str) -> str:
    """Return what is said of a file that is left out; empty if it is set aside in silence."""
    plan = read_layout(found).plan
    told = (*plan.reading().left_out, *plan.left_out)
    return next((str(one.sentence) for one in told if name in one.examples), "")


def accounted(layout: Layout, reading: Reading) -> int:
    """Return how many files a reading accounts for."""
    left_out = (*reading.left_out, *layout.plan.left_out)
    cells = sum(cell.count for cell in reading.cells)
    return cells + sum(one.count for one in left_out) + layout.plan.aside
