"""Runs and their epochs as CSV files that a spreadsheet opens, whatever somebody has called a run."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tl_core.people import nickname_of
from tl_core.results.predictions import PARTS
from tl_core.run_book.entries import Entry
from tl_core.training import TrainingConfig

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet run a text cell. Source: OWASP, CSV injection."""


def csv_bytes(rows: Sequence[Mapping[str, Any]]) -> bytes:
    r"""Return rows as a CSV file: UTF-8 with the mark by which spreadsheets know it, one line of names.

    Text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay numbers.

    Args:
        rows: one mapping a line; the columns are those of all of them, in order of appearance.

    Example:
        >>> csv_bytes([{"title": "=1+1", "n": -2}]).decode("utf-8-sig")
        "title,n\r\n'=1+1,-2\r\n"
    """
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return csv_of(columns, ([row.get(name) for name in columns] for row in rows))


def csv_of(columns: Sequence[str], lines: Iterable[Iterable[Any]]) -> bytes:
    """Return the same of lines that come one by one.

    Args:
        columns: their names.
        lines: a cell for each column.
    """
    text = io.StringIO()
    writer = csv.writer(text)  # ends lines as RFC 4180 says
    writer.writerow(map(_cell, columns))
    writer.writerows(map(_cell, line) for line in lines)
    return text.getvalue().encode("utf-8-sig", errors="replace")


def guarded(text: str) -> str:
    """Return `text` so that no spreadsheet runs it: with an apostrophe in front of what starts a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def _cell(value: Any) -> Any:
    return guarded(value) if isinstance(value, str) else value


def entry_row(entry: Entry) -> dict[str, Any]:
    """Return an entry as a row for `csv_bytes`: the same columns for every entry."""
    created = datetime.fromtimestamp(int(entry.run.created), UTC)
    row: dict[str, Any] = {
        "id": entry.run.id,
        "title": entry.label.title,
        "note": entry.label.note,
        "by": nickname_of(entry.people[0]) if entry.people else "",
        "created": created.isoformat(),
        "state": "damaged" if entry.damaged else str(entry.state),
        "seconds": entry.seconds,
        "epochs_done": entry.epochs,
    }
    for part in PARTS:
        found = getattr(entry.metrics, part, None)
        row |= {
            f"{part}_{name}": getattr(found, name, None) for name in ("accuracy", "correct", "n")
        }
        low, high = found.interval if found else (None, None)
        row |= {f"{part}_low": low, f"{part}_high": high}
    return row | {f"set_{name}": value for name, value in _settings(entry.config).items()}


def _settings(config: TrainingConfig | None) -> dict[str, Any]:
    if config is None:
        return dict.fromkeys(TrainingConfig(dataset="").as_json())
    return {
        name: value if isinstance(value, str | int | float) else json.dumps(value)
        for name, value in config.as_json().items()
    }
