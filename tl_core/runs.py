"""The run book: one folder a job, read by every page and every tab, written by one worker.

    runs/<id>/config.json       what was asked, once, before anything else
              progress.jsonl    what happens, one JSON object a line, only ever appended
              cancel            exists once somebody has pressed Stop
              history.csv, metrics.json, model.json, *.safetensors   what came out

The id is derived from the configuration: the same configuration is the same run, so a double click starts
one job, and a link shows it in any tab. What a page shows is folded from the lines of ``progress.jsonl``
(`tl_core.snapshots`); nothing about a job lives only in memory, so a refresh or a restarted server loses
nothing.
"""

import functools
import json
import os
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tl_core import files, settings
from tl_core.errors import RunNotFound

ID_LENGTH = 16


@dataclass(frozen=True, kw_only=True)
class Run:
    """One folder of the run book.

    Args:
        id: 16 hex digits, derived from kind and config.
        kind: which task it is, ``train`` or ``import``.
        config: the configuration as plain JSON values.
        created: seconds since the epoch.
    """

    id: str
    kind: str
    config: Mapping[str, Any] = field(hash=False)
    created: float

    @property
    def folder(self) -> Path:
        """Where the run is kept."""
        return runs_dir() / self.id

    def append(self, event: str, **values: Any) -> None:
        """Add a line to the progress file; a line that a kill cuts short is skipped by readers."""
        line = json.dumps({"event": event, "time": time.time(), **values}, ensure_ascii=False)
        # The newline in front keeps this line whole even behind a half-written one.
        with (self.folder / "progress.jsonl").open("ab", buffering=0) as file:
            file.write(f"\n{line}\n".encode())

    def request_cancel(self) -> None:
        """Ask the worker to stop; it looks at every batch."""
        files.write_bytes(self.folder / "cancel", b"")

    def withdraw_cancel(self) -> None:
        """Forget an earlier request, before the job is started again."""
        (self.folder / "cancel").unlink(missing_ok=True)

    @property
    def cancel_requested(self) -> bool:
        """Whether somebody has asked the worker to stop."""
        return (self.folder / "cancel").exists()

    def result(self, name: str) -> dict[str, Any]:
        """Return what a JSON file of a run that is done holds, such as ``metrics.json``.

        Raises:
            RunNotFound: the file is missing or damaged.
        """
        try:
            return dict(files.read_json(self.folder / name))
        except (OSError, ValueError, TypeError):
            raise RunNotFound(
                "Run {id} is damaged: {name} cannot be read. Train it again.", id=self.id, name=name
            ) from None

    def beat(self) -> None:
        """Show that a worker is at it; read only where the run's owner is on another machine."""
        (self.folder / "heartbeat").touch()


def runs_dir() -> Path:
    """Return the folder of the run book."""
    return settings.current().data_dir / "runs"


def run_id(kind: str, config: Mapping[str, Any]) -> str:
    """Return the id that `config` always gets: 16 hex digits."""
    return files.sha256_of_json({"kind": kind, "config": config})[:ID_LENGTH]


def open_run(kind: str, config: Mapping[str, Any]) -> Run:
    """Return the run of this configuration, making its folder when it is new."""
    identifier = run_id(kind, config)
    with files.new_folder(runs_dir() / identifier) as folder:
        record = {"kind": kind, "created": time.time(), "config": dict(config)}
        files.write_json(folder / "config.json", record)
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
    if not re.fullmatch(rf"[0-9a-f]{{{ID_LENGTH}}}", identifier):
        raise no_run
    try:
        run = _read_run(runs_dir(), identifier)
    except (OSError, ValueError, KeyError, TypeError):
        raise RunNotFound(
            "Run {id} is not in this run book. Choose one from the list, or train a new one.",
            id=identifier,
        ) from None
    if kinds and run.kind not in kinds:
        raise no_run
    return run


@functools.lru_cache(maxsize=1024)
def _read_run(book: Path, identifier: str) -> Run:
    record = files.read_json(book / identifier / "config.json")
    return Run(
        id=identifier,
        kind=str(record["kind"]),
        config=dict(record["config"]),
        created=float(record["created"]),
    )


def list_runs(kind: str) -> tuple[Run, ...]:
    """Return all runs of a kind, newest first; damaged folders are left out."""
    found = []
    for folder in runs_dir().glob("[0-9a-f]*"):
        try:
            run = get_run(folder.name)
        except RunNotFound:
            continue
        if run.kind == kind:
            found.append(run)
    return tuple(sorted(found, key=lambda run: run.created, reverse=True))


def owner() -> dict[str, Any]:
    """Describe this process, so that another one can tell whether it is still there."""
    return {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "started": psutil.Process().create_time(),
        "scheduler": settings.current().scheduler,
    }
