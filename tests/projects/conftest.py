"""Labs to move between: each a data folder of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.disks import Disk, new_disk
from tl_core.datasets.bringing import importer

Move = Callable[..., None]


@pytest.fixture(autouse=True)
def first_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path / "first"))
    return tmp_path / "first"


@pytest.fixture
def second_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Path]:
    """Return ``second_lab()``: from then on everything happens in another, empty data folder."""

    def move() -> Path:
        monkeypatch.setenv("TL_DATA_DIR", str(tmp_path / "second"))
        return tmp_path / "second"

    return move


@pytest.fixture
def small_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Disk]]:
    """Return ``small_lab()``: from then on the data folder is on a small disk, all of which may be taken."""
    made: list[Iterator[Disk]] = []

    def move() -> Disk:
        made.append(mounting := new_disk(tmp_path / "disk", 20))
        disk = next(mounting)
        monkeypatch.setenv("TL_DATA_DIR", str(disk.folder / "data"))
        monkeypatch.setattr(importer, "RESERVED_BYTES", -(10**9))
        return disk

    yield move
    for mounting in made:
        next(mounting, None)
