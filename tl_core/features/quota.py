"""How much of the disk the feature store takes: entries leave least recently used first."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from tl_core import settings
from tl_core.errors import SettingInvalid
from tl_core.features.store import MANIFEST, FeatureEntry, features_dir
from tl_core.wording import megabytes


def entries() -> list[tuple[Path, int, float]]:
    """Return (folder, bytes, last use in seconds since the epoch) of every entry, unfinished ones too."""
    found = []
    for folder in features_dir().glob("*/*"):
        sizes, times = [0], [0.0]
        for file in folder.glob("*"):
            try:
                stat = file.stat()
            except FileNotFoundError:
                continue
            sizes.append(stat.st_size)
            times.append(stat.st_mtime)
        found.append((folder, sum(sizes), max(times)))
    return found


def make_room(needed: int, keep: Sequence[FeatureEntry]) -> None:
    """Remove least recently used entries until `needed` bytes fit under the quota.

    Args:
        needed: bytes that all of `keep` will take when they are complete.
        keep: the entries that are being made; never removed.

    Raises:
        SettingInvalid: if they are larger than the whole quota.
    """
    quota = settings.current().feature_quota_mb * 1_000_000
    if needed > quota:
        taken, allowed = megabytes(needed, quota)
        raise SettingInvalid(
            "The features would take {needed} MB and {quota} MB are allowed. Use global average pooling, "
            "a smaller image size or fewer images.",
            needed=taken,
            quota=allowed,
        )
    kept = {entry.folder for entry in keep}
    others = sorted((e for e in entries() if e[0] not in kept), key=lambda entry: entry[2])
    used = sum(size for _, size, _ in others)
    for folder, size, _ in others:
        if used + needed <= quota:
            return
        # The manifest goes first: a reader must not trust a folder that is being emptied.
        (folder / MANIFEST).unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        used -= size
