"""What lies on disk, how long it stays, and who may still need it; removes what nobody does.

    what                                    stays
    .tmp-* anywhere                         while its writer is there; a day where nobody can tell
    uploads/, staging/                      see `tl_core.datasets.bringing.waiting`   TL_UPLOAD_QUOTA_MB
    datasets/                               until somebody deletes it                 TL_DATASET_QUOTA_MB
    features/                               see `tl_core.features.store`              TL_FEATURE_QUOTA_MB
    runs/<id>/exports/                      see `tl_core.exports.kept`                TL_EXPORT_QUOTA_MB
    inference/                              see `tl_core.inference.exported`           TL_NETWORK_QUOTA_MB
    browser/                                see `tl_core.prediction.pieces`           TL_BROWSER_QUOTA_MB
    runs/ of trainings                      until somebody deletes it                 TL_RUN_QUOTA_MB
    runs/ of everything else                a day at least; the oldest leave where the run book is full
    runs/ that never began, or hold nothing a day
    queues/                                 a minute after its server's last sign
    likeness/                               a month
    people/                                 400 days after somebody with this nickname was last here
    identity/                               for good: by it machines see that they share the folder
    classroom/                              for good: the certificate that browsers have accepted
    photos/                                 see `tl_core.photos.kept`
    weights/                                for good: one file for each backbone
    projects/                               for good: what whoever runs the server has put there to be opened

What can be computed again leaves by itself. A person's work never does: where it is too much, the next of its
kind is refused. A data folder may be shared with other servers, so nothing that is younger than a day is
removed unless it is certain that nobody needs it.
"""

import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from tl_core import files, photos, runs, settings
from tl_core.datasets.bringing import waiting
from tl_core.datasets.catalogue import discard
from tl_core.engine.places import GONE_SECONDS
from tl_core.errors import LabError
from tl_core.exports import FOLDER
from tl_core.exports.kept import sweep_exports
from tl_core.inference.exported import sweep_networks
from tl_core.machine.quotas import check_runs, folder_bytes
from tl_core.people import KEEP_DAYS
from tl_core.prediction.pieces import sweep_pieces
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.training import TrainingConfig

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_SWEEPS = 600.0
OWN_FOLDERS = (
    *("browser", "classroom", "datasets", "features", "identity", "inference"),
    *("likeness", "people", "photos", "queues", "runs", "staging", "uploads", "weights"),
)
DAY = 24 * 3600.0
MONTH = 30 * DAY
WORTH_KEEPING = ("config.json", "label.json", runs.METRICS, runs.MODEL)
"""A run's folder without any of these holds nothing that somebody could miss."""

_last_sweep: dict[Path, float] = {}


def sweep_when_due() -> None:
    """Sweep the data folder, but not sooner than `SECONDS_BETWEEN_SWEEPS` after this process did it last."""
    folder, now = settings.current().data_dir, time.monotonic()
    if now - _last_sweep.get(folder, -SECONDS_BETWEEN_SWEEPS) >= SECONDS_BETWEEN_SWEEPS:
        _last_sweep[folder] = now
        sweep()


def sweep() -> int:
    """Remove what nobody needs any more; returns how many files and folders. What goes wrong is logged."""
    rules: tuple[Callable[[], int], ...] = (
        _sweep_temporary,
        waiting.sweep,
        photos.sweep,
        sweep_exports,
        sweep_pieces,
        sweep_networks,
        _sweep_empty_runs,
        _sweep_signs_of_life,
        lambda: _sweep_old("queues", GONE_SECONDS),
        lambda: _sweep_old("likeness", MONTH),
        lambda: _sweep_old("people", KEEP_DAYS * DAY),
        _sweep_empty_features,
        lambda: len(_drop_measurements(dict(_run_sizes()))),
    )
    gone = 0
    for rule in rules:
        try:
            gone += rule()
        except (OSError, LabError):  # a bad disk, or a folder that goes under one's hands
            logger.warning("could not tidy up all of the data folder", exc_info=True)
    return gone


def check_run_room(needed: int = 0) -> None:
    """Refuse a training where the run book is full, also without its old measurements.

    Args:
        needed: bytes that are known to come.

    Raises:
        SettingInvalid: tells how much there is and how much may be.
    """
    sizes = dict(_run_sizes())
    dropped = _drop_measurements(sizes)
    check_runs(sum(size for run, size in sizes.items() if run not in dropped), needed)


