"""The queues of all web processes on one data folder, so that each knows the places in the others'.

    queues/<token>.json     one file a queue: which jobs it has given to its engine, and which wait, in order

A queue writes its file when its order changes, and touches it as long as it is there. Two web processes with
embedded engines have a queue each; those that share a cluster stand in one line, by the time of arrival.
"""

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tl_core import files, runs, settings
from tl_core.engine.attempts import Job
from tl_core.engine.tasks import LANES
from tl_core.machine.refusals import REFUSED

TOUCH_SECONDS = 10.0
GONE_SECONDS = 60.0
"""After so long without a sign the server of a queue is gone."""

Entry = tuple[str, float, str]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One queue as its file has it.

    Args:
        scheduler: address of the cluster that it gives its jobs to; empty for an embedded engine.
        lane: what its jobs need of a worker, one of `tasks.LANES`.
        active: run id, time of arrival, seconds since the epoch, and person's mark, of the jobs that its
            engine has.
        waiting: the same of those that wait, in order.
    """

    scheduler: str
    lane: str
    active: Sequence[Entry]
    waiting: Sequence[Entry]

    def before(self, arrived: float) -> int:
        """Return how many of its jobs come before one that arrived then."""
        return len(self.active) + sum(time < arrived for _, time, _ in self.waiting)

    def count(self, person: str) -> int:
        """Return how many jobs of a person wait in it."""
        return sum(whose == person for _, _, whose in self.waiting)


def line_of(lane: str, active: Iterable[Job], waiting: Iterable[Job]) -> Line:
    """Return the line of a queue of this process."""
    return Line(
        scheduler=settings.current().scheduler,
        lane=lane,
        active=[(job.run.id, job.arrived, job.person) for job in active],
        waiting=[(job.run.id, job.arrived, job.person) for job in waiting],
    )


class Board:
    """Where one queue shows its line, and reads those of others.

    Args:
        token: names the queue.
    """

    def __init__(self, token: str) -> None:
        self._token = token
        self._shown: Line | None = None
        self._touched = 0.0

    def show(self, line: Line) -> None:
        """Write the queue's line if it has changed, and show that the queue is there; never raises."""
        now = time.monotonic()
        if line == self._shown and now - self._touched < TOUCH_SECONDS:
            return
        with suppress(*REFUSED):  # it is written again the next time
            path = _path(self._token)
            if line == self._shown and path.exists():
                os.utime(path)
            elif line.active or line.waiting or path.exists():
                files.write_json(path, vars(line))
            self._shown, self._touched = line, now

    def remove(self) -> None:
        """Take the line away: the queue ends."""
        with suppress(OSError):
            _path(self._token).unlink(missing_ok=True)

    def others(self, scheduler: str, lane: str) -> Iterator[Line]:
        """Yield the lines of all other queues that give their jobs to the same workers."""
        for path in _folder().glob("*.json"):
            line = _read(path) if path.stem != self._token else None
            same = line and (line.scheduler, line.lane) == (scheduler, lane)
            if line and same and _age(path) < GONE_SECONDS:
                yield line


def position(token: str, run_id: str) -> int | None:
    """Return how many jobs are before a run in the queue named `token`; None if it does not wait there."""
    line = _read(_path(token)) if token.isalnum() else None
    order = [identifier for identifier, *_ in line.waiting] if line else []
    if line is None or run_id not in order:
        return None
    return len(line.active) + order.index(run_id)


def _folder() -> Path:
    return settings.current().data_dir / "queues"


def _path(token: str) -> Path:
    return _folder() / f"{token}.json"


def _age(path: Path) -> float:
    with suppress(OSError):
        return time.time() - path.stat().st_mtime
    return GONE_SECONDS


def _read(path: Path) -> Line | None:
    with suppress(*REFUSED, RecursionError, *runs.WRONG_SHAPE):
        found = files.read_json(path)
        return Line(
            scheduler=str(found["scheduler"]),
            lane=str(found.get("lane", LANES[0])),  # earlier versions had one
            active=_entries(found["active"]),
            waiting=_entries(found["waiting"]),
        )
    return None


def _entries(found: list[list[object]]) -> list[Entry]:
    return [
        (
            str(identifier),
            float(str(arrived)),
            str(whose[0]) if whose else "",
        )  # none in earlier versions
        for identifier, arrived, *whose in found
    ]
