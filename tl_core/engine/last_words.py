"""How jobs ended, written to their runs: now, or as soon as the disk takes it."""

import logging
from contextlib import suppress

from tl_core.engine.sentences import error_values
from tl_core.errors import LabError, RunNotFound
from tl_core.machine.refusals import REFUSED
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState, Standing, recorded

logger = logging.getLogger(__name__)

Word = tuple[Run, JobState, LabError | None]


class LastWords:
    """The last words of one queue's jobs; not for two threads at once."""

    def __init__(self) -> None:
        self._kept: dict[str, Word] = {}

    def write(self, run: Run, state: JobState, error: LabError | None = None) -> None:
        """Write how a job ended, unless its worker has; keeps the word where the disk does not take it."""
        self.forget(run)
        with suppress(RunNotFound):  # gone or damaged
            try:
                if recorded(run)[0].state.live:
                    run.append("state", state=state, **error_values(error))
            except REFUSED as reason:
                logger.warning("run %s: %s could not be written: %s", run.id, state, reason)
                self._kept[run.id] = (run, state, error)

    def kept(self) -> list[Word]:
        """Return what is still to be written."""
        return list(self._kept.values())

    def forget(self, run: Run) -> None:
        """Drop the word on a job: it is no longer the last."""
        self._kept.pop(run.id, None)

    def standing(self, run_id: str) -> Standing | None:
        """Return how a run ended if no file says so yet, else None."""
        if run_id not in self._kept:
            return None
        _, state, error = self._kept[run_id]
        return Standing(state=state, error=error.sentence if error else None)
