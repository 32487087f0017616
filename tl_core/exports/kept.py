"""Which exports stay on disk: none of a state that was trained further since, and no more than the quota.

All can be made again, so the ones that nobody has looked at for the longest time leave first.
"""

import time
from collections.abc import Iterator
from pathlib import Path

from tl_core import files, runs, settings
from tl_core.errors import LabError
from tl_core.exports.formats import FOLDER, ExportConfig, find_export, find_job, trained_mark
from tl_core.runs.snapshots import JobState, snapshot

UNFINISHED_SECONDS = 24 * 3600.0
"""How long a file without a record stays whose job may go on with another server of the same folder."""


def sweep_exports() -> int:
    """Remove what is not offered any more, and what is over the quota; returns how many files."""
    gone = 0
    for path in list(_files()):
        if _is_obsolete(path):
            path.unlink(missing_ok=True)
            gone += 1
    return gone + drop_oldest()


def drop_oldest(keep: Path | None = None) -> int:
    """Remove the exports that nobody looked at for longest until the quota is kept; returns how many files.

    Args:
        keep: the zip that was made just now, which stays.
    """
    quota = settings.current().export_quota_mb * 10**6
    known = sorted(_offered())
    excess = sum(size for _, size, _ in known) - quota
    gone = 0
    for _, size, path in known:
        if excess <= 0:
            break
        if path != keep:
            # The record goes first: a page must not offer what is being removed.
            path.with_suffix(".json").unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            excess -= size
            gone += 2
    return gone


def _offered() -> Iterator[tuple[float, int, Path]]:
    """Yield when each export was looked at last, its bytes, and its zip."""
    for path in _files():
        if path.suffix == ".zip":
            try:
                yield path.with_suffix(".json").stat().st_mtime, path.stat().st_size, path
            except FileNotFoundError:  # in the making, or removed meanwhile
                continue


def _files() -> Iterator[Path]:
    for path in runs.runs_dir().glob(f"*/{FOLDER}/*-*"):
        if path.suffix in (".zip", ".json") and not path.name.startswith(files.TEMPORARY):
            yield path


def _is_obsolete(path: Path) -> bool:
    """Whether a file is of a state that was trained further since, or lacks its other half for good."""
    name, _, trained = path.stem.partition("-")
    try:
        run = runs.get_run(path.parent.parent.name, runs.TRAINING)
        if trained_mark(run) != trained:
            return True
        config = ExportConfig(run=run.id, format=name, trained=trained)
        job = find_job(config)
        state = snapshot(job).state if job else JobState.DONE
    except LabError:
        return False  # a damaged run's folder is for its owner to delete
    if find_export(run, config):
        return False
    if state is JobState.INTERRUPTED:
        return path.exists() and time.time() - path.stat().st_mtime > UNFINISHED_SECONDS
    return not state.live
