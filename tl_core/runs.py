"""The run book: one folder a job, read by every page and every tab, written by one worker.

    runs/<id>/config.json       what was asked, once, before anything else
              progress.jsonl    what happens, one JSON object a line, only ever appended
              cancel            exists once somebody has pressed Stop
              history.csv, metrics.json, model.json, *.safetensors   what came out

The id is derived from the configuration: the same configuration is the same run, so a double click starts
one job, and a link shows it in any tab. What a page shows is folded from the lines of ``progress.jsonl``
(`snapshot`); nothing about a job lives only in memory, so a refresh or a restarted server loses nothing.
"""

import functools
import json
import os
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import psutil

from tl_core import files, settings
from tl_core.errors import RunNotFound

ID_LENGTH = 16
HEARTBEAT_SECONDS = 15.0
"""A run on a shared cluster that gave no sign for this long is no longer running."""


class JobState(StrEnum):
    """What a job is doing, as it is stored and shown."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    FAILED = "failed"

    @property
    def live(self) -> bool:
        """Whether the job may still change by itself."""
        return self in (JobState.QUEUED, JobState.RUNNING)


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

    def beat(self) -> None:
        """Show that a worker is at it; read only where the run's owner is on another machine."""
        (self.folder / "heartbeat").touch()


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One phase of a job as its progress bar shows it; times are seconds since the epoch."""

    name: str
    done: int
    total: int
    started: float
    updated: float
    first: int = 0
    """What was done already when the phase began, by an earlier attempt."""

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.done >= self.total

    @property
    def rate(self) -> float | None:
        """Units a second since the phase began, or None before the first unit."""
        seconds = self.updated - self.started
        return (self.done - self.first) / seconds if self.done > self.first and seconds else None

    @property
    def seconds_left(self) -> float | None:
        """Estimated seconds until the phase ends, or None before the first unit."""
        return (self.total - self.done) / self.rate if self.rate else None


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """All that a page shows of a job, at one moment.

    Args:
        state: see `JobState`.
        phases: in the order in which they began.
        epochs: one mapping an epoch, with ``epoch``, ``loss``, ``accuracy``, ``val_loss``, ``val_accuracy``.
        notes: (template, values) of remarks such as reused features.
        error: (template, values) of why it failed, or None.
        started: when it last began to run, seconds since the epoch, or None.
        ended: when it ended, or None.
        cancelling: somebody pressed Stop and the worker has not stopped yet.
    """

    state: JobState
    phases: tuple[Phase, ...] = ()
    epochs: tuple[Mapping[str, float], ...] = ()
    notes: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    error: tuple[str, Mapping[str, Any]] | None = None
    started: float | None = None
    ended: float | None = None
    cancelling: bool = False


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


def get_run(identifier: str) -> Run:
    """Return a run of the run book.

    Raises:
        RunNotFound: if there is none with this id, or its folder is damaged.
    """
    if not re.fullmatch(rf"[0-9a-f]{{{ID_LENGTH}}}", identifier):
        raise RunNotFound("This link names no run. Choose one from the list, or train a new one.")
    try:
        return _read_run(runs_dir(), identifier)
    except (OSError, ValueError, KeyError, TypeError):
        raise RunNotFound(
            "Run {id} is not in this run book. Choose one from the list, or train a new one.",
            id=identifier,
        ) from None


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


def snapshot(run: Run) -> Snapshot:
    """Return what a page shows of `run` now; costs a `stat` when nothing has changed."""
    path = run.folder / "progress.jsonl"
    try:
        found = path.stat()
    except FileNotFoundError:
        return Snapshot(state=JobState.INTERRUPTED)
    shot, owned_by = _fold(path, found.st_mtime_ns, found.st_size)
    if shot.state.live:
        if not _alive(run, owned_by):
            return replace(shot, state=JobState.INTERRUPTED)
        if run.cancel_requested:
            return replace(shot, cancelling=True)
    return shot


def _alive(run: Run, owned_by: Mapping[str, Any]) -> bool:
    """Whether somebody will still move a live run on.

    The embedded engine dies with the web process that started it; a cluster's job outlives it and beats.
    """
    if owned_by.get("scheduler"):
        try:
            beat = (run.folder / "heartbeat").stat().st_mtime
        except FileNotFoundError:
            beat = 0.0
        if time.time() - beat < HEARTBEAT_SECONDS:
            return True
    if owned_by.get("host") != socket.gethostname():
        return False
    try:
        created = psutil.Process(int(owned_by["pid"])).create_time()
    except (psutil.Error, KeyError, ValueError):
        return False
    return bool(abs(created - float(owned_by.get("started", 0))) < 1)


def read_events(path: Path) -> list[dict[str, Any]]:
    """Return the whole lines of a progress file, oldest first."""
    events = []
    for line in path.read_bytes().split(b"\n"):
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and "event" in event:
            events.append(event)
    return events


@functools.lru_cache(maxsize=256)
def _fold(path: Path, mtime_ns: int, size: int) -> tuple[Snapshot, Mapping[str, Any]]:
    """Fold the lines of a progress file into a snapshot and the run's owner."""
    state, owned_by = JobState.QUEUED, {}
    phases: dict[str, Phase] = {}
    epochs: dict[int, Mapping[str, float]] = {}
    notes: list[tuple[str, Mapping[str, Any]]] = []
    error = None
    started = ended = None
    for event in read_events(path):
        match event["event"]:
            case "state":
                state = JobState(event["state"])
                if state is JobState.QUEUED:
                    owned_by, error, ended = event["owner"], None, None
                elif state is JobState.RUNNING:
                    # A new attempt shows its own phases and remarks, and keeps the epochs it builds on.
                    started, phases, notes = event["time"], {}, []
                else:
                    ended = event["time"]
                    if "template" in event:
                        error = (event["template"], event.get("values", {}))
            case "progress":
                phases[event["phase"]] = _advance(phases.get(event["phase"]), event)
            case "epoch":
                epochs[int(event["epoch"])] = event["metrics"]
            case "note":
                notes.append((event["template"], event.get("values", {})))
    return (
        Snapshot(
            state=state,
            phases=tuple(phases.values()),
            epochs=tuple(epochs[number] for number in sorted(epochs)),
            notes=tuple(notes),
            error=error,
            started=started,
            ended=ended,
        ),
        owned_by,
    )


def _advance(phase: Phase | None, event: Mapping[str, Any]) -> Phase:
    return Phase(
        name=event["phase"],
        done=int(event["done"]),
        total=int(event["total"]),
        started=phase.started if phase else event["time"],
        updated=event["time"],
        first=phase.first if phase else int(event["done"]),
    )
