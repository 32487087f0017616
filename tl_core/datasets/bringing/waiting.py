"""What waits to be imported, or to be shown to a network: where it is, how long it stays, and how much.

    uploads/<sha256>.zip  an archive, until what it came for is over; what was stopped can go on for a day
    staging/<token>/      one visitor's files (see `staging`); a day after the last change

Where all of it together is more than ``TL_UPLOAD_QUOTA_MB``, archives whose jobs are over, and at which
nobody looks, leave first: their owner has another copy. Collected photos never leave early. Several jobs
may read one archive at once: a whole class may bring what its teacher gave out.
"""

import shutil
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tl_core import runs, settings
from tl_core.datasets.dataset import is_digest
from tl_core.datasets.job_configs import (
    ImportConfig,
    ImportFilesConfig,
    ScanConfig,
    ScoreConfig,
    UnpackConfig,
)
from tl_core.errors import DatasetRefused, LabError, NotAllowed
from tl_core.machine.quotas import check_waiting, folder_bytes
from tl_core.people import Person, ownership
from tl_core.runs import Run
from tl_core.runs.run import gone
from tl_core.runs.snapshots import JobState, snapshot

KEEP_SECONDS = 24 * 3600.0
CHOOSING_SECONDS = 3600.0
"""Somebody may look at what a scan has found for this long, also when there is little room."""
SECONDS_BETWEEN_LOOKS = 30.0
"""A folder of thousands of photos comes file by file: the disk is not asked for each of them."""
OVER = (JobState.DONE, JobState.CANCELLED, JobState.FAILED)
"""An import that is only said to be interrupted may go on with another server of the same folder."""
REFUSED = "refused"
"""In the folder of an import that cannot end otherwise with these choices."""
BRINGING_KINDS = (ImportConfig.KIND, UnpackConfig.KIND)
"""The kinds of jobs after which an upload has done what it came for."""
UPLOAD_KINDS = (ScanConfig.KIND, *BRINGING_KINDS, ScoreConfig.KIND)
"""The kinds of jobs that read an upload."""


def uploads_dir() -> Path:
    """Return the folder of the zips; it may not exist yet."""
    return settings.current().data_dir / "uploads"


def staging_dir() -> Path:
    """Return the folder of all collected files; it may not exist yet."""
    return settings.current().data_dir / "staging"


def upload_path(run: Run) -> Path:
    """Return where the archive that a scan, an import or a scoring is about waits for a worker.

    Raises:
        RunNotFound: the run is about none, or is damaged.
    """
    digest = run.config.get("sha256")
    if not is_digest(digest):
        raise gone(run.id)
    return uploads_dir() / f"{digest}.zip"


def release(run: Run) -> None:
    """Remove the archive that a run has needed, unless another job reads it, or is about to.

    One that somebody looks at, who has not imported it yet, outlives a scoring.
    """
    path = upload_path(run)
    others = (one for one in _readers() if one.id != run.id)
    signs = tuple(_signs(one for one in others if one.config.get("sha256") == path.stem))
    needed = any(sign.state.live for sign in signs)
    if run.kind == ScoreConfig.KIND and signs:
        with suppress(FileNotFoundError):
            needed = needed or not _Upload(path, 0, path.stat().st_mtime, signs).over
    if not needed:
        path.unlink(missing_ok=True)


def waiting_upload(run: Run) -> Path:
    """Return the archive that a run is about.

    Raises:
        DatasetRefused: it is no longer there.
    """
    upload = upload_path(run)
    if not upload.exists():
        raise DatasetRefused("The uploaded file is no longer here. Upload it again.")
    return upload


def refused_for_good(run: Run, state: JobState) -> bool:
    """Whether another attempt cannot end otherwise: a refused upload is no longer kept.

    One that failed for another reason, such as a full disk, still waits.
    """
    if state is not JobState.FAILED:
        return False
    if run.kind in UPLOAD_KINDS:
        return (run.folder / REFUSED).exists() or not upload_path(run).exists()
    return run.kind == ImportFilesConfig.KIND


