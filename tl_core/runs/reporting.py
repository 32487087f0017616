"""How long work tells of its progress, and learns that it should stop."""

import time
from collections.abc import Callable

from tl_core.errors import JobCancelled
from tl_core.runs.run import Run

OnProgress = Callable[[int, int, str], None]
"""``on_progress(done, total, message)``; may raise `JobCancelled`."""

SECONDS_BETWEEN_LINES = 0.25
SECONDS_BETWEEN_LOOKS = 0.05


class Reporter:
    """Writes one phase's progress to the run book, and raises when somebody has pressed Stop.

    Args:
        run: the run that the phase belongs to.
        phase: what it is called, in English and marked with `N_`; or the short name of one that several kinds
            of jobs have, a key of `PHASES` in `tl_core.ui.job_panel`.
        total: units of work, if known at the start: draws the bar before the first unit is done.
        done: units that an earlier attempt has done.

    Raises:
        JobCancelled: at any call, when the run is to stop.
    """

    def __init__(self, run: Run, phase: str, total: int = 0, done: int = 0) -> None:
        self._run = run
        self._phase = phase
        self._written = 0.0
        self._looked = 0.0
        if total:
            self(done, total)

    def __call__(self, done: int, total: int, message: str = "") -> None:
        """Report that `done` of `total` units are done; cheap enough to call for every unit."""
        now = time.monotonic()
        if now - self._looked >= SECONDS_BETWEEN_LOOKS:
            self._looked = now
            check_cancel(self._run)
        if now - self._written >= SECONDS_BETWEEN_LINES or 0 < total <= done:
            self._written = now
            self._run.append("progress", phase=self._phase, done=done, total=total, message=message)


def check_cancel(run: Run) -> None:
    """Raise when somebody has pressed Stop.

    Raises:
        JobCancelled: the run is to stop.
    """
    if run.cancel_requested:
        raise JobCancelled("This job was stopped.")
