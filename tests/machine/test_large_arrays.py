import mmap
from pathlib import Path

import numpy as np
import pytest

from tests.disks import Disk
from tl_core.errors import DiskUnusable
from tl_core.machine import large_arrays
from tl_core.machine.large_arrays import array_to_fill


def test_a_small_array_is_in_memory(tmp_path: Path) -> None:
    array = array_to_fill((10, 4), tmp_path)
    assert array.dtype == np.float32 and not isinstance(array, np.memmap)


@pytest.mark.parametrize("reserves", [True, False], ids=["reserved", "written"])
def test_a_large_array_is_a_nameless_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reserves: bool
) -> None:
    monkeypatch.setattr(large_arrays, "MOST_IN_MEMORY", 100)
    if not reserves:  # as on macOS and Windows
        monkeypatch.delattr("os.posix_fallocate")
    array = array_to_fill((13, 2), tmp_path)
    expected = np.arange(26, dtype=np.float32).reshape(13, 2)
    array[:] = expected
    assert isinstance(array, np.memmap) and isinstance(array.base, mmap.mmap)
    assert list(tmp_path.iterdir()) == []
    np.testing.assert_array_equal(array[::-1], expected[::-1])


def test_a_disk_without_room_for_it_says_so_before_anything_is_written(
    disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TL_DATA_DIR", str(disk.folder))
    monkeypatch.setattr(large_arrays, "MOST_IN_MEMORY", 1_000_000)
    with pytest.raises(DiskUnusable, match="full"):
        array_to_fill((2_000_000,), disk.folder)
    assert (
        array_to_fill((500_000,), disk.folder).nbytes == 2_000_000
    )  # nothing was left of the first
