"""How many jobs may wait, of all and of a pupil, and how long a pupil's may run."""

from collections.abc import Iterable, Sequence

from tl_core.engine.attempts import Attempt
from tl_core.engine.fair import FairLine
from tl_core.engine.places import Line
from tl_core.engine.sentences import (
    SECONDS_A_MINUTE,
    no_more_time,
    queue_full,
    stopped_after,
    too_long,
    too_many_of_one,
)
from tl_core.errors import LabError
from tl_core.teacher import read_limits
from tl_core.wording import Sentence


class QueueLimits:
    """The limits of one queue; those of pupils are read anew each time, a teacher may change them.

    Args:
        most: jobs that may wait, whoever asked for them.
    """

    def __init__(self, most: int) -> None:
        self._most = most

    def check(
        self,
        waiting: FairLine,
        pupil: str | None,
        elsewhere: Iterable[Line],
        left: Sequence[float | None],
    ) -> None:
        """Refuse one job too many.

        Args:
            waiting: the jobs that wait here.
            pupil: mark of the pupil who asks; None for somebody who may have as many as there is room for.
            elsewhere: what other web processes give to the same workers.
            left: how many seconds each job that runs still takes, or None if nothing tells.

        Raises:
            QueueFull: too many wait, or too many of this pupil.
        """
        if len(waiting) >= self._most:
            known = [seconds for seconds in left if seconds is not None]
            raise queue_full(self._most, min(known, default=None))
        if pupil is None:
            return
        most = read_limits().jobs
        if waiting.count(pupil) + sum(line.count(pupil) for line in elsewhere) >= most:
            raise too_many_of_one(most)

    def check_time(self, said: Sentence | None, spent: float) -> None:
        """Refuse a pupil's job that was stopped for its time, as long as it would be given no more.

        Args:
            said: of the end of its last attempt.
            spent: seconds that all its attempts ran.

        Raises:
            NotAllowed: the limit has not been raised since.
        """
        minutes = max(stopped_after(said) or 0, int(spent // SECONDS_A_MINUTE))
        if minutes >= read_limits().minutes:
            raise no_more_time(minutes)

    def overdue(self, attempt: Attempt) -> LabError | None:
        """Return what is said of a pupil's job whose attempts run for too long; None for any other."""
        if not attempt.job.limited:
            return None
        minutes = read_limits().minutes
        return too_long(minutes) if attempt.spent >= minutes * SECONDS_A_MINUTE else None
