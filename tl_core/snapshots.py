"""What a page shows of a job: folded from the lines of its progress file, at one moment."""

import functools
import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import psutil

from tl_core.runs import Run

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
class Phase:
    """One phase of a job as its progress bar shows it; times are seconds since the epoch."""

    name: str
    done: int
    total: int
    started: float
    updated: float
    first: int = 0
    """What was done already when the phase began, by an earlier attempt."""
    message: str = ""
    """What the worker says of it, such as ``3/30`` for the third of 30 epochs."""

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return 0 < self.total <= self.done

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
        message=str(event.get("message", "")),
    )
