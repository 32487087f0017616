"""How long jobs take here, from the last that were done, so that those who wait can be told."""

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from tl_core.errors import LabError
from tl_core.runs import Run
from tl_core.runs.snapshots import snapshot

JOBS_REMEMBERED = 10


@dataclass
class Pace:
    """The durations of the last jobs, in seconds."""

    _last: deque[float] = field(default_factory=lambda: deque(maxlen=JOBS_REMEMBERED))

    def add(self, seconds: float) -> None:
        """Remember what a job that is done took."""
        self._last.append(seconds)

    @property
    def typical(self) -> float | None:
        """Mean seconds of a job, or None before the first is done."""
        return sum(self._last) / len(self._last) if self._last else None

    def seconds_left(self, run: Run, started: float) -> float | None:
        """Return how long a running job still takes, or None if nothing tells.

        Args:
            run: the job.
            started: when it began, as `time.monotonic` counts.
        """
        phase = phase_seconds(run)
        if self.typical is None:
            return phase
        return max(self.typical - (time.monotonic() - started), phase or 0.0)

    def seconds_until_start(
        self, left: Sequence[float | None], waiting: int, slots: int
    ) -> float | None:
        """Return when a job starts that has `waiting` others before it, or None if nothing tells.

        Args:
            left: `seconds_left` of every running job.
            waiting: how many jobs start before it.
            slots: how many jobs run at once.
        """
        running = [seconds for seconds in left if seconds is not None]
        if not slots or len(running) < len(left) or (waiting and self.typical is None):
            return None
        return (sum(running) + waiting * (self.typical or 0.0)) / slots


def phase_seconds(run: Run) -> float | None:
    """Return what is left of the phase that a job is in, by its own pace, or None if nothing tells."""
    try:
        phases = snapshot(run).phases
    except LabError:
        return None
    return phases[-1].seconds_left if phases else None
