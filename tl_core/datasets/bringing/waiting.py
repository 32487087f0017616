"""What waits to be imported: where it is, how long it stays, and how much of it there may be.

    uploads/<sha256>.zip  an archive, until its import is over; a stopped import can go on with it for a day
    staging/<token>/      one visitor's files (see `staging`); a day after the last change

Where all of it together is more than ``TL_UPLOAD_QUOTA_MB``, zips of imports that are over leave first: their
owner has another copy. Collected photos never leave early.
"""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tl_core import runs, settings
from tl_core.datasets.dataset import is_digest
from tl_core.datasets.job_configs import ImportConfig, ImportFilesConfig, ScanConfig
from tl_core.errors import LabError
from tl_core.machine.quotas import check_waiting, folder_bytes
from tl_core.runs import Run
from tl_core.runs.run import gone
from tl_core.runs.snapshots import JobState, snapshot

KEEP_SECONDS = 24 * 3600.0
SECONDS_BETWEEN_LOOKS = 30.0
"""A folder of thousands of photos comes file by file: the disk is not asked for each of them."""
OVER = (JobState.DONE, JobState.CANCELLED, JobState.FAILED)
"""An import that is only said to be interrupted may go on with another server of the same folder."""
REFUSED = "refused"
"""In the folder of an import that cannot end otherwise with these choices."""
UPLOAD_KINDS = (ScanConfig.KIND, ImportConfig.KIND)
"""The kinds of jobs that read an upload."""


def uploads_dir() -> Path:
    """Return the folder of the zips; it may not exist yet."""
    return settings.current().data_dir / "uploads"


def staging_dir() -> Path:
    """Return the folder of all collected files; it may not exist yet."""
    return settings.current().data_dir / "staging"


def upload_path(run: Run) -> Path:
    """Return where the archive that a scan or an import is about waits for a worker.

    Raises:
        RunNotFound: the run is about none, or is damaged.
    """
    digest = run.config.get("sha256")
    if not is_digest(digest):
        raise gone(run.id)
    return uploads_dir() / f"{digest}.zip"


def refused_for_good(run: Run, state: JobState) -> bool:
    """Whether another attempt cannot end otherwise: a refused upload is no longer kept.

    One that failed for another reason, such as a full disk, still waits.
    """
    if state is not JobState.FAILED:
        return False
    if run.kind in UPLOAD_KINDS:
        return (run.folder / REFUSED).exists() or not upload_path(run).exists()
    return run.kind == ImportFilesConfig.KIND


@dataclass
class _Look:
    """What the disk said when it was asked last, and what was let in since."""

    folder: Path | None = None
    time: float = 0.0
    used: int = 0


_last = _Look()
_looking = threading.Lock()


def make_room(size: int) -> None:
    """Let `size` more bytes wait; removes zips of imports that are over where the quota demands it.

    Raises:
        DatasetRefused: that is not enough.
    """
    with _looking:
        here, now = settings.current().data_dir, time.monotonic()
        if _last.folder != here or now - _last.time > SECONDS_BETWEEN_LOOKS:
            _look(here, now)
        if _last.used + size > settings.current().upload_quota_mb * 10**6:
            _look(here, now)  # something may have been imported since
            _last.used -= _drop_zips(_last.used + size - settings.current().upload_quota_mb * 10**6)
        check_waiting(_last.used, size)
        _last.used += size


def sweep() -> int:
    """Remove what nobody will import any more; returns how many uploads and visitors' folders."""
    oldest = time.time() - KEEP_SECONDS
    return _sweep_uploads(oldest) + _sweep_staging(oldest)


def _look(folder: Path, now: float) -> None:
    _last.folder, _last.time = folder, now
    _last.used = folder_bytes(uploads_dir()) + folder_bytes(staging_dir())


@dataclass(frozen=True)
class _Upload:
    """An archive that waits, the last sign of a job that reads it, and the states of these jobs."""

    path: Path
    size: int
    changed: float
    states: tuple[JobState, ...]
    imported: bool

    @property
    def over(self) -> bool:
        """Whether all jobs about it have ended; a scan that is done waits for its import."""
        return bool(self.states) and all(state in OVER for state in self.states)


def _drop_zips(excess: int) -> int:
    """Remove the oldest zips whose imports are over until `excess` bytes are gone; returns how many went."""
    freed = 0
    for upload in sorted(_uploads(), key=lambda upload: upload.changed):
        if freed >= excess:
            break
        if upload.over:
            upload.path.unlink(missing_ok=True)
            freed += upload.size
    return freed


def _sweep_uploads(oldest: float) -> int:
    gone = 0
    for upload in _uploads():
        live = any(state.live for state in upload.states)
        if (upload.imported and not live) or (upload.changed < oldest and not live):
            upload.path.unlink(missing_ok=True)
            gone += 1
    return gone


def _uploads() -> Iterator[_Upload]:
    """Yield every archive that waits."""
    paths = list(uploads_dir().glob("*.zip"))
    readers = [run for kind in UPLOAD_KINDS for run in runs.list_runs(kind)] if paths else []
    for path in paths:
        states: list[JobState] = []
        imported = False
        with suppress(FileNotFoundError):
            found = path.stat()
            times = [found.st_mtime]
            for run in readers:
                if run.config.get("sha256") != path.stem:
                    continue
                with suppress(OSError, LabError):
                    times.append((run.folder / runs.PROGRESS).stat().st_mtime)
                    states.append(snapshot(run).state)
                    imported |= run.kind == ImportConfig.KIND and states[-1] is JobState.DONE
            yield _Upload(path, found.st_size, max(times), tuple(states), imported)


def _sweep_staging(oldest: float) -> int:
    old = [path for path in staging_dir().glob("*") if _is_older(path, oldest)]
    needed = set(_tokens_in_use()) if old else set()
    unneeded = [path for path in old if path.name not in needed]
    for path in unneeded:
        shutil.rmtree(path, ignore_errors=True)
    return len(unneeded)


def _is_older(path: Path, oldest: float) -> bool:
    try:
        return path.stat().st_mtime < oldest
    except FileNotFoundError:  # imported meanwhile
        return False


def _tokens_in_use() -> Iterator[str]:
    """Yield whose files an import waits for or reads now."""
    for run in runs.list_runs(ImportFilesConfig.KIND):
        with suppress(LabError):
            if snapshot(run).state.live:
                yield str(run.config.get("staging"))