# Being written


def _sweep_temporary() -> int:
    oldest = time.time() - DAY
    gone = 0
    for path in _temporary():
        with suppress(FileNotFoundError):  # in its place by now
            there = files.writer_is_there(path.name)
            if there is False or (there is None and path.stat().st_mtime < oldest):
                _remove(path)
                gone += 1
    return gone


def _temporary() -> Iterator[Path]:
    """Yield what is not in its place yet; published datasets are not looked into, they are whole."""
    for kind in OWN_FOLDERS:  # whatever else somebody keeps beside them is theirs
        for parent, folders, names in os.walk(settings.current().data_dir / kind):
            for name in (*folders, *names):
                if name.startswith(files.TEMPORARY):
                    yield Path(parent, name)
            whole = kind == "datasets"
            folders[:] = [f for f in folders if not whole and not f.startswith(files.TEMPORARY)]


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


# Runs


def _sweep_empty_runs() -> int:
    """Remove runs that nobody ever queued, and folders that a deleted run's last word has made."""
    oldest = time.time() - DAY
    gone = 0
    for folder in _run_folders():
        names = set(_names(folder))
        begun = runs.PROGRESS in names or "label.json" in names
        worthless = names.isdisjoint(WORTH_KEEPING) or (names == {"config.json"} and not begun)
        with suppress(FileNotFoundError):
            if worthless and folder.stat().st_mtime < oldest:
                discard(folder)
                gone += 1
    return gone


def _sweep_signs_of_life() -> int:
    """Remove the heartbeats of jobs that are over, and those that stopped a day ago."""
    over = (JobState.DONE, JobState.CANCELLED, JobState.FAILED)
    oldest = time.time() - DAY
    gone = 0
    for folder in _run_folders():
        beat = folder / "heartbeat"
        with suppress(LabError, FileNotFoundError):
            stopped = beat.stat().st_mtime < oldest
            if stopped or snapshot(runs.get_run(folder.name)).state in over:
                beat.unlink()
                gone += 1
    return gone


def _drop_measurements(sizes: Mapping[str, int]) -> set[str]:
    """Remove what the run book can measure again, oldest first, until its quota is kept; returns the ids."""
    excess = sum(sizes.values()) - settings.current().run_quota_mb * 10**6
    dropped: set[str] = set()
    for run in sorted(_old_measurements(), key=lambda run: run.created) if excess > 0 else ():
        if excess <= 0:
            break
        discard(run.folder)
        excess -= sizes.get(run.id, 0)
        dropped.add(run.id)
    return dropped


def _old_measurements() -> Iterator[Run]:
    """Yield the jobs that are over for a day and are no training: lessons, imports, exports."""
    for folder in _run_folders():
        with suppress(LabError, OSError):
            run = runs.get_run(folder.name)
            last_sign = (folder / runs.PROGRESS).stat().st_mtime
            old = run.kind != TrainingConfig.KIND and time.time() - last_sign > DAY
            if old and not snapshot(run).state.live:
                yield run


def _run_sizes() -> Iterator[tuple[str, int]]:
    for folder in _run_folders():
        yield folder.name, folder_bytes(folder) - folder_bytes(folder / FOLDER)


def _run_folders() -> Iterator[Path]:
    book = runs.runs_dir()
    for name in _names(book):
        if runs.is_run_id(name):
            yield book / name


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


# Small things


def _sweep_old(kind: str, seconds: float) -> int:
    """Remove the records of a kind that nobody has touched for so long."""
    oldest = time.time() - seconds
    gone = 0
    for path in (settings.current().data_dir / kind).glob("*.json"):
        with suppress(FileNotFoundError):  # its server has just ended
            if path.stat().st_mtime < oldest:
                path.unlink()
                gone += 1
    return gone


def _sweep_empty_features() -> int:
    """Remove the folders that the last entry of their kind has left."""
    oldest = time.time() - DAY
    gone = 0
    for folder in (settings.current().data_dir / "features").glob("*"):
        with suppress(OSError):  # it is not empty
            if folder.stat().st_mtime < oldest:
                folder.rmdir()
                gone += 1
    return gone