def resume_refusal(run: Run, by: Person) -> NotAllowed | None:
    """Return why somebody may not go on with a job that has stopped; None if they may.

    What reads what its owner has brought, and a training that its owner has stopped, are the owner's; whoever
    asks for the same anew shares it. Anything else is as good as begun anew.
    """
    if run.kind not in (*UPLOAD_KINDS, ImportFilesConfig.KIND, runs.TRAINING):
        return None
    return ownership.losing(run.folder, by, ownership.RUN)


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
class _Sign:
    """The last sign of a job that reads an archive."""

    kind: str
    state: JobState
    time: float


@dataclass(frozen=True)
class _Upload:
    """An archive that waits, when it came, and the jobs that read it."""

    path: Path
    size: int
    came: float
    signs: tuple[_Sign, ...]

    @property
    def changed(self) -> float:
        """When there was a last sign of it."""
        return max([self.came, *(sign.time for sign in self.signs)])

    @property
    def live(self) -> bool:
        """Whether a job about it runs or is to run."""
        return any(sign.state.live for sign in self.signs)

    @property
    def imported(self) -> bool:
        """Whether its import is done, and nobody has brought or looked at it since."""
        return any(
            sign.kind in BRINGING_KINDS
            and sign.state is JobState.DONE
            and sign.time >= self._looked_at
            for sign in self.signs
        )

    @property
    def over(self) -> bool:
        """Whether all jobs about it have ended, and nobody looks at what a scan has found."""
        if not self.signs or not all(sign.state in OVER for sign in self.signs):
            return False
        scanned = any(
            sign.kind == ScanConfig.KIND and sign.state is JobState.DONE for sign in self.signs
        )
        return self.imported or not scanned or time.time() - self.changed > CHOOSING_SECONDS

    @property
    def _looked_at(self) -> float:
        scans = [sign.time for sign in self.signs if sign.kind == ScanConfig.KIND]
        return max([self.came, *scans])


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
        if (upload.imported or upload.changed < oldest) and not upload.live:
            upload.path.unlink(missing_ok=True)
            gone += 1
    return gone


def _uploads() -> Iterator[_Upload]:
    """Yield every archive that waits."""
    paths = list(uploads_dir().glob("*.zip"))
    readers = _readers() if paths else []
    for path in paths:
        with suppress(FileNotFoundError):  # imported meanwhile
            found = path.stat()
            signs = list(_signs(run for run in readers if run.config.get("sha256") == path.stem))
            yield _Upload(path, found.st_size, found.st_mtime, tuple(signs))


def _readers() -> list[Run]:
    return [run for kind in UPLOAD_KINDS for run in runs.list_runs(kind)]


def _signs(readers: Iterable[Run]) -> Iterator[_Sign]:
    for run in readers:
        with suppress(OSError, LabError):
            time_of = (run.folder / runs.PROGRESS).stat().st_mtime
            yield _Sign(run.kind, snapshot(run).state, time_of)


def _sweep_staging(oldest: float) -> int:
    old = [path for path in staging_dir().glob("*") if _is_older(path, oldest)]
    needed = set(tokens_in_use()) if old else set()
    unneeded = [path for path in old if path.name not in needed]
    for path in unneeded:
        shutil.rmtree(path, ignore_errors=True)
    return len(unneeded)


def _is_older(path: Path, oldest: float) -> bool:
    try:
        return path.stat().st_mtime < oldest
    except FileNotFoundError:  # imported meanwhile
        return False


def tokens_in_use() -> Iterator[str]:
    """Yield whose files an import waits for or reads now."""
    for run in runs.list_runs(ImportFilesConfig.KIND):
        with suppress(LabError):
            if snapshot(run).state.live:
                yield str(run.config.get("staging"))
