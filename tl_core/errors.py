"""Every error that a person may see, and nothing else.

    LabError
    ├── SettingInvalid       a control, a URL or a TL_* variable holds a value that cannot be used
    ├── ImageRefused         a file is not a usable image
    ├── DatasetRefused       a dataset cannot be read, or cannot teach
    ├── DownloadFailed       no network, a quota page, a wrong checksum
    ├── WeightsMissing       a backbone's weights are not on this machine
    ├── EngineUnavailable    the engine is starting, restarting or out of reach
    │   └── EngineBusy       a job has the engine to itself
    ├── QueueFull            too many jobs are waiting
    ├── NotAllowed           it is for others to do: the teacher, or whose it is
    ├── RunNotFound          the run book has no such run, or the run is damaged
    ├── DiskUnusable         a disk is full, read-only, gone, or fails
    ├── MemoryShort          the memory, or the number of open files, does not suffice
    └── JobCancelled         somebody pressed Stop; ends a job, and is not a fault

A message is one sentence or two: what happened, why, what to do next. It is kept as a `Sentence`, so that
the UI can translate it. Anything that is not a `LabError` is a bug and goes to the page's
error boundary.
"""

from dataclasses import replace
from typing import Any, Self

from tl_core.wording import Sentence


class LabError(Exception):
    """Base of every error whose message is meant for the person at the screen.

    Args:
        template: English text with ``str.format`` placeholders; also the key in the translation catalogue.
        **values: what goes into the placeholders; what is neither text nor a number becomes text.

    Example:
        >>> str(LabError("{name} is empty. Choose another file.", name="cat.jpg"))
        'cat.jpg is empty. Choose another file.'
    """

    def __init__(self, template: str, /, **values: Any) -> None:
        super().__init__(template, values)
        self.sentence = Sentence.of(template, values)

    @classmethod
    def restored(cls, sentence: Sentence) -> Self:
        """Return the error whose `sentence` was kept."""
        error = cls(sentence.template, **sentence.values)
        error.sentence = sentence
        return error

    def bare(self) -> Self:
        """Return this error to keep: without its traceback, which holds a file as long as it is there."""
        return self.restored(self.sentence)

    def because(self, reason: Sentence) -> Self:
        """Return this error with what stands behind it, which is said after it."""
        return self.restored(replace(self.sentence, because=reason))

    def __str__(self) -> str:
        return str(self.sentence)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).restored, (self.sentence,)


class SettingInvalid(LabError):
    """A control, a URL or a ``TL_*`` variable holds a value that cannot be used."""


class ImageRefused(LabError):
    """A file is not a usable image."""


class DatasetRefused(LabError):
    """A dataset cannot be read, or cannot teach."""


class DownloadFailed(LabError):
    """A download ended without a usable file."""


class WeightsMissing(LabError):
    """A backbone's weights are not on this machine."""


class EngineUnavailable(LabError):
    """The engine is starting, restarting or out of reach."""


class EngineBusy(EngineUnavailable):
    """A job has the engine to itself: what can wait is asked again later."""


class QueueFull(LabError):
    """Too many jobs are waiting."""


class NotAllowed(LabError):
    """It is for others to do."""


class RunNotFound(LabError):
    """The run book has no such run, or the run is damaged."""


class DiskUnusable(LabError):
    """A disk is full, read-only, gone, or fails."""


class MemoryShort(LabError):
    """The memory, or the number of open files, does not suffice."""


class JobCancelled(LabError):
    """Somebody pressed Stop; it ends a job and is not a fault."""
