"""How much of the disk a kind of thing takes, and the sentences for when that is more than it may."""

import os
from collections.abc import Iterator
from pathlib import Path

from tl_core import settings
from tl_core.errors import DatasetRefused, SettingInvalid
from tl_core.wording import N_, Sentence, megabytes

MB = 10**6
DATASETS_FULL = N_(
    "With this one the datasets would hold {needed} MB and {quota} MB are allowed. Delete datasets "
    "that are no longer used and import again, or raise TL_DATASET_QUOTA_MB."
)
EXPORTS_FULL = N_(
    "This file would have {needed} MB, and {quota} MB are allowed for all that is made to take home. Take "
    "less home at once, or raise TL_EXPORT_QUOTA_MB."
)
UPLOADS_FULL = N_(
    "With this the photos that wait to be imported would hold {needed} MB and {quota} MB are "
    "allowed. Import or remove some that wait, try again later, or raise TL_UPLOAD_QUOTA_MB."
)


def folder_bytes(folder: Path) -> int:
    """Return the bytes of all files below `folder`; a file with several names there counts once."""
    seen: set[tuple[int, int]] = set()
    total = 0
    for stat in _stats(folder):
        if stat.st_nlink > 1:
            key = stat.st_dev, stat.st_ino
            if key in seen:
                continue
            seen.add(key)
        total += stat.st_size
    return total


def check_datasets(used: int, needed: int) -> None:
    """Refuse an import that would make the datasets larger than they may be.

    Args:
        used: bytes of all datasets now.
        needed: bytes that the import may add.

    Raises:
        DatasetRefused: tells both sizes.
    """
    _check(settings.current().dataset_quota_mb, used + needed, DATASETS_FULL)


def check_waiting(used: int, needed: int) -> None:
    """Refuse an upload for which there is no place; arguments and errors as for `check_datasets`."""
    _check(settings.current().upload_quota_mb, used + needed, UPLOADS_FULL)


def check_export(needed: int) -> None:
    """Refuse to make a file to take home that could not stay; errors as for `check_datasets`."""
    _check(settings.current().export_quota_mb, needed, EXPORTS_FULL)


def _check(quota: int, total: int, template: str) -> None:
    if total > quota * MB:
        with_this, allowed = megabytes(total, quota * MB)
        values = {"needed": with_this, "quota": allowed}
        raise DatasetRefused.restored(Sentence(template=template, values=values))


def check_runs(used: int, needed: int = 0) -> None:
    """Refuse a training where the run book is full: nobody's work is removed to make room for another's.

    Args:
        used: bytes of all runs now, without their exports.
        needed: bytes that are known to come; 0 (the default) for a training, of which nobody knows.

    Raises:
        SettingInvalid: tells how much there is and how much may be.
    """
    quota = settings.current().run_quota_mb * MB
    if used + needed >= quota:
        held, allowed = megabytes(used + needed, quota)
        raise SettingInvalid(
            "The run book holds {used} MB and {quota} MB are allowed. Delete runs in the run book, or raise "
            "TL_RUN_QUOTA_MB, then press Resume.",
            used=held,
            quota=allowed,
        )


def _stats(folder: Path) -> Iterator[os.stat_result]:
    try:
        entries = list(os.scandir(folder))
    except OSError:  # gone meanwhile
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _stats(Path(entry.path))
            continue
        try:
            yield entry.stat(follow_symlinks=False)
        except OSError:
            continue
