"""A disk that fills up under a job: it ends with a sentence, and goes on where it was once there is room."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.disks import Disk, new_disk
from tests.engine.conftest import ended, wait_until
from tl_core import runs
from tl_core.datasets.bringing import importer
from tl_core.engine.client import Engine
from tl_core.exports import export_config, export_path
from tl_core.machine.folders import IS_FULL
from tl_core.results.metrics import read_metrics
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState, Snapshot
from tl_core.wording import Sentence

ONE_SHARD = 250_000
"""Bytes in which one shard of features and a run's own files have room, but not two shards."""
NO_CHECKPOINT = 8_000
"""Bytes in which a line has room, but no checkpoint: a job can still say how it ended."""
SECONDS = 300
"""How long a job may take; other work may be going on beside it."""


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    yield from new_disk(
        tmp_path_factory.mktemp("disk") / "data", megabytes=120
    )  # room for every export


@pytest.fixture(scope="module")
def data_dir(disk: Disk) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TL_DATA_DIR", str(disk.folder))
        patch.setattr(importer, "RESERVED_BYTES", 0)
        yield disk.folder


@pytest.fixture(autouse=True)
def room(disk: Disk) -> Iterator[None]:
    """Leave no test a full disk."""
    yield
    (disk.folder / "filling").unlink(missing_ok=True)


def failed_for_room(run: Run, disk: Disk, shot: Snapshot) -> bool:
    """Whether a job says that the disk is full, with its folder, and has left no half of anything."""
    values = {"folder": str(disk.folder), "variable": "TL_DATA_DIR"}
    said = Sentence(template=IS_FULL, values=values)
    halves = [path for path in disk.folder.rglob(".tmp-*") if path.exists()]
    return shot.state is JobState.FAILED and shot.error == said and not halves


@pytest.mark.slow
def test_a_training_goes_on_behind_the_last_shard(
    engine: Engine, disk: Disk, new_run: Callable[..., Run]
) -> None:
    run = new_run(epochs=2, backbone="efficientnet-lite0")
    disk.fill(leave=ONE_SHARD)
    engine.submit(run)
    assert failed_for_room(run, disk, wait_until(run, ended, SECONDS))
    assert len(list(disk.folder.glob("features/*/*/shard-*.npy"))) == 1
    disk.clear()
    engine.submit(run)
    shot = wait_until(run, ended, SECONDS)
    assert shot.state is JobState.DONE and shot.error is None
    metrics = read_metrics(run)
    # A shard that another worker had in hand may have found room in the end.
    assert 0 < metrics.images_computed <= 80 - 32
    assert metrics.images_computed + metrics.images_reused == 80


@pytest.mark.slow
def test_a_training_goes_on_behind_the_last_epoch(
    engine: Engine, disk: Disk, new_run: Callable[..., Run]
) -> None:
    engine.submit(run := new_run(epochs=150, learning_rate=1e-4))
    wait_until(run, lambda shot: len(shot.epochs) >= 2, SECONDS)
    disk.fill(leave=NO_CHECKPOINT)
    shot = wait_until(run, ended, SECONDS)
    assert failed_for_room(run, disk, shot)
    assert 2 <= len(shot.epochs) < 150
    disk.clear()
    engine.submit(run)
    again = wait_until(run, ended, SECONDS)
    assert again.state is JobState.DONE
    assert [epoch["epoch"] for epoch in again.epochs] == list(range(1, 151))
    assert again.epochs[: len(shot.epochs) - 1] == shot.epochs[:-1]  # at most one is done again


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        # TensorFlow's own error; the others meet Python's
        pytest.param("savedmodel", marks=pytest.mark.slow),
        "keras",
        pytest.param("litert", marks=pytest.mark.slow),
        pytest.param("script", marks=pytest.mark.slow),
    ],
)
def test_an_export_is_made_once_there_is_room(
    engine: Engine, disk: Disk, new_run: Callable[..., Run], name: str
) -> None:
    engine.submit(run := new_run(epochs=1))
    assert wait_until(run, ended, SECONDS).state is JobState.DONE
    config = export_config(run, name)
    job = runs.open_job(config)
    disk.fill(leave=2_000_000)
    engine.submit(job)
    assert failed_for_room(job, disk, wait_until(job, ended, SECONDS))
    assert not export_path(run, config).exists()
    disk.clear()
    engine.submit(job)
    assert wait_until(job, ended, SECONDS).state is JobState.DONE
    assert export_path(run, config).exists()
