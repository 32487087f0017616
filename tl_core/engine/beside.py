"""A place beside the trainings for a small one, so that nobody waits half an hour for ten seconds.

Policy. While every training that runs has long to go, the first small one in the line starts beside it, in a
worker of its own, which is replaced afterwards and takes no memory in between. Where the memory does not
suffice for a second training, it waits like the others. How long one takes is counted from its settings
(`tl_core.run_book.expected`), rather too long than too short; one that runs is known by its own pace.
"""

import time
from collections.abc import Sequence

import psutil

from tl_core import settings
from tl_core.engine.attempts import Attempt, Job
from tl_core.engine.pace import phase_seconds
from tl_core.engine.tasks import BESIDE
from tl_core.runs.cost import Cost

SMALL_SECONDS = 60.0
"""What a training takes at most that starts beside another one."""
LONG_SECONDS = 60.0
"""What the other one still takes at least, or has taken already."""


def main_places(running: Sequence[Attempt]) -> int:
    """Return how many of the jobs that run take a place of their own, and not one beside the others."""
    return sum(one.place != BESIDE for one in running)


def choose(ready: Sequence[Job], running: Sequence[Attempt]) -> Job | None:
    """Return the job that starts beside those that run, or None if none is to.

    Args:
        ready: what waits, in order.
        running: what the engine has.
    """
    for job in ready:
        if job.cost and job.cost.seconds <= SMALL_SECONDS:
            fits = all(map(_has_long_to_go, running)) and _memory_suffices(job.cost)
            return job if fits else None
    return None


def _has_long_to_go(attempt: Attempt) -> bool:
    passed = time.monotonic() - attempt.started
    whole = attempt.job.cost.seconds if attempt.job.cost else 0.0
    left = max(whole - passed, phase_seconds(attempt.job.run) or 0.0)
    return left > LONG_SECONDS or passed > LONG_SECONDS


def _memory_suffices(cost: Cost) -> bool:
    if settings.current().scheduler:
        return True  # on another machine, which nobody here can look into
    return bool(cost.memory <= psutil.virtual_memory().available)
