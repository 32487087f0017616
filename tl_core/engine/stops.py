"""Jobs that run and are to stop: why, and the end of those that do not heed it."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tl_core.engine.attempts import Attempt
from tl_core.errors import LabError
from tl_core.runs import Run

logger = logging.getLogger(__name__)

GRACE_SECONDS = 3.5
"""How long a running job gets to see its cancel flag before its worker is restarted."""


class Stops:
    """What one queue's jobs are to stop for; a stop holds whether or not its flag could be written.

    Args:
        enforce: ends an attempt that goes on after `GRACE_SECONDS`; called in a thread of its own.
    """

    def __init__(self, enforce: Callable[[Attempt], None]) -> None:
        self._enforce = enforce
        self._wanted: dict[str, LabError | None] = {}
        self._enforced: set[str] = set()

    def __contains__(self, run_id: object) -> bool:
        return run_id in self._wanted

    def see_to(self, attempt: Attempt, reason: LabError | None = None) -> None:
        """Give a running job its time to stop, then end it.

        Args:
            attempt: of the job.
            reason: what is said of it where nobody has pressed Stop.
        """
        self._wanted.setdefault(attempt.job.run.id, reason)
        if attempt.token in self._enforced:
            return
        self._enforced.add(attempt.token)
        timer = threading.Timer(GRACE_SECONDS, self._enforce, [attempt])
        timer.daemon = True
        timer.start()

    def wanted(self, run: Run) -> bool:
        """Whether a run is to stop, by this queue or by the flag of another process."""
        return run.id in self._wanted or run.cancel_requested

    def reason(self, run: Run) -> LabError | None:
        """Return what is to be said of a run that stops, beside that."""
        return self._wanted.get(run.id) or run.cancel_reason

    def forget(self, run: Run) -> None:
        """Stop a run no more: it has ended, or was asked for again."""
        self._wanted.pop(run.id, None)

    @contextmanager
    def expecting_loss(self, run: Run) -> Iterator[None]:
        """Let the worker of `run` be ended inside the block, whatever becomes of that."""
        try:
            yield
        except Exception as error:  # the engine is going, and takes its workers along
            logger.warning("the worker of run %s could not be restarted: %s", run.id, error)

    def over(self, attempt: Attempt) -> None:
        """Drop the end of an attempt: its time has come."""
        self._enforced.discard(attempt.token)
