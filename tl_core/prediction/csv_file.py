"""The guesses for many photos as a CSV file that a spreadsheet opens: a line for each, refused ones too."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tl_core.errors import ImageRefused, LabError
from tl_core.prediction.cells import line_of
from tl_core.prediction.rows import Row
from tl_core.prediction.scored import NOTHING, Scored


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
    lines = [line_of(_apart([*known, *titles, headings.reason]))]
    named = [line_of([title]) for title in (*titles, "")]  # the last of what is `NOTHING`
    columns = (scored.guesses.tolist(), scored.labels.tolist(), scored.sure.tolist())
    cells = scored.cells()
    for place, ((name, scores), guess, label, sure) in enumerate(zip(cells, *columns, strict=True)):
        folder_cell = f"{named[label]}," if labelled else ""
        if guess == NOTHING:
            lines.append(f"{name},{folder_cell},,{scores},{_why(scored, place, say)}")
        else:
            lines.append(f"{name},{folder_cell}{named[guess]},{sure},{scores},")
    return "\r\n".join([*lines, ""]).encode("utf-8-sig", errors="replace")


def _why(scored: Scored, place: int, say: Callable[[LabError], str]) -> str:
    (row,) = scored.rows([place])
    return line_of([say(refusal(row)) if row.reason else ""])


def refusal(row: Row) -> LabError:
    """Return why a file was refused; only for a row with a reason."""
    assert row.reason
    return ImageRefused.restored(row.reason)


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
