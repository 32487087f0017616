"""The folders that operators set, and what may be wrong with each, in words."""

import functools
import logging
import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tl_core import settings
from tl_core.errors import DiskUnusable, SettingInvalid
from tl_core.wording import N_, Sentence

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

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """A folder that the lab writes to or reads from, and the variable that sets it."""

    variable: str
    folder: Path

    @property
    def full(self) -> bool:
        """Whether nothing more fits into it."""
        return _free(self.folder) < FULL_BELOW_BYTES

    def unusable(self, template: str, at: Path | None = None) -> DiskUnusable:
        """Return the error of this template, about the folder itself or one `at` a path in it."""
        values = {"folder": str(at or self.folder), "variable": self.variable}
        return DiskUnusable.restored(Sentence(template=template, values=values))


def data_folder_trouble(*, to_write: bool = True) -> DiskUnusable | None:
    """Return what keeps the lab from using its data folder now; None if nothing does. Costs a few `stat`.

    A folder that is not there yet, and can be made, is no trouble.

    Args:
        to_write: whether it also counts that nothing can be written there.

    Raises:
        SettingInvalid: a variable holds a value that cannot be used.
    """
    data = places()[0]
    if data.folder == settings.NOWHERE:
        return data.unusable(NO_HOME)
    found = next(one for one in (data.folder, *data.folder.parents) if os.path.lexists(one))
    if not found.is_dir():
        return data.unusable(IS_A_FILE, found)
    if not os.access(found, os.R_OK | os.X_OK):
        return data.unusable(IS_FORBIDDEN)
    if found != data.folder and not os.access(found, os.W_OK):
        return data.unusable(IS_GONE)
    # A folder in it may be another's: of an account that ran the lab before, or a disk of its own.
    folders = (found, *_folders_in(data.folder)) if to_write else ()
    return next((trouble for each in folders if (trouble := _write_trouble(data, each))), None)


@functools.cache
def report_trouble() -> None:
    """Say on the console, once in a process, what keeps the lab from its data folder or from its settings."""
    try:
        trouble: DiskUnusable | SettingInvalid | None = data_folder_trouble()
    except SettingInvalid as error:
        trouble = error
    if trouble:
        log.error("%s", trouble)


def _write_trouble(place: Place, found: Path) -> DiskUnusable | None:
    at = found if found.is_relative_to(place.folder) else None
    try:
        if _is_read_only(found):
            return place.unusable(IS_READ_ONLY, at)
    except FileNotFoundError:  # removed meanwhile
        return None
    if not os.access(found, os.W_OK):
        return place.unusable(IS_FORBIDDEN, at)
    return place.unusable(IS_FULL, at) if _free(found) < FULL_BELOW_BYTES else None


def _folders_in(folder: Path) -> list[Path]:
    try:
        return [Path(each.path) for each in os.scandir(folder) if each.is_dir()]
    except OSError:  # not made yet
        return []


def places() -> tuple[Place, ...]:
    """Return the data folder, then the others; a path belongs to the first that it lies in."""
    config = settings.current()
    found = [Place("TL_DATA_DIR", config.data_dir.absolute())]
    if config.weights_dir:
        found.append(Place("TL_WEIGHTS_DIR", config.weights_dir.absolute()))
    if config.network_dir:
        found.append(Place("TL_NETWORK_DIR", config.network_dir.absolute()))
    with suppress(FileNotFoundError):  # Python finds no folder that can be written
        found.append(Place("TMPDIR", Path(tempfile.gettempdir())))
    return tuple(found)


def _free(folder: Path) -> float:
    """Return the bytes that are free on the disk of `folder`; without end where nobody can tell."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return float("inf")


def _is_read_only(folder: Path) -> bool:
    """Whether the disk is mounted without the right to write; Windows has no such thing to ask for."""
    return hasattr(os, "statvfs") and bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
