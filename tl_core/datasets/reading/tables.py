"""Finds labels in tables beside the photos: CSV with a label or a column a class, JSON of tools."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from tl_core.datasets.reading import part_words, words
from tl_core.datasets.reading.listing import Listed, vocabulary
from tl_core.datasets.reading.matching import MATCHED, index_of, key_column
from tl_core.datasets.reading.rows import Rows, decoded, read_rows

MOST_LABELS = 1000
LEAST_GROUPS = 3
MOST_OFFERED = 4
LABEL_WORDS = vocabulary(
    "label labels class classes category target breed species diagnosis dx choice type tag kind y "
    "라벨 레이블 "
    "클래스 분류 종류 품종 정답"
)
GROUP_WORDS = vocabulary("patient subject person group pupil student lesion session 환자 그룹")
_TRUE, _FALSE = {"1", "1.0", "true", "yes"}, {"0", "0.0", "-1", "false", "no"}
_BETWEEN_LABELS = re.compile(r"[|;,&+]|\s+")


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
        several: names of the photos that have several labels, or none.
        group: the column that says which photos belong together; empty if there is none.
        files: names of all tables that say the same of other photos, `file` among them.
    """

    file: str
    column: str
    of: Mapping[str, Labelled]
    several: frozenset[str] = frozenset()
    group: str = ""
    files: tuple[str, ...] = ()

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
    index = index_of(photos) if texts else {}
    tables: list[Table] = []
    elsewhere = addresses = 0
    file = ""
    names = _class_names(texts)
    for name, data in sorted(texts.items()):
        rows = read_rows(name, data)
        if not rows:
            continue
        found = _labels(name, rows, index, names)
        tables += found
        if not found and (missing := _rows_with_labels(rows)):
            file = file or name
            elsewhere += missing[0]
            addresses += missing[1]
    ranked = sorted(
        _joined(tables), key=lambda table: (not _is_label_word(table.column), -len(table.of))
    )
    return Found(
        tables=tuple(ranked[:MOST_OFFERED]),
        rows_elsewhere=elsewhere,
        addresses=addresses,
        file=file,
    )


def _joined(tables: Sequence[Table]) -> list[Table]:
    """Return tables of which those that say the same of other photos are one, as one for each part."""
    alike: defaultdict[str, list[Table]] = defaultdict(list)
    for table in tables:
        alike[table.column or " ".join(sorted({one.label for one in table.of.values()}))].append(
            table
        )
    return [_join(group) for group in alike.values()]


def _join(tables: Sequence[Table]) -> Table:
    parts = [part_words.part_of(PurePosixPath(table.file).stem) for table in tables]
    told = part_words.resolved(
        {table.file: part for table, part in zip(tables, parts, strict=True)}
    )
    first = min(tables, key=lambda table: (told.get(table.file) != "train", table.file))
    of: dict[str, Labelled] = {}
    for table in (first, *tables):
        part = told.get(table.file, "") if len({*parts}) > 1 else ""
        for photo, said in table.of.items():
            of.setdefault(photo, replace(said, part=said.part or part) if part else said)
    several = frozenset().union(*(table.several for table in tables))
    files = tuple(table.file for table in tables)
    return replace(first, of=of, several=several - {*of}, files=files)


def _labels(
    file: str, rows: Rows, index: Mapping[str, str], names: Mapping[str, str]
) -> list[Table]:
    key, matched = key_column(file, rows, index)
    if not key:
        return []
    columns = [column for column in rows[0] if column != key]
    part = next((column for column in columns if _are_parts(rows, column)), "")
    group = next((column for column in columns if _are_groups(rows, column)), "")
    free = [column for column in columns if column not in (part, group)]
    flags = _flag_columns(rows, free)
    chosen = [_by_flags(matched, flags)]
    chosen += [
        _by_column(matched, column) for column in free if len(flags) < 2 or column not in flags
    ]
    if flags and not chosen[0].of:  # columns that say yes several times are properties, not classes
        chosen += [_by_column(matched, column) for column in flags]

    def said(row: Mapping[str, str], label: str) -> Labelled:
        return Labelled(
            label=names.get(label, label),
            part=_part(row.get(part, "")),
            group=row.get(group, "").strip(),
        )

    return [
        Table(
            file=file,
            column=one.column,
            of={photo: said(row, label) for photo, (row, label) in one.of.items()},
            several=one.several,
            group=group,
        )
        for one in chosen
        if one.of
    ]


