"""What is said of a job that the engine could not take or end."""

from tl_core.checks import Json
from tl_core.errors import EngineUnavailable, JobCancelled, LabError, NotAllowed, QueueFull
from tl_core.wording import Sentence

SECONDS_A_MINUTE = 60


def error_values(error: LabError | None) -> Json:
    """Return an error as it stands in a progress file."""
    return error.sentence.to_json() if error else {}


def whole_minutes(seconds: float) -> int:
    """Return a time as it is said to those who wait: whole minutes, at least one."""
    return max(round(seconds / SECONDS_A_MINUTE), 1)


def queue_full(limit: int, seconds: float | None) -> QueueFull:
    """Return the refusal of one job too many.

    Args:
        limit: how many jobs wait.
        seconds: until the next of them starts, or None if nothing tells.
    """
    if seconds is None:
        return QueueFull(
            "{limit} jobs are waiting already. Wait until some have ended, then try again.",
            limit=limit,
        )
    minutes = whole_minutes(seconds)
    if minutes == 1:
        return QueueFull(
            "{limit} jobs are waiting already. A place becomes free in about a minute: try again then.",
            limit=limit,
        )
    return QueueFull(
        "{limit} jobs are waiting already. A place becomes free in about {minutes} minutes: try again then.",
        limit=limit,
        minutes=minutes,
    )


def too_many_of_one(most: int) -> QueueFull:
    """Return the refusal of a pupil's job beyond those that may wait."""
    if most == 1:
        return QueueFull(
            "A job of yours of this kind is waiting already, and each pupil may have 1. Wait until it has "
            "started, or stop it, then try again."
        )
    return QueueFull(
        "{most} of your jobs of this kind are waiting already, as many as each pupil may have. Wait until "
        "one of them has started, or stop one, then try again.",
        most=most,
    )


def too_long(minutes: int) -> JobCancelled:
    """Return what is said of a pupil's job that has run for as long as it may."""
    return JobCancelled(
        "It ran for {minutes} minutes, as long as a job of a pupil may. Choose fewer epochs, fewer or "
        "smaller photos, or a smaller backbone; or ask your teacher for more time, then press Resume.",
        minutes=minutes,
    )


def stopped_after(said: Sentence | None) -> int | None:
    """Return after how many minutes a job was stopped for its time, by what was said of it then.

    Args:
        said: see `too_long`; anything else is no such stop, and gives None.
    """
    if said is None or said.template != too_long(0).sentence.template:
        return None
    minutes = said.values["minutes"]
    return minutes if isinstance(minutes, int) else None


def no_more_time(minutes: int) -> NotAllowed:
    """Return the refusal of a pupil's job that would be stopped for its time again."""
    return NotAllowed(
        "This was stopped after {minutes} minutes, and a job of a pupil may still run no longer. Ask your "
        "teacher for more time, or choose fewer epochs, fewer or smaller photos, or a smaller backbone.",
        minutes=minutes,
    )


def sentence_of(error: BaseException) -> LabError:
    """Return what is said of a job that ended with `error`, outside its own code."""
    if isinstance(error, LabError):
        return error
    if type(error).__name__ == "KilledWorker":
        return EngineUnavailable(
            "The worker ended again and again while it ran this, most likely for lack of memory. "
            "Choose a smaller image size, batch or backbone."
        )
    return EngineUnavailable(
        "The engine could not run this job ({kind}). Start it again; if it fails again, tell your teacher.",
        kind=type(error).__name__,
    )
