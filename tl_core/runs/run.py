"""The run book: one folder a job, read by every page and every tab, written by one worker.

    runs/<id>/config.json       what was asked, once, before anything else
              progress.jsonl    what happens, one JSON object a line, only ever appended
              cancel            exists once somebody has pressed Stop
              label.json        what people call it and wrote about it; not part of its id
              history.csv, metrics.json, model.json, *.safetensors   what came out

The id is derived from the configuration: the same configuration is the same run, so a double click starts
one job, and a link shows it in any tab. What a page shows is folded from the lines of ``progress.jsonl``
(`tl_core.runs.snapshots`); nothing about a job lives only in memory, so a refresh or a restarted server loses
nothing.
"""

import functools
import json
import os
import re
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psutil

from tl_core import files, settings
from tl_core.checks import Json
from tl_core.errors import LabError, RunNotFound
from tl_core.machine.folders import data_folder_trouble
from tl_core.machine.refusals import explained, of_the_machine
from tl_core.runs.amounts import WRONG_SHAPE, read_time

ID_LENGTH = 16
TRAINING = "train"
"""The kind of a training; those of other jobs are named where their configurations are."""
METRICS = "metrics.json"
"""The last file that a training writes: there is something to show."""
MODEL = "model.json"
PREDICTIONS = "predictions.json"
HISTORY = "history.csv"
HEAD_ARRAYS = "head.safetensors"
TAIL_ARRAYS = "tail.safetensors"
"""Of the unfrozen blocks, where there are some."""
PROGRESS = "progress.jsonl"
Read = TypeVar("Read")


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """One folder of the run book; equal to whatever else is the same folder, such as a `Training`.

    Args:
        id: 16 hex digits, derived from kind and config.
        kind: which task it is, the `KIND` of a `JobConfig`.
        config: the configuration as plain JSON values.
        created: seconds since the epoch.
    """

    id: str
    kind: str
    config: Json
    created: float

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Run) and (self.id, self.created) == (other.id, other.created)

    def __hash__(self) -> int:
        return hash((self.id, self.created))

    @property
    def folder(self) -> Path:
        """Where the run is kept."""
        return runs_dir() / self.id

    @explained()
    def append(self, event: str, **values: Any) -> None:
        """Add a line to the progress file; a line that a kill cuts short is skipped by readers.

        Raises:
            RunNotFound: the run was deleted, or its folder is damaged.
            DiskUnusable: the disk is full, read-only, gone, or fails.
        """
        line = json.dumps({"event": event, "time": time.time(), **values}, ensure_ascii=False)
        try:
            with (self.folder / PROGRESS).open("ab") as file:
                # The newline in front keeps this line whole even behind a half-written one.
                file.write(f"\n{line}\n".encode())
        except FileNotFoundError:
            raise _gone(self.id) from None
        except IsADirectoryError:
            raise damaged(self.id, PROGRESS) from None

    def request_cancel(self) -> None:
        """Ask the worker to stop; it looks at every batch."""
        files.write_bytes(self.folder / "cancel", b"")

    def withdraw_cancel(self) -> None:
        """Forget an earlier request, before the job is started again."""
        (self.folder / "cancel").unlink(missing_ok=True)

    @property
    def cancel_requested(self) -> bool:
        """Whether somebody has asked the worker to stop."""
        return os.path.exists(self.folder / "cancel")  # False, and no error, if it is out of reach

    def read(self, name: str, parse: Callable[[Json], Read]) -> Read:
        """Return what a JSON file of a run that is done holds, such as ``metrics.json``.

        Args:
            name: of the file.
            parse: makes of its content what is wanted; may raise `WRONG_SHAPE`.

        Raises:
            RunNotFound: the file is missing or damaged.
        """
        try:
            return parse(dict(files.read_json(self.folder / name)))
        except (OSError, RecursionError, *WRONG_SHAPE):
            raise damaged(self.id, name) from None

    def result(self, name: str) -> Json:
        """Return the JSON values of a file, see `read`; what they hold is not checked."""
        return self.read(name, dict)

    @property
    def has_results(self) -> bool:
        """Whether a training has something to show: it is done, or was stopped after its first epoch."""
        return (self.folder / METRICS).exists()

    def beat(self) -> None:
        """Show that a worker is at it; read only where the run's owner is on another machine."""
        with suppress(OSError):  # a full disk ends a job where it needs the room, and not here
            (self.folder / "heartbeat").touch()


