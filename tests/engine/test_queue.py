"""The queue goes on, whatever has become of the folder of a job."""

import shutil

import pytest

from tl_core import runs
from tl_core.engine.queue import JobQueue
from tl_core.snapshots import JobState, snapshot


@pytest.fixture
def queue(tmp_path, monkeypatch):
    """Return a queue with one slot, and the (run, callback) of what it has given to an engine."""
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    given = []
    jobs = JobQueue(5, lambda future: None)
    jobs.attach(lambda run, ended: given.append((run, ended)))
    jobs.set_slots(1)
    return jobs, given


def spoil(run):
    (run.folder / "progress.jsonl").unlink()
    (run.folder / "progress.jsonl").mkdir()


def vanish(run):
    shutil.rmtree(run.folder)


@pytest.mark.parametrize("damage", [spoil, vanish])
def test_the_next_job_starts_when_the_folder_of_the_last_one_is_lost(queue, damage):
    jobs, given = queue
    first, second = (runs.open_run("train", {"seed": seed}) for seed in (1, 2))
    jobs.add(first)
    jobs.add(second)
    assert jobs.counts() == (1, 1)
    damage(first)
    given[0][1](RuntimeError("it could not be written"))
    assert [run for run, _ in given] == [first, second]
    assert jobs.counts() == (1, 0)


def test_a_lost_engine_gives_back_every_job_whose_folder_is_there(queue):
    jobs, given = queue
    jobs.set_slots(2)
    first, second = (runs.open_run("train", {"seed": seed}) for seed in (1, 2))
    jobs.add(first)
    jobs.add(second)
    assert len(given) == 2
    spoil(first)
    jobs.detach()
    assert jobs.counts() == (0, 1)
    assert snapshot(second).state is JobState.QUEUED
