"""What came out for many photos: a few numbers for each row, by which a page counts, filters and sorts.

    runs/<id>/columns.npz    of each row: where it begins, its guess, how sure, its folder's class; all scores
              cells.csv      what a table for a spreadsheet has in every language
              scored.json    the classes, and what is to be said of the files; written last

A page that shows a few of 20,000 rows reads these numbers once and of ``rows.jsonl`` those few lines.
"""

import functools
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tl_core import files
from tl_core.checks import Json
from tl_core.errors import LabError, RunNotFound
from tl_core.machine.folders import data_folder_trouble
from tl_core.machine.refusals import explained
from tl_core.prediction.cells import read_cells, write_cells
from tl_core.prediction.folders import named_folders
from tl_core.prediction.rows import MOST_SCORES, Row, every_row, read_rows, read_thumbnails
from tl_core.results.predictions import Predictions
from tl_core.runs import WRONG_SHAPE, Run

COLUMNS, SCORED = "columns.npz", "scored.json"
NOTHING = -1
"""The guess of a file that was refused; the class of one that lies in no class's folder."""
ORDERS = ("name", "surest", "unsure")
EVERY, REFUSED, UNSURE, WRONG = "all", "refused", "unsure", "wrong"
"""Which rows are shown, beside those of one guess, which is named by its number."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is to be said of the files beside their rows.

    Args:
        class_names: of the network, in the order of its outputs.
        aside: how many files that systems leave behind have no row.
        outside: how many photos lie in folders that are called like no class, or in none.
        folders: names of a few such folders.
    """

    class_names: tuple[str, ...]
    aside: int = 0
    outside: int = 0
    folders: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, value: Json) -> "Told":
        """Return what `write_scored` wrote; what does not fit raises as a damaged file does."""
        names = tuple(map(str, value["class_names"]))
        if len(names) < 2:
            raise ValueError("names of two or more classes")
        return cls(
            class_names=names,
            aside=int(value["aside"]),
            outside=int(value["outside"]),
            folders=tuple(map(str, value["folders"])),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Scored:
    """The rows of a finished scoring.

    Args:
        folder: of its run.
        told: beside the rows.
        starts: ``(n,) int64``, where each begins in ``rows.jsonl``; they are in the order of their names.
        guesses: ``(n,) int64``, the best class, `NOTHING` of a file that was refused.
        sure: ``(n,) float64 0..1``, the score of the guess; 0 of a file that was refused.
        labels: ``(n,) int64``, the class whose folder the file lies in, or `NOTHING`.
        shares: ``(n, classes) float32``, all scores; no rows where the classes are too many.
    """

    folder: Path
    told: Told
    starts: NDArray[np.int64] = field(repr=False)
    guesses: NDArray[np.int64] = field(repr=False)
    sure: NDArray[np.float64] = field(repr=False)
    labels: NDArray[np.int64] = field(repr=False)
    shares: NDArray[np.float32] = field(repr=False)

    @cached_property
    def read(self) -> int:
        """How many photos got a guess."""
        return int((self.guesses != NOTHING).sum())

    @property
    def refused(self) -> int:
        """How many files got none."""
        return len(self.guesses) - self.read

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """How many photos were taken for each class."""
        known = self.guesses[self.guesses != NOTHING]
        return tuple(np.bincount(known, minlength=len(self.told.class_names)).tolist())

    @cached_property
    def judged(self) -> NDArray[np.int64]:
        """The rows that have both a guess and a class, ``(m,) int64``."""
        return np.flatnonzero((self.guesses != NOTHING) & (self.labels != NOTHING))

    @cached_property
    def predictions(self) -> Predictions | None:
        """The guesses for the photos in folders of classes, each image named by its row; None without any."""
        if not len(self.judged) or not len(self.shares):
            return None
        return Predictions(
            class_names=self.told.class_names,
            images=tuple(map(str, self.judged.tolist())),
            labels=self.labels[self.judged],
            probabilities=self.shares[self.judged].astype(np.float64),
        )

    def chosen(self, which: str, order: str, least: float) -> NDArray[np.int64]:
        """Return the rows to show, in their order.

        Args:
            which: `EVERY`, `REFUSED`, `UNSURE`, `WRONG`, or the number of a class that was guessed.
            order: one of `ORDERS`; what was refused comes last.
            least: score below which a guess is unsure.
        """
        read = self.guesses != NOTHING
        known = {
            EVERY: np.ones(len(read), bool),
            REFUSED: ~read,
            UNSURE: read & (self.sure < least),
            WRONG: read & (self.labels != NOTHING) & (self.labels != self.guesses),
        }
        rows = np.flatnonzero(known[which] if which in known else self.guesses == int(which))
        if order == "surest":
            return rows[np.argsort(-self.sure[rows], kind="stable")]
        if order == "unsure":
            return rows[np.argsort(np.where(read, self.sure, 2.0)[rows], kind="stable")]
        return rows

    def rows(self, places: Sequence[int]) -> list[Row]:
        """Return some rows.

        Raises:
            RunNotFound: the file is missing or damaged.
        """
        try:
            return read_rows(self.folder, [int(self.starts[place]) for place in places])
        except (OSError, RecursionError, *WRONG_SHAPE):
            raise _lost() from None

    def cells(self) -> list[tuple[str, str]]:
        """Return name and scores of each row as CSV; of a run of an earlier version they are written first.

        Raises:
            RunNotFound: a file is missing or damaged.
            DiskUnusable: the disk does not take them.
        """
        found = self._cells()
        if len(found) != len(self.starts):
            with explained():
                write_cells(self.folder, self.every(), len(self.told.class_names))
            found = self._cells()
        if len(found) != len(self.starts):
            raise _lost()
        return found

    def _cells(self) -> list[tuple[str, str]]:
        try:
            return read_cells(self.folder)
        except OSError:
            raise _lost() from None

    def every(self) -> Iterator[Row]:
        """Yield all rows, one after the other: together they may be large.

        Raises:
            RunNotFound: the file is missing or damaged.
        """
        try:
            for _, row in every_row(self.folder):
                yield row
        except (OSError, RecursionError, *WRONG_SHAPE):
            raise _lost() from None

    def thumbnails(self, rows: Sequence[Row]) -> list[bytes]:
        """Return the small pictures of rows, WebP files; empty for what has none."""
        return read_thumbnails(self.folder, rows)


def write_scored(run: Run, class_names: Sequence[str], aside: int) -> None:
    """Add up the rows of a run, whose scoring is done then.

    Args:
        run: whose rows are all written.
        class_names: of the network.
        aside: how many files have no row.

    Raises:
        DiskUnusable: the disk does not take it.
    """
    starts, guesses, sure, labels, shares = [], [], [], [], []
    outside: Counter[str] = Counter()
    kept = len(class_names) <= MOST_SCORES
    for start, row in every_row(run.folder):
        starts.append(start)
        guesses.append(row.labels[0] if row.labels else NOTHING)
        sure.append(row.shares[0] if row.shares else 0.0)
        labels.append(NOTHING if row.label is None else row.label)
        if kept:
            shares.append(_in_order(row, len(class_names)))
        if row.labels and row.label is None:
            outside["/".join(row.name.split("/")[:-1])] += 1
    with files.new_file(run.folder / COLUMNS) as path, path.open("wb") as file:
        np.savez(
            file,
            starts=np.array(starts, np.int64),
            guesses=np.array(guesses, np.int64),
            sure=np.array(sure, np.float64),
            labels=np.array(labels, np.int64),
            shares=np.array(shares, np.float32).reshape(len(shares), len(class_names)),
        )
    write_cells(run.folder, (row for _, row in every_row(run.folder)), len(class_names))
    told = {
        "class_names": list(class_names),
        "aside": aside,
        "outside": outside.total(),
        "folders": named_folders(Counter({name: n for name, n in outside.items() if name})),
    }
    files.write_json(run.folder / SCORED, told)


def _in_order(row: Row, classes: int) -> NDArray[np.float32]:
    found = np.zeros(classes, np.float32)
    found[list(row.labels)] = row.shares
    return found


def is_scored(run: Run) -> bool:
    """Whether all rows of a run are there and added up."""
    return (run.folder / SCORED).exists()


def read_scored(run: Run) -> Scored:
    """Return what came out of a scoring that is done.

    Raises:
        RunNotFound: its files are missing or damaged.
    """
    path = run.folder / COLUMNS
    try:
        told = run.read(SCORED, Told.from_json)
        state = path.stat()
        columns = _read_columns(path, len(told.class_names), state.st_mtime_ns, state.st_size)
    except (OSError, EOFError, zipfile.BadZipFile, RunNotFound, *WRONG_SHAPE):
        raise _lost() from None
    return _scored(run.folder, told, columns)


def _lost() -> LabError:
    return data_folder_trouble(to_write=False) or RunNotFound(
        "The table of these photos is damaged and cannot be read. Bring the photos again."
    )


@dataclass(frozen=True, eq=False)
class _Columns:
    values: dict[str, NDArray[Any]]


@functools.lru_cache(maxsize=4)
def _read_columns(path: Path, classes: int, mtime_ns: int, size: int) -> _Columns:
    with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
        values = {name: found[name] for name in ("starts", "guesses", "sure", "labels", "shares")}
    count = len(values["starts"])
    if any(values[name].shape != (count,) for name in ("starts", "guesses", "sure", "labels")):
        raise ValueError("a number for each row")
    if values["shares"].shape not in ((count, classes), (0, classes)):
        raise ValueError("a score for each class, or none")
    for name in ("guesses", "labels"):
        if count and not NOTHING <= values[name].min() <= values[name].max() < classes:
            raise ValueError("a class that is not there")
    return _Columns(values)


@functools.lru_cache(maxsize=4)
def _scored(folder: Path, told: Told, columns: _Columns) -> Scored:
    return Scored(folder=folder, told=told, **columns.values)
