"""What a network says of many photos, a row for each file, as a worker writes it and a page reads it.

    runs/<id>/rows.jsonl        one JSON object a line, in the order of the files' names
              thumbnails.bin    small pictures (WebP) one behind the other; each row says where its own is

Both are only ever appended to, so that an attempt goes on where the one before it was killed. A page reads
the few rows that it shows and no others.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from tl_core.checks import Json
from tl_core.machine.refusals import explained
from tl_core.runs import WRONG_SHAPE, Run
from tl_core.runs.run import gone
from tl_core.wording import Sentence

ROWS, THUMBNAILS = "rows.jsonl", "thumbnails.bin"
MOST_SCORES = 100
"""Classes whose scores are kept of each photo, the best ones."""
DIGITS = 9
"""Behind the point of a score."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What became of one file.

    Args:
        name: path as its owner knows it, fit to be shown.
        label: the class whose folder it lies in; None if it lies in none.
        labels: the classes, best first; empty for a file that was refused.
        shares: their scores, 0..1.
        thumbnail: where its picture begins in ``thumbnails.bin``, and its bytes.
        reason: why it was refused, or None.
    """

    name: str
    label: int | None = None
    labels: tuple[int, ...] = ()
    shares: tuple[float, ...] = ()
    thumbnail: tuple[int, int] = (0, 0)
    reason: Sentence | None = None

    def to_json(self) -> Json:
        """Return the row as JSON values; what is empty is left out."""
        found: Json = {"name": self.name}
        if self.label is not None:
            found["label"] = self.label
        if self.reason:
            return found | {"reason": self.reason.to_json()}
        shares = [round(share, DIGITS) for share in self.shares]
        return found | {"labels": self.labels, "shares": shares, "thumbnail": self.thumbnail}

    @classmethod
    def from_json(cls, value: Json) -> Self:
        """Return the row that `to_json` described.

        Raises:
            LookupError, TypeError, ValueError: it is none.
        """
        name, label = str(value["name"]), value.get("label")
        if "reason" in value:
            return cls(name=name, label=label, reason=Sentence.from_json(value["reason"]))
        start, size = map(int, value["thumbnail"])
        return cls(
            name=name,
            label=None if label is None else int(label),
            labels=tuple(map(int, value["labels"])),
            shares=tuple(map(float, value["shares"])),
            thumbnail=(start, size),
        )


class RowWriter:
    """Appends rows, behind what an earlier attempt has left.

    Args:
        run: whose they are.

    Raises:
        DiskUnusable: the disk fails.
    """

    def __init__(self, run: Run) -> None:
        self._run, self._folder = run, run.folder
        self.count = 0
        """Rows that are there."""
        self._pictures = 0
        with explained():
            self._cut_back()

    def _cut_back(self) -> None:
        """Remove what a kill has left behind the last whole row."""
        end = 0
        for start, line in _lines(self._folder / ROWS):
            row = _parsed(line)
            if row is None:
                break
            end = start + len(line)
            self.count += 1
            self._pictures = max(self._pictures, sum(row.thumbnail))
        for name, size in ((ROWS, end), (THUMBNAILS, self._pictures)):
            with suppress(FileNotFoundError):
                os.truncate(self._folder / name, size)

    @explained()
    def append(self, rows: Sequence[tuple[Row, bytes]]) -> None:
        """Write rows, each with its picture; none of a file that was refused.

        Raises:
            RunNotFound: the run was deleted.
            DiskUnusable: the disk is full, read-only, gone, or fails; the next attempt removes half a row.
        """
        lines, pictures, start = [], [], self._pictures
        for row, picture in rows:
            placed = row.to_json()
            if picture:
                placed["thumbnail"] = (start, len(picture))
                start += len(picture)
                pictures.append(picture)
            lines.append(json.dumps(placed, ensure_ascii=False).encode() + b"\n")
        # The picture before the row that says where it is.
        self._add(THUMBNAILS, b"".join(pictures))
        self._add(ROWS, b"".join(lines))
        self._pictures = start
        self.count += len(rows)

    def _add(self, name: str, data: bytes) -> None:
        try:
            with (self._folder / name).open("ab") as file:
                file.write(data)
        except FileNotFoundError:
            raise gone(self._run.id) from None

    @explained()
    def make_durable(self) -> None:
        """Put all rows on the disk itself."""
        for name in (ROWS, THUMBNAILS):
            with (self._folder / name).open("ab") as file:
                os.fsync(file.fileno())


def every_row(folder: Path) -> Iterator[tuple[int, Row]]:
    """Yield where each row begins, and the row.

    Raises:
        LookupError, TypeError, ValueError: a line is damaged.
    """
    for start, line in _lines(folder / ROWS):
        yield start, Row.from_json(json.loads(line))


def read_rows(folder: Path, starts: Sequence[int]) -> list[Row]:
    """Return the rows that begin at these places of ``rows.jsonl``.

    Raises:
        OSError, LookupError, TypeError, ValueError: the file is missing or damaged.
    """
    with (folder / ROWS).open("rb") as file:
        return [Row.from_json(json.loads(_line_at(file, start))) for start in starts]


def read_thumbnails(folder: Path, rows: Sequence[Row]) -> list[bytes]:
    """Return the pictures of rows, WebP files; empty for what was refused, or is missing."""
    with suppress(OSError), (folder / THUMBNAILS).open("rb") as file:
        return [_bytes_at(file, *row.thumbnail) for row in rows]
    return [b""] * len(rows)


def _line_at(file: BinaryIO, start: int) -> bytes:
    file.seek(start)
    return file.readline()


def _bytes_at(file: BinaryIO, start: int, size: int) -> bytes:
    file.seek(start)
    return file.read(size)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file and where each begins, one after the other: all may be many."""
    start = 0
    with suppress(FileNotFoundError), path.open("rb") as file:
        for line in file:
            yield start, line
            start += len(line)


def _parsed(line: bytes) -> Row | None:
    """Return the row in a line; None if it is half a line, or none."""
    with suppress(*WRONG_SHAPE, RecursionError):
        if line.endswith(b"\n"):
            return Row.from_json(json.loads(line))
    return None
