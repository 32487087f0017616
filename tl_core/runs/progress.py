"""What the lines of a job's progress file come to: its state, phases, epochs and remarks."""

import csv
import functools
import io
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from tl_core import runs
from tl_core.checks import Json
from tl_core.runs.run import TRAINING
from tl_core.wording import Sentence

CURVES = ("loss", "accuracy", "val_loss", "val_accuracy")
"""What every epoch of a training has; a line without them is no epoch."""


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
        notes: remarks such as reused features.
        error: why it failed, or None.
        started: when it last began to run, seconds since the epoch, or None.
        ended: when it ended, or None.
        cancelling: somebody pressed Stop and the worker has not stopped yet.
        spent: seconds that all attempts have run so far, as far as they have said.
    """

    state: JobState
    phases: tuple[Phase, ...] = ()
    epochs: tuple[Mapping[str, float], ...] = ()
    notes: tuple[Sentence, ...] = ()
    error: Sentence | None = None
    started: float | None = None
    ended: float | None = None
    cancelling: bool = False
    spent: float = 0.0


def read_events(path: Path) -> list[Json]:
    """Return the whole lines of a progress file, oldest first."""
    return _events(path.read_bytes())


def _events(data: bytes) -> list[Json]:
    events = []
    for line in data.split(b"\n"):
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict) and "event" in event:
            events.append(event)
    return events


@functools.lru_cache(maxsize=256)
def read_progress(path: Path, kind: str, mtime_ns: int, size: int) -> tuple[Snapshot, Json]:
    """Return what a progress file says, and the run's owner, as `runs.owner` described itself.

    Args:
        path: the file.
        kind: of the run; only a training has curves.
        mtime_ns: when it was changed last: what was read once is not read again.
        size: how long it is; a disk's clock may stand still between two lines.
    """
    return told(path.read_bytes(), kind)


def told(data: bytes, kind: str) -> tuple[Snapshot, Json]:
    """Return what the bytes of a progress file say, as `read_progress` does."""
    fold = _Fold(kind)
    for event in _events(data):
        with suppress(*runs.WRONG_SHAPE):  # as good as a half-written line
            fold.add(event)
    return fold.snapshot(), fold.owner


def history_csv(epochs: Sequence[Mapping[str, float]]) -> bytes:
    """Return one epoch or more as the table that a run keeps for other programs."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(epochs[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(epochs)
    return text.getvalue().encode()


class _Fold:
    """What the lines so far come to; a line that raises has changed nothing."""

    def __init__(self, kind: str) -> None:
        self.owner: Json = {}
        self._figures = CURVES if kind == TRAINING else ()
        self._state = JobState.QUEUED
        self._phases: dict[str, Phase] = {}
        self._epochs: dict[int, Mapping[str, float]] = {}
        self._notes: list[Sentence] = []
        self._error: Sentence | None = None
        self._started: float | None = None
        self._ended: float | None = None
        self._spent = self._heard = 0.0

    def add(self, event: Json) -> None:
        match event["event"]:
            case "state":
                self._change_state(JobState(event["state"]), event)
            case "progress":
                phase = _advance(self._phases.get(event["phase"]), event)
                self._phases[phase.name] = phase
            case "epoch":
                number = int(event["epoch"])
                self._epochs[number] = self._checked(number, event["metrics"])
            case "note":
                self._notes.append(_sentence(event))
        with suppress(*runs.WRONG_SHAPE):
            self._heard = runs.read_time(event["time"])

    def _change_state(self, state: JobState, event: Json) -> None:
        spent = self._spent_until(None if state.live else event)
        if state is JobState.QUEUED:
            self.owner, self._error, self._ended = dict(event["owner"]), None, None
        elif state is JobState.RUNNING:
            # A new attempt shows its own phases and remarks, and keeps the epochs it builds on.
            self._started, self._phases, self._notes = runs.read_time(event["time"]), {}, []
        else:
            self._ended = runs.read_time(event["time"])
            with suppress(*runs.WRONG_SHAPE):  # it ended, whatever it said of that
                self._error = _sentence(event)
        self._state, self._spent = state, spent

    def _spent_until(self, end: Json | None) -> float:
        """Return what all attempts took, the last one until its end; of one without, until its last word."""
        if self._state is not JobState.RUNNING or self._started is None:
            return self._spent
        over = self._heard if end is None else runs.read_time(end["time"])
        return self._spent + max(over - self._started, 0.0)

    def _checked(self, number: int, metrics: Json) -> Mapping[str, float]:
        runs.check_amount(number)
        figures = {name: float(metrics[name]) for name in self._figures}
        return {**metrics, "epoch": number, **figures}

    def snapshot(self) -> Snapshot:
        return Snapshot(
            state=self._state,
            phases=tuple(self._phases.values()),
            epochs=tuple(self._epochs[number] for number in sorted(self._epochs)),
            notes=tuple(self._notes),
            error=self._error,
            started=self._started,
            ended=self._ended,
            spent=self._spent_until(None),
        )


def _sentence(event: Json) -> Sentence:
    # Earlier versions wrote whatever an error was given, such as null.
    told = Sentence.of(event["template"], event.get("values", {}))
    return replace(told, because=_sentence(event["because"])) if "because" in event else told


def _advance(phase: Phase | None, event: Json) -> Phase:
    name, done, total = event["phase"], int(event["done"]), int(event["total"])
    if not isinstance(name, str):
        raise TypeError(f"not a phase: {name}")
    for amount in (done, total):
        runs.check_amount(amount)
    now = runs.read_time(event["time"])
    return Phase(
        name=name,
        done=done,
        total=total,
        started=phase.started if phase else now,
        updated=now,
        first=phase.first if phase else done,
        message=str(event.get("message", "")),
    )
