"""One run of the run book: a folder that every page and every tab reads, and one worker writes.

    runs/<id>/config.json       what was asked, once, before anything else
              progress.jsonl    what happens, one JSON object a line, only ever appended
              cancel            exists once somebody has pressed Stop; or says why it is to stop
              label.json        what people call it and wrote about it; not part of its id
              fault.txt         what Python said of a fault; heartbeat: a worker on another machine is at it
              history.csv, metrics.json, predictions.json, model.json, *.safetensors   what a training leaves
              exports/          what was taken home

What a page shows is folded from the lines of ``progress.jsonl`` (`tl_core.runs.snapshots`); nothing about a
job lives only in memory, so a refresh or a restarted server loses nothing.
"""

import json
import os
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
from tl_core.machine.refusals import explained
from tl_core.runs.amounts import WRONG_SHAPE
from tl_core.wording import Sentence

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
            raise gone(self.id) from None
        except IsADirectoryError:
            raise damaged(self.id, PROGRESS) from None

    def request_cancel(self, reason: LabError | None = None) -> None:
        """Ask the worker to stop; it looks at every batch.

        Args:
            reason: what is said of it where nobody has pressed Stop.
        """
        told = json.dumps(reason.sentence.to_json()).encode() if reason else b""
        files.write_bytes(self.folder / "cancel", told)

    def withdraw_cancel(self) -> None:
        """Forget an earlier request, before the job is started again."""
        (self.folder / "cancel").unlink(missing_ok=True)

    @property
    def cancel_requested(self) -> bool:
        """Whether somebody has asked the worker to stop."""
        return os.path.exists(self.folder / "cancel")  # False, and no error, if it is out of reach

    @property
    def cancel_reason(self) -> LabError | None:
        """What is to be said of it, if it was not a person who asked the worker to stop."""
        with suppress(OSError, RecursionError, *WRONG_SHAPE):
            found = json.loads((self.folder / "cancel").read_bytes())
            return LabError.restored(Sentence.of(found["template"], found["values"]))
        return None

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


def gone(identifier: str) -> LabError:
    """Return the error for a run that is not in the run book, or out of reach now."""
    return data_folder_trouble(to_write=False) or RunNotFound(
        "Run {id} is not in this run book. Choose one from the list, or train a new one.",
        id=identifier,
    )


def damaged(identifier: str, name: str) -> LabError:
    """Return the error for a run whose file `name` is not what a worker writes, or cannot be read now."""
    return data_folder_trouble(to_write=False) or RunNotFound(
        "Run {id} is damaged: {name} cannot be read. Train it again.", id=identifier, name=name
    )


def owner(queue: str = "", person: str = "") -> Json:
    """Describe this process, and whose job it has in which queue, so that others can tell who is still there.

    Args:
        queue: token of the queue that holds the job.
        person: mark of who asked for it; empty for nobody in particular.
    """
    return {
        "queue": queue,
        "person": person,
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "started": psutil.Process().create_time(),
        "scheduler": settings.current().scheduler,
    }
