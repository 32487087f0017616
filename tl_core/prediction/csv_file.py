"""The guesses for many photos as a CSV file that a spreadsheet opens: a line for each, refused ones too."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tl_core.errors import ImageRefused, LabError
from tl_core.prediction.rows import Row
from tl_core.prediction.scored import Scored
from tl_core.run_book.table import csv_of


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
    labelled = bool(len(scored.judged))
    folder = [headings.folder] if labelled else []
    known = [headings.file, *folder, headings.guess, headings.sure]
    columns = _apart([*known, *titles, headings.reason])

    def line(row: Row) -> Iterator[Any]:
        yield row.name
        if labelled:
            yield "" if row.label is None else titles[row.label]
        yield titles[row.labels[0]] if row.labels else ""
        yield row.shares[0] if row.shares else None
        yield from _scores(row, len(titles))
        yield say(refusal(row)) if row.reason else ""

    return csv_of(columns, map(line, scored.every()))


def refusal(row: Row) -> LabError:
    """Return why a file was refused; only for a row with a reason."""
    assert row.reason
    return ImageRefused.restored(row.reason)


def _scores(row: Row, classes: int) -> list[float | None]:
    known = dict(zip(row.labels, row.shares, strict=True))
    return [known.get(label) for label in range(classes)]


def _apart(names: Sequence[str]) -> list[str]:
    """Return names of which no two are the same: two classes may have one title, or that of a column."""
    found: list[str] = []
    for name in names:
        one, number = name, 1
        while one in found:
            number += 1
            one = f"{name} ({number})"
        found.append(one)
    return found
