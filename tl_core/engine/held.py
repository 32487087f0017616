"""What a queue holds, and what it tells of that."""

import threading
import uuid
from collections.abc import Iterator

from tl_core import settings
from tl_core.engine import places
from tl_core.engine.attempts import Attempt, Job
from tl_core.engine.fair import FairLine
from tl_core.engine.last_words import LastWords
from tl_core.engine.pace import Pace
from tl_core.engine.stops import Stops
from tl_core.runs import Run
from tl_core.runs.snapshots import Standing, owner_of


class Held:
    """Jobs that wait and jobs that run, and how long that takes; `tl_core.engine.queue` moves them.

    Args:
        lane: what they need of a worker, one of `tasks.LANES`.
    """

    _stops: Stops

    def __init__(self, lane: str) -> None:
        self._lane = lane
        self._lock = threading.RLock()
        self._waiting = FairLine()
        self._active: dict[str, Attempt] = {}
        self._slots = 0
        self._words = LastWords()
        self._pace = Pace()
        self._token = uuid.uuid4().hex
        self._board = places.Board(self._token)

    def counts(self) -> tuple[int, int]:
        """Return how many jobs run and how many wait."""
        with self._lock:
            return len(self._active), len(self._waiting)

    def jobs(self) -> tuple[list[Attempt], list[Job]]:
        """Return what runs, and what waits in the order in which it is to start."""
        with self._lock:
            return list(self._active.values()), list(self._waiting)

    def position(self, run: Run) -> int | None:
        """Return how many jobs are before `run`, those that run included; None if it does not wait."""
        with self._lock:
            job = self._waiting.get(run.id)
            before = len(self._active) + self._waiting.place(run.id) if job else 0
        if job is None:
            queue = owner_of(run).get("queue", "")
            # What this queue has told others may be half a second old.
            return None if queue == self._token else places.position(queue, run.id)
        return before + sum(line.before(job.arrived) for line in self._others())

    def seconds_until_start(self, run: Run) -> float | None:
        """Return in how many seconds a waiting job starts, by the pace so far; None if nothing tells."""
        with self._lock:
            if run.id not in self._waiting:
                return None
            waiting = (self.position(run) or 0) - len(self._active)
            return self._pace.seconds_until_start(self._left(), waiting, self._slots)

    def standing(self, run_id: str) -> Standing | None:
        """Return how a run stands here, or None if it is not held."""
        with self._lock:
            if run_id not in self._waiting and (ended := self._words.standing(run_id)):
                return ended
            if run_id in self._waiting or run_id in self._active:
                return Standing(cancelling=run_id in self._stops)
            return None

    def _others(self) -> Iterator[places.Line]:
        """Yield the lines of other web processes that give their jobs to the same workers."""
        if scheduler := settings.current().scheduler:
            yield from self._board.others(scheduler, self._lane)

    def _left(self) -> list[float | None]:
        return [self._pace.seconds_left(a.job.run, a.started) for a in self._active.values()]