@dataclass(frozen=True, kw_only=True)
class _Column:
    column: str
    of: Mapping[str, tuple[Mapping[str, str], str]]
    several: frozenset[str]


def _by_flags(matched: Sequence[tuple[Mapping[str, str], str]], flags: Sequence[str]) -> _Column:
    """Read a column for each class; nothing is found if most photos have several, or none."""
    of: dict[str, tuple[Mapping[str, str], str]] = {}
    for row, photo in matched:
        true = [column for column in flags if row[column].strip().casefold() in _TRUE]
        if len(true) == 1:
            of[photo] = row, true[0]
    several = frozenset(photo for _, photo in matched) - {*of}
    usable = len({label for _, label in of.values()}) > 1 and len(of) >= MATCHED * len(matched)
    return _Column(column="", of=of if usable else {}, several=several)


def _by_column(matched: Sequence[tuple[Mapping[str, str], str]], column: str) -> _Column:
    """Read a column of labels; a photo with several in it, ``cat|dog``, has none that could be learned."""
    values = {photo: (row, row[column].strip()) for row, photo in matched}
    known = {value for _, value in values.values()}
    of = {
        photo: (row, value)
        for photo, (row, value) in values.items()
        if value and not _are_several(value, known)
    }
    if not _are_labels(column, [value for _, value in of.values()]):
        of = {}
    return _Column(column=column, of=of, several=frozenset(values) - {*of})


def _are_several(value: str, known: Set[str]) -> bool:
    pieces = [piece for piece in _BETWEEN_LABELS.split(value) if piece]
    return len(pieces) > 1 and ("|" in value or all(piece in known for piece in pieces))


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


def _rows_with_labels(rows: Rows) -> tuple[int, int] | None:
    """Return how many rows name pictures that are not there, and how many of these are web addresses."""
    ending = re.compile(r".+\.(jpe?g|png|webp|gif|bmp)(\?.*)?", re.IGNORECASE)
    address = re.compile(r"https?://\S+", re.IGNORECASE)
    files = sum(any(ending.fullmatch(value.strip()) for value in row.values()) for row in rows)
    addresses = sum(any(address.match(value.strip()) for value in row.values()) for row in rows)
    return (max(files, addresses), addresses) if 2 * max(files, addresses) >= len(rows) else None


def _class_names(texts: Mapping[str, bytes]) -> dict[str, str]:
    """Return number -> name of a class, where a file says so, as `label_num_to_disease_map.json` does."""
    for name, data in sorted(texts.items()):
        if PurePosixPath(name).suffix.casefold() != ".json":
            continue
        with suppress(ValueError, RecursionError):
            value = json.loads(decoded(data))
            if isinstance(value, dict) and len(value) > 1 and _numbers_are_named(value):
                return dict(value)
    return {}


def _numbers_are_named(value: Mapping[str, Any]) -> bool:
    return all(key.isdecimal() and isinstance(one, str) for key, one in value.items())


def _has_word(column: str, known: frozenset[str]) -> bool:
    return bool(set(words.tokens(column)) & known)


def _is_label_word(column: str) -> bool:
    return not column or _has_word(column, LABEL_WORDS)


def _are_groups(rows: Rows, column: str) -> bool:
    """Whether a column says which photos belong together: ids of persons or things, of more than a few."""
    if not _has_word(column, GROUP_WORDS):
        return False
    values = {row[column].strip() for row in rows} - {""}
    return LEAST_GROUPS <= len(values) < len(rows)


def _are_parts(rows: Rows, column: str) -> bool:
    values = {row[column].strip() for row in rows} - {""}
    return bool(values) and all(map(_part, values))


def _part(value: str) -> str:
    part = part_words.part_of(value)
    return "validation" if part == "evaluation" else part
