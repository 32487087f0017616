"""Finds labels in tables beside the photos: CSV with a label or a column a class, JSON of tools."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from tl_core.datasets.reading import words
from tl_core.datasets.reading.listing import Listed, split_name, vocabulary

MATCHED = 0.5
"""Share of the rows, or of the photos, that must name a photo."""
MOST_ROWS = 300_000
MOST_LABELS = 1000
LABEL_WORDS = vocabulary(
    "label labels class classes category target breed species diagnosis dx choice type tag kind y "
    "라벨 레이블 "
    "클래스 분류 종류 품종 정답"
)
GROUP_WORDS = vocabulary("patient subject person group pupil student lesion session 환자 그룹")
_TRUE, _FALSE = {"1", "1.0", "true", "yes"}, {"0", "0.0", "false", "no"}

Rows = list[dict[str, str]]


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """What a table says of a photo."""

    label: str
    part: str = ""
    group: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Labels as one column of a table, or all its columns, give them.

    Args:
        file: name of the table.
        column: the column that is the label; empty where every class has a column of its own.
        of: name of a photo -> what is said of it.
        several: how many photos have several labels, or none.
        group: the column that says which photos belong together; empty if there is none.
    """

    file: str
    column: str
    of: Mapping[str, Labelled]
    several: int = 0
    group: str = ""

    @property
    def key(self) -> str:
        """Tells it from the others."""
        return f"table-{self.file}-{self.column}"


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the tables of a dataset are: labels of photos, or rows that name files which are not there."""

    tables: tuple[Table, ...]
    rows_elsewhere: int = 0
    addresses: int = 0
    file: str = ""


def read_tables(texts: Mapping[str, bytes], photos: Sequence[Listed]) -> Found:
    """Return the labels that tables give to `photos`.

    Args:
        texts: name -> bytes of small files.
        photos: the files that may be labelled.
    """
    index = _index(photos)
    tables: list[Table] = []
    elsewhere = addresses = 0
    file = ""
    names = _class_names(texts)
    for name, data in sorted(texts.items()):
        rows = _rows(name, data)
        if not rows:
            continue
        found = _labels(name, rows, index, names)
        tables += found
        if not found and (missing := _rows_with_labels(rows, index)):
            file = file or name
            elsewhere += missing[0]
            addresses += missing[1]
    ranked = sorted(tables, key=lambda table: (not _is_label_word(table.column), -len(table.of)))
    return Found(tables=tuple(ranked[:4]), rows_elsewhere=elsewhere, addresses=addresses, file=file)


def _labels(
    file: str, rows: Rows, index: Mapping[str, str], names: Mapping[str, str]
) -> list[Table]:
    key, matched = _key_column(rows, index)
    if not key:
        return []
    columns = [column for column in rows[0] if column != key]
    part = next((column for column in columns if _are_parts(rows, column)), "")
    group = next((c for c in columns if _has_word(c, GROUP_WORDS)), "")
    free = [column for column in columns if column not in (part, group)]

    def said(row: dict[str, str], label: str) -> Labelled:
        return Labelled(
            label=names.get(label, label),
            part=_part(row.get(part, "")),
            group=row.get(group, "").strip(),
        )

    tables = []
    if (flags := _flag_columns(rows, free)) and len(flags) > 1:
        of: dict[str, Labelled] = {}
        several = 0
        for row, photo in matched:
            true = [column for column in flags if row[column].strip().casefold() in _TRUE]
            if len(true) == 1:
                of[photo] = said(row, true[0])
            else:
                several += 1
        if len({one.label for one in of.values()}) > 1:
            tables.append(Table(file=file, column="", of=of, several=several, group=group))
    for column in free:
        if column in flags and len(flags) > 1:
            continue
        of = {
            photo: said(row, row[column].strip()) for row, photo in matched if row[column].strip()
        }
        if _are_labels(column, [one.label for one in of.values()]):
            missing = len(matched) - len(of)
            tables.append(Table(file=file, column=column, of=of, several=missing, group=group))
    return tables


def _are_labels(column: str, values: Sequence[str]) -> bool:
    counts = Counter(values)
    if not 2 <= len(counts) <= MOST_LABELS:
        return False
    if _is_label_word(column):
        return len(values) >= 2 * len(counts)
    fraction = sum(bool(re.fullmatch(r"-?\d+\.\d+", value)) for value in counts)
    return len(values) >= 4 * len(counts) and fraction < len(counts) / 2


def _flag_columns(rows: Rows, columns: Iterable[str]) -> list[str]:
    """Return the columns that only say yes or no, and that say yes at least once."""
    found = []
    for column in columns:
        values = {row[column].strip().casefold() for row in rows}
        if values <= _TRUE | _FALSE | {""} and values & _TRUE and not _is_label_word(column):
            found.append(column)
    return found


def _key_column(
    rows: Rows, index: Mapping[str, str]
) -> tuple[str, list[tuple[dict[str, str], str]]]:
    """Return the column that names the photos, and each row with the photo that it names."""
    best: tuple[str, list[tuple[dict[str, str], str]]] = ("", [])
    for column in rows[0]:
        matched = [(row, photo) for row in rows if (photo := _photo(row[column], index))]
        if len(matched) > len(best[1]):
            best = column, matched
    enough = len(best[1]) >= MATCHED * len(rows) or len(best[1]) >= MATCHED * len(
        set(index.values())
    )
    return best if best[1] and enough else ("", [])


def _index(photos: Sequence[Listed]) -> dict[str, str]:
    """Return what a table may call each photo: its path, its file name, its name without the ending."""
    index: dict[str, str] = {}
    often = Counter(photo.stem.casefold() for photo in photos)
    for photo in photos:
        for place in range(len(photo.steps)):
            index.setdefault("/".join(photo.steps[place:]).casefold(), photo.name)
        if often[photo.stem.casefold()] == 1:
            index.setdefault(photo.stem.casefold(), photo.name)
    return index


def _photo(value: str, index: Mapping[str, str]) -> str:
    steps = split_name(value)
    if not steps:
        return ""
    for place in range(len(steps)):
        if found := index.get("/".join(steps[place:]).casefold()):
            return found
    # Label Studio puts eight digits before the name of an upload.
    return index.get(re.sub(r"^[0-9a-f]{8}-", "", steps[-1]).casefold(), "")


def _rows_with_labels(rows: Rows, index: Mapping[str, str]) -> tuple[int, int] | None:
    """Return how many rows name pictures that are not there, and how many of these are web addresses."""
    ending = re.compile(r".+\.(jpe?g|png|webp|gif|bmp)(\?.*)?", re.IGNORECASE)
    address = re.compile(r"https?://\S+", re.IGNORECASE)
    files = sum(any(ending.fullmatch(value.strip()) for value in row.values()) for row in rows)
    addresses = sum(any(address.match(value.strip()) for value in row.values()) for row in rows)
    return (max(files, addresses), addresses) if 2 * max(files, addresses) >= len(rows) else None


def _rows(name: str, data: bytes) -> Rows:
    """Return the rows of a table, all values as text; none if it is no table."""
    suffix = PurePosixPath(name).suffix.casefold()
    with suppress(ValueError, csv.Error, RecursionError):
        if suffix in (".json", ".labels"):
            return _json_rows(json.loads(_decoded(data)))
        if suffix == ".jsonl":
            return _json_rows([json.loads(line) for line in _decoded(data).splitlines() if line])
        if suffix in (".csv", ".tsv", ".txt"):
            return _csv_rows(_decoded(data), suffix)
    return []


def _csv_rows(text: str, suffix: str) -> Rows:
    start = text[:20_000]
    delimiters = ",;\t" if suffix != ".txt" else ",;\t "
    counts = {one: start.partition("\n")[0].count(one) for one in delimiters}
    delimiter = max(counts, key=lambda one: counts[one])
    if not counts[delimiter]:
        return []
    lines = list(csv.reader(io.StringIO(text), delimiter=delimiter))[:MOST_ROWS]
    lines = [line for line in lines if any(value.strip() for value in line)]
    if len(lines) < 2:
        return []
    head, body = lines[0], lines[1:]
    if _names_a_file(head):  # no line of titles
        head, body = [f"column {place + 1}" for place in range(len(head))], lines
    titles = [title.strip() or f"column {place + 1}" for place, title in enumerate(head)]
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
    titles = list(dict.fromkeys(title for row in rows for title in row))
    return [{title: row.get(title, "") for title in titles} for row in rows]


def _flattened(value: dict[str, Any]) -> dict[str, str]:
    """Return an object's texts and numbers; those of inner objects by their last key, as few as fit."""
    flat: dict[str, str] = {}
    waiting: list[tuple[str, Any]] = list(value.items())
    for _ in range(200):
        if not waiting:
            break
        key, one = waiting.pop(0)
        if isinstance(one, dict):
            waiting += [(str(inner), content) for inner, content in one.items()]
        elif isinstance(one, list):
            waiting += [(key, content) for content in one[:2]]
        elif isinstance(one, str | int | float) and not isinstance(one, bool):
            flat.setdefault(str(key), str(one))
    return flat


def _class_names(texts: Mapping[str, bytes]) -> dict[str, str]:
    """Return number -> name of a class, where a file says so, as `label_num_to_disease_map.json` does."""
    for name, data in sorted(texts.items()):
        if PurePosixPath(name).suffix.casefold() != ".json":
            continue
        with suppress(ValueError, RecursionError):
            value = json.loads(_decoded(data))
            if isinstance(value, dict) and len(value) > 1 and _numbers_are_named(value):
                return dict(value)
    return {}


def _numbers_are_named(value: Mapping[str, Any]) -> bool:
    return all(key.isdecimal() and isinstance(one, str) for key, one in value.items())


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp949"):
        with suppress(UnicodeDecodeError):
            return data.decode(encoding)
    return data.decode("latin-1")


def _has_word(column: str, known: frozenset[str]) -> bool:
    return bool(set(words.tokens(column)) & known)


def _is_label_word(column: str) -> bool:
    return not column or _has_word(column, LABEL_WORDS)


def _are_parts(rows: Rows, column: str) -> bool:
    values = {row[column].strip() for row in rows} - {""}
    return bool(values) and all(map(_part, values))


def _part(value: str) -> str:
    part = words.part_of(value)
    return "validation" if part == "evaluation" else part