def runs_dir() -> Path:
    """Return the folder of the run book."""
    return settings.current().data_dir / "runs"


def run_id(kind: str, config: Json) -> str:
    """Return the id that `config` always gets: 16 hex digits."""
    return files.sha256_of_json({"kind": kind, "config": config})[:ID_LENGTH]


def open_run(kind: str, config: Json) -> Run:
    """Return the run of this configuration, making its folder when it is new, and mending a damaged one."""
    identifier = run_id(kind, config)
    record = {"kind": kind, "created": time.time(), "config": dict(config)}
    with files.new_folder(runs_dir() / identifier) as folder:
        files.write_json(folder / "config.json", record)
    try:
        return get_run(identifier)
    except RunNotFound:  # the id says what a lost record held
        files.write_json(runs_dir() / identifier / "config.json", record)
        return get_run(identifier)


def get_run(identifier: str, *kinds: str) -> Run:
    """Return a run of the run book.

    Args:
        identifier: its id, as a link may hold it.
        *kinds: the kinds that will do; every kind by default.

    Raises:
        RunNotFound: if there is none with this id and kind, or its folder is damaged.
    """
    no_run = RunNotFound("This link names no run. Choose one from the list, or train a new one.")
    if not is_run_id(identifier):
        raise no_run
    run = _find_run(runs_dir(), identifier)
    if run is None:
        raise _gone(identifier)
    if kinds and run.kind not in kinds:
        raise no_run
    return run


def find_run(kind: str, config: Json) -> Run | None:
    """Return the run of this configuration, or None if nobody has asked for it."""
    try:
        return get_run(run_id(kind, config), kind)
    except RunNotFound:
        return None


def is_run_id(text: str) -> bool:
    """Whether `text` has the form of a run's id; anything else never becomes part of a path."""
    return bool(re.fullmatch(rf"[0-9a-f]{{{ID_LENGTH}}}", text))


def _gone(identifier: str) -> LabError:
    return data_folder_trouble(to_write=False) or RunNotFound(
        "Run {id} is not in this run book. Choose one from the list, or train a new one.",
        id=identifier,
    )


def damaged(identifier: str, name: str) -> LabError:
    """Return the error for a run whose file `name` is not what a worker writes, or cannot be read now."""
    return data_folder_trouble(to_write=False) or RunNotFound(
        "Run {id} is damaged: {name} cannot be read. Train it again.", id=identifier, name=name
    )


def _find_run(book: Path, identifier: str) -> Run | None:
    """Return a run, or None if its record is missing or damaged; costs a `stat` when nothing changed."""
    try:
        changed = (book / identifier / "config.json").stat().st_mtime_ns
        return _read_run(book, identifier, changed)
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError, RecursionError) as error:
        if of_the_machine(error):  # or every run would be offered for deletion as damaged
            raise
        return None


@functools.lru_cache(maxsize=4096)
def _read_run(book: Path, identifier: str, changed: int) -> Run:
    """Read a run's record; `changed` is its time of change, so that a deleted run is not remembered."""
    record = files.read_json(book / identifier / "config.json")
    kind, config = str(record["kind"]), dict(record["config"])
    return Run(id=identifier, kind=kind, config=config, created=read_time(record["created"]))


def list_runs(kind: str) -> tuple[Run, ...]:
    """Return all runs of a kind, newest first; damaged folders are left out."""
    book = runs_dir()
    found = (run for one in _list_ids(book) if (run := _find_run(book, one)) and run.kind == kind)
    return tuple(sorted(found, key=lambda run: run.created, reverse=True))


def list_damaged() -> tuple[str, ...]:
    """Return the ids of folders whose record cannot be read, of whatever kind they were."""
    book = runs_dir()
    return tuple(
        identifier for identifier in _list_ids(book) if _find_run(book, identifier) is None
    )


def _list_ids(book: Path) -> list[str]:
    try:
        return sorted(filter(is_run_id, os.listdir(book)))
    except FileNotFoundError:
        return []


def owner(queue: str = "") -> Json:
    """Describe this process and the job queue with this token, so that others can tell who is still there."""
    return {
        "queue": queue,
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "started": psutil.Process().create_time(),
        "scheduler": settings.current().scheduler,
    }
