"""The guesses for many photos as a CSV file that a spreadsheet opens: a line for each, refused ones too."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tl_core.errors import ImageRefused, LabError
from tl_core.prediction.rows import Row
from tl_core.prediction.scored import Scored
from tl_core.run_book.table import csv_bytes


@dataclass(frozen=True, kw_only=True)
class Headings:
    """What the columns are called, beside one for each class, in the reader's language."""

    file: str
    guess: str
    sure: str
    folder: str
    reason: str


def csv_file(
    scored: Scored, titles: Sequence[str], headings: Headings, say: Callable[[LabError], str]
) -> bytes:
    """Return all rows as a CSV file (UTF-8 with its mark); scores are shares, 0..1.

    Args:
        scored: the rows.
        titles: the name of each class as people read it.
        headings: of the columns.
        say: returns a refusal in the reader's language.

    Raises:
        RunNotFound: the rows are missing or damaged.
    """
    # Two classes may have one title, and a class may be called like a column.
    columns = _apart(titles, vars(headings).values())
    return csv_bytes(list(_lines(scored, titles, columns, headings, say)))


def _lines(
    scored: Scored,
    titles: Sequence[str],
    columns: Sequence[str],
    headings: Headings,
    say: Callable[[LabError], str],
) -> Iterator[dict[str, Any]]:
    labelled = bool(len(scored.judged))
    for row in scored.rows(range(len(scored.starts))):
        line: dict[str, Any] = {headings.file: row.name}
        if labelled:
            line[headings.folder] = "" if row.label is None else titles[row.label]
        line[headings.guess] = titles[row.labels[0]] if row.labels else ""
        line[headings.sure] = row.shares[0] if row.shares else None
        line |= _scores(row, columns)
        line[headings.reason] = say(refusal(row)) if row.reason else ""
        yield line


def refusal(row: Row) -> LabError:
    """Return why a file was refused; only for a row with a reason."""
    assert row.reason
    return ImageRefused.restored(row.reason)


def _scores(row: Row, columns: Sequence[str]) -> dict[str, float | None]:
    known = dict(zip(row.labels, row.shares, strict=True))
    return {name: known.get(label) for label, name in enumerate(columns)}


def _apart(titles: Sequence[str], taken: Sequence[str] | Any) -> list[str]:
    """Return titles of which no two are the same, nor like one that is taken."""
    used, found = set(taken), []
    for title in titles:
        name, number = title, 1
        while name in used:
            number += 1
            name = f"{title} ({number})"
        used.add(name)
        found.append(name)
    return found
