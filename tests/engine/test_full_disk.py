"""A data folder that fills up under a training: every step ends in a true word, on the disk too."""

import os
import shutil
import subprocess
import time
from contextlib import contextmanager

import pytest

from tests.engine.conftest import START_SECONDS, ended, wait_for, wait_until
from tests.engine.kills import make_dataset
from tl_core import runs, settings
from tl_core.datasets.catalogue import list_datasets
from tl_core.engine.client import Engine
from tl_core.errors import DiskUnusable
from tl_core.runs.snapshots import JobState, recorded, snapshot
from tl_core.training import TrainingConfig, open_training

STOP_SECONDS = 30


@pytest.fixture
def small_disk(tmp_path, monkeypatch):
    """A data folder of 60 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("mounting a small disk needs root")
    try:
        make_dataset(tmp_path / "elsewhere")  # an import wants more room than a training
        shutil.copytree(tmp_path / "elsewhere", folder, dirs_exist_ok=True)
        monkeypatch.setenv("TL_DATA_DIR", str(folder))
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def long_training(seed):
    (dataset,) = [one.id for one in list_datasets() if one.title == "Dark and light"]
    config = TrainingConfig(
        dataset=dataset, size=64, batch=8, epochs=500, learning_rate=1e-5, seed=seed
    )
    return open_training(config)


@contextmanager
def full(folder):
    """Leave no byte free for as long as the block runs."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1_000_000, 4096, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                pass
    try:
        yield
    finally:
        filler.unlink()


def test_line_that_the_disk_takes_in_part_is_an_error_and_hides_nothing(small_disk):
    run = runs.open_run("train", {})
    run.append("state", state="queued", owner=runs.owner())
    with full(small_disk):
        with pytest.raises(
            DiskUnusable, match="disk is full"
        ):  # the rest of the page takes the first lines
            for _ in range(200):
                run.append("note", template="x" * 50)
        assert recorded(run)[0].state is JobState.QUEUED
    run.append("state", state="done")
    assert snapshot(run).state is JobState.DONE


@pytest.mark.slow
def test_training_on_a_disk_that_fills_up_never_hangs(small_disk):
    run = long_training(seed=1)
    engine = Engine(settings.current())
    engine.start()
    try:
        assert engine.wait(START_SECONDS)
        engine.submit(run)
        wait_until(run, lambda shot: len(shot.epochs) >= 2)
        with full(small_disk):
            assert wait_until(run, ended).state is JobState.FAILED
            resume_and_stop(engine, run)
        wait_for(lambda: not recorded(run)[0].state.live, STOP_SECONDS)
        assert recorded(run)[0].state is snapshot(run).state
        goes_on(engine, run)
    finally:
        engine.stop()


def resume_and_stop(engine, run):
    try:
        engine.submit(run)
    except DiskUnusable:  # the page says so; nothing has changed
        assert snapshot(run).state is JobState.FAILED
    engine.cancel(run)
    began = time.monotonic()
    state = wait_until(run, ended, STOP_SECONDS).state
    assert state in (JobState.CANCELLED, JobState.FAILED)
    assert time.monotonic() - began < STOP_SECONDS
    wait_for(lambda: engine.status.running == engine.status.queued == 0, STOP_SECONDS)


def goes_on(engine, run):
    engine.submit(run)
    begun = len(snapshot(run).epochs)
    wait_until(run, lambda shot: len(shot.epochs) > begun)
    engine.cancel(run)
    assert wait_until(run, ended).state is JobState.CANCELLED


@pytest.mark.slow
def test_stop_on_a_full_disk_ends_the_job_and_is_written_when_there_is_room(small_disk):
    run, waiting = long_training(seed=1), long_training(seed=2)
    engine = Engine(settings.current())
    engine.start()
    try:
        assert engine.wait(START_SECONDS)
        engine.submit(run)
        engine.submit(waiting)
        wait_until(run, lambda shot: bool(shot.epochs))
        with full(small_disk):
            engine.cancel(waiting)
            engine.cancel(run)
            assert snapshot(waiting).state is JobState.CANCELLED
            assert wait_until(run, ended, STOP_SECONDS).state in (
                JobState.CANCELLED,
                JobState.FAILED,
            )
        wait_for(lambda: not recorded(run)[0].state.live, STOP_SECONDS)
        wait_for(lambda: recorded(waiting)[0].state is JobState.CANCELLED, STOP_SECONDS)
    finally:
        engine.stop()
