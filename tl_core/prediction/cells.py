"""What of a table of guesses is the same in every language, written as CSV when the scoring is done.

    runs/<id>/cells.csv    of each row two lines: its name; its score of each class, and nothing without

A page that is asked for the table adds what the reader's language says: making 20,000 rows of 100 scores from
``rows.jsonl`` held the web process for over a second, and everybody waited.
"""

import csv
import io
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tl_core import files
from tl_core.prediction.rows import Row
from tl_core.run_book.table import guarded

CELLS = "cells.csv"


def line_of(cells: Iterable[Any]) -> str:
    """Return cells as a line of CSV without its end; no text in it runs as a formula."""
    text = io.StringIO()
    guarded_cells = (guarded(cell) if isinstance(cell, str) else cell for cell in cells)
    csv.writer(text, lineterminator="").writerow(guarded_cells)
    return text.getvalue()


def write_cells(folder: Path, rows: Iterable[Row], classes: int) -> None:
    """Write the cells of all rows, whole or not at all.

    Args:
        folder: of their run.
        rows: in their order.
        classes: how many the network has.
    """
    with (
        files.new_file(folder / CELLS) as path,
        path.open("w", encoding="utf-8", errors="replace") as file,
    ):
        for row in rows:
            name = line_of([row.name]).replace("\n", " ")  # one line, whatever a file holds
            known = dict(zip(row.labels, row.shares, strict=True))
            scores = line_of(known.get(label) for label in range(classes))
            file.write(f"{name}\n{scores}\n")


def read_cells(folder: Path) -> list[tuple[str, str]]:
    """Return name and scores of each row; nothing where none are written, or damaged ones."""
    with suppress(FileNotFoundError, ValueError), (folder / CELLS).open(encoding="utf-8") as file:
        return [(name[:-1], next(file, "\n")[:-1]) for name in file]
    return []
