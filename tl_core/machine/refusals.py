"""What the machine refuses, in words: a full, read-only or missing disk, no memory, too many open files.

Libraries say it in many ways: an `OSError` with a number, one without, an exception of their own with the
system's words in it, or one of these behind another. `explain` finds it in all of them, and names the folder
and the variable that sets it. Whatever is no refusal of the machine is left as it is: it may be a bug.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tl_core import settings
from tl_core.errors import DiskUnusable, LabError, MemoryShort, SettingInvalid
from tl_core.machine.folders import (
    IS_A_FILE,
    IS_BROKEN,
    IS_FORBIDDEN,
    IS_FULL,
    IS_GONE,
    IS_READ_ONLY,
    NO_HOME,
    Place,
    places,
)

FULL = (errno.ENOSPC, errno.EDQUOT)
BROKEN = (errno.EIO, errno.ESTALE, errno.ENODEV, errno.ENXIO)
FORBIDDEN = (errno.EACCES, errno.EPERM)
MISSING = (errno.ENOENT, errno.ENOTDIR, errno.EEXIST)
CROWDED = (errno.EMFILE, errno.ENFILE)
IN_WORDS = (*FULL, errno.EROFS, errno.EIO)
"""What only a disk says, so that it is believed in words too, as libraries pass it on."""
SHORT_WRITE = " requested and "
"""NumPy says of a full disk only how little of an array was written."""
SCARCE = (errno.ENOMEM,)
REFUSED = (OSError, DiskUnusable, MemoryShort)
"""What reading and writing raise where the machine refuses it, in words already or not."""
OUT_OF_MEMORY = {"MemoryError", "ResourceExhaustedError"}
"""The second is TensorFlow's, which the plain layer does not import."""


def explain(error: BaseException) -> LabError | None:
    """Return the sentence for what the machine refused, or None if `error` is something else.

    Args:
        error: as it was caught; what it was raised from, or while handling, counts too.

    Example:
        >>> explain(ZeroDivisionError()) is None
        True
    """
    try:
        found = (_explain_one(one) for one in _with_causes(error))
        return next((sentence for sentence in found if sentence), None)
    except SettingInvalid as invalid:  # there is no telling which folder it is
        return invalid


def system_code(error: BaseException) -> int | None:
    """Return the system's number for what `explain` explains: all that an exit status can say."""
    for one in _with_causes(error):
        if _explain_one(one):
            return _code(one)
    return None


@contextmanager
def explained() -> Iterator[None]:
    """Raise what the machine refuses inside the block as a `LabError`; other errors pass as they are.

    Raises:
        DiskUnusable: a disk is full, read-only, gone, or fails.
        MemoryShort: the memory, or the number of open files, does not suffice.
    """
    try:
        yield
    except LabError:
        raise
    except Exception as error:
        if sentence := explain(error):
            raise sentence from error
        raise


def of_the_machine(error: BaseException) -> bool:
    """Whether an error says nothing of the file that was asked for: its disk fails, or too many are open."""
    return _code(error) in (*BROKEN, *CROWDED)


def _with_causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        hidden = None if error.__suppress_context__ else error.__context__
        error = error.__cause__ or hidden


def _explain_one(error: BaseException) -> LabError | None:
    code = _code(error)
    if code in CROWDED:
        return MemoryShort(
            "Too many files are open on this server at once. Try again in a minute; whoever runs the lab can "
            "raise the limit (ulimit -n)."
        )
    if code in SCARCE:
        return MemoryShort(
            "The memory of this server does not suffice for this. Choose a smaller image size, batch or "
            "backbone, or try again when less is going on."
        )
    return None if code is None else _explain_disk(code, _path(error))


def _code(error: BaseException) -> int | None:
    """Return the system's number for what went wrong, also where a library has only passed on its words."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    if isinstance(error, LabError):
        return None
    text = str(error)
    if said := [code for code in IN_WORDS if os.strerror(code) in text]:
        return said[0]
    if isinstance(error, OSError) and SHORT_WRITE in text:
        return errno.ENOSPC
    kinds = {kind.__name__ for kind in type(error).__mro__}
    return errno.ENOMEM if kinds & OUT_OF_MEMORY else None


def _path(error: BaseException) -> Path | None:
    name = getattr(error, "filename", None)
    return Path(os.fsdecode(name)).absolute() if isinstance(name, str | bytes) else None


def _explain_disk(code: int, path: Path | None) -> DiskUnusable | None:
    place = _place_of(code, path)
    if place is None:
        return None
    if place.folder == settings.NOWHERE:
        return place.unusable(NO_HOME)
    templates = {
        **dict.fromkeys(FULL, IS_FULL),
        **dict.fromkeys(BROKEN, IS_BROKEN),
        errno.EROFS: IS_READ_ONLY,
    }
    if code in templates:
        return place.unusable(templates[code])
    if path is None:  # a connection may be forbidden too
        return None
    if code in FORBIDDEN:
        inside = path != place.folder
        return place.unusable(IS_FORBIDDEN, path.parent if inside else path)
    return _explain_missing(place, path) if code in MISSING else None


def _place_of(code: int, path: Path | None) -> Place | None:
    known = places()
    if path is not None:
        return next((one for one in known if path.is_relative_to(one.folder)), None)
    full = (one for one in known if code in FULL and one.full)
    return next(full, known[0])


def _explain_missing(place: Place, path: Path) -> DiskUnusable | None:
    """Explain a path that is not there by its folder; if the folder is there, it is something else."""
    for one in (*reversed(path.parents), path):
        if os.path.lexists(one) and not one.is_dir():
            return place.unusable(IS_A_FILE, one)
    return None if place.folder.is_dir() else place.unusable(IS_GONE)
