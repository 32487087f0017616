"""What the machine refuses, in words: a full, read-only or missing disk, no memory, too many open files.

Libraries say it in many ways: an `OSError` with a number, one without, an exception of their own with the
system's words in it, or one of these behind another. `explain` finds it in all of them, and names the folder
and the variable that sets it. Whatever is no refusal of the machine is left as it is: it may be a bug.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tl_core import settings
from tl_core.errors import DiskUnusable, LabError, MemoryShort, SettingInvalid
from tl_core.wording import N_, Sentence

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
FULL_BELOW_BYTES = 1_000_000
"""With less than this no job can go on: what a page says before anybody presses a button."""

IS_FULL = N_(
    "The disk is full: nothing more fits into {folder} ({variable}). Delete runs or datasets that are no "
    "longer used, or have other files removed there, and try again."
)
IS_READ_ONLY = N_(
    "Nothing can be written into {folder} ({variable}), because its disk is read-only. Whoever runs the lab "
    "has to make it writable, or set {variable} to another folder."
)
IS_FORBIDDEN = N_(
    "The lab may not read and write in {folder} ({variable}). Whoever runs the lab has to give it the right "
    "to, or set {variable} to another folder."
)
IS_GONE = N_(
    "The folder {folder} ({variable}) is not there. Whoever runs the lab has to bring its disk back or to "
    "make the folder, or set {variable} to another one."
)
IS_A_FILE = N_(
    "The lab needs a folder where the file {folder} is ({variable}). Whoever runs the lab has to move that "
    "file away, or set {variable} to another folder."
)
IS_BROKEN = N_(
    "The disk of {folder} ({variable}) fails: it can no longer be read or written. Whoever runs the lab has "
    "to check it, or set {variable} to another folder."
)
NO_HOME = N_(
    "The lab has nowhere to keep datasets and runs: its account has no home folder. Whoever runs the lab has "
    "to set {variable} to a folder."
)


@dataclass(frozen=True)
class _Place:
    """A folder that the lab writes to or reads from, and the variable that sets it."""

    variable: str
    folder: Path

    def unusable(self, template: str, at: Path | None = None) -> DiskUnusable:
        values = {"folder": str(at or self.folder), "variable": self.variable}
        return DiskUnusable.restored(Sentence(template=template, values=values))


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


def data_folder_trouble(*, to_write: bool = True) -> DiskUnusable | None:
    """Return what keeps the lab from using its data folder now; None if nothing does. Costs a few `stat`.

    A folder that is not there yet, and can be made, is no trouble.

    Args:
        to_write: whether it also counts that nothing can be written there.

    Raises:
        SettingInvalid: a variable holds a value that cannot be used.
    """
    data = _places()[0]
    if data.folder == settings.NOWHERE:
        return data.unusable(NO_HOME)
    found = next(one for one in (data.folder, *data.folder.parents) if os.path.lexists(one))
    if not found.is_dir():
        return data.unusable(IS_A_FILE, found)
    if not os.access(found, os.R_OK | os.X_OK):
        return data.unusable(IS_FORBIDDEN)
    if found != data.folder and not os.access(found, os.W_OK):
        return data.unusable(IS_GONE)
    return _write_trouble(data, found) if to_write else None


def _write_trouble(place: _Place, found: Path) -> DiskUnusable | None:
    if _is_read_only(found):
        return place.unusable(IS_READ_ONLY)
    if not os.access(found, os.W_OK):
        return place.unusable(IS_FORBIDDEN)
    return place.unusable(IS_FULL) if _free(found) < FULL_BELOW_BYTES else None


def _places() -> tuple[_Place, ...]:
    """Return the data folder, then the others; a path belongs to the first that it lies in."""
    config = settings.current()
    found = [_Place("TL_DATA_DIR", config.data_dir.absolute())]
    if config.weights_dir:
        found.append(_Place("TL_WEIGHTS_DIR", config.weights_dir.absolute()))
    with suppress(FileNotFoundError):  # Python finds no folder that can be written
        found.append(_Place("TMPDIR", Path(tempfile.gettempdir())))
    return tuple(found)


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


def _place_of(code: int, path: Path | None) -> _Place | None:
    places = _places()
    if path is not None:
        return next((one for one in places if path.is_relative_to(one.folder)), None)
    full = (one for one in places if code in FULL and _is_full(one))
    return next(full, places[0])


def _explain_missing(place: _Place, path: Path) -> DiskUnusable | None:
    """Explain a path that is not there by its folder; if the folder is there, it is something else."""
    for one in (*reversed(path.parents), path):
        if os.path.lexists(one) and not one.is_dir():
            return place.unusable(IS_A_FILE, one)
    return None if place.folder.is_dir() else place.unusable(IS_GONE)


def _is_full(place: _Place) -> bool:
    return _free(place.folder) < FULL_BELOW_BYTES


def _free(folder: Path) -> float:
    """Return the bytes that are free on the disk of `folder`; without end where nobody can tell."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return float("inf")


def _is_read_only(folder: Path) -> bool:
    """Whether the disk is mounted without the right to write; Windows has no such thing to ask for."""
    return hasattr(os, "statvfs") and bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
