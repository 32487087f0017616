"""Reads small tables into rows: CSV, text in columns, JSON of tools; everything in them is hostile."""

import csv
import io
import json
import re
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

MOST_ROWS = 300_000
MOST_COLUMNS = 1100
MOST_CELLS = 3 * 10**6
FIRST_ROWS = 200
"""Rows that tell which columns a table has, where every row names its own."""

Rows = list[dict[str, str]]


def read_rows(name: str, data: bytes) -> Rows:
    """Return the rows of a table, all values as text; none if it is no table."""
    suffix = PurePosixPath(name).suffix.casefold()
    with suppress(ValueError, csv.Error, RecursionError):
        if suffix in (".json", ".labels"):
            return _json_rows(json.loads(decoded(data)))
        if suffix == ".jsonl":
            return _json_rows([json.loads(line) for line in decoded(data).splitlines() if line])
        if suffix in (".csv", ".tsv", ".txt"):
            return _csv_rows(decoded(data), suffix)
    return []


def _csv_rows(text: str, suffix: str) -> Rows:
    start = text[:20_000]
    delimiters = ",;\t" if suffix != ".txt" else ",;\t "
    counts = {one: start.partition("\n")[0].count(one) for one in delimiters}
    delimiter = max(counts, key=lambda one: counts[one])
    if not counts[delimiter]:
        return []
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    lines = [line for line in islice(reader, MOST_ROWS) if any(map(str.strip, line))]
    if len(lines) < 2:
        return []
    head, body = lines[0][:MOST_COLUMNS], lines[1:]
    if _names_a_file(head):  # no line of titles
        head, body = [f"column {place + 1}" for place in range(len(head))], lines
    titles = [title.strip() or f"column {place + 1}" for place, title in enumerate(head)]
    body = body[: MOST_CELLS // len(titles)]
    return [dict(zip(titles, line, strict=False)) for line in body if len(line) >= len(titles)]


def _names_a_file(line: Sequence[str]) -> bool:
    return any(
        re.search(r"\.(jpe?g|png|webp|bmp|gif)$", value.strip(), re.IGNORECASE) for value in line
    )


def _json_rows(value: Any) -> Rows:
    if isinstance(value, dict) and isinstance(
        value.get("files"), list
    ):  # Edge Impulse's info.labels
        value = value["files"]
    if isinstance(value, dict):
        if all(isinstance(one, str | int) for one in value.values()):
            return [{"file": str(key), "label": str(one)} for key, one in value.items()]
        lists = [one for one in value.values() if isinstance(one, list) and len(one) > 1]
        if "annotations" in value or len(lists) != 1:
            return []
        value = lists[0]
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return []
    rows = [_flattened(one) for one in value[:MOST_ROWS]]
    found = dict.fromkeys(title for row in rows[:FIRST_ROWS] for title in row)
    titles = list(islice(found, MOST_COLUMNS))
    rows = rows[: MOST_CELLS // max(1, len(titles))]
    return [{title: row.get(title, "") for title in titles} for row in rows]


def _flattened(value: dict[str, Any]) -> dict[str, str]:
    """Return an object's texts and numbers; those of inner objects by their last key, as few as fit."""
    flat: dict[str, str] = {}
    waiting: deque[tuple[str, Any]] = deque(value.items())
    for _ in range(200):
        if not waiting:
            break
        key, one = waiting.popleft()
        if isinstance(one, dict):
            waiting += [(str(inner), content) for inner, content in one.items()]
        elif isinstance(one, list):
            waiting += [(key, content) for content in one[:2]]
        elif isinstance(one, str | int | float) and not isinstance(one, bool):
            flat.setdefault(str(key), str(one))
    return flat


def decoded(data: bytes) -> str:
    """Return the text in a file: UTF-8, UTF-16 as Excel writes it, or Korean Windows."""
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp949"):
        with suppress(UnicodeDecodeError):
            return data.decode(encoding)
    return data.decode("latin-1")
