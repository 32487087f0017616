"""The queue goes on, whatever has become of the folder of a job, and says what is true of it."""

import errno
import json
import os
import shutil
import subprocess
import sys
import time

import pytest

from tests.engine.conftest import wait_for
from tl_core import housekeeping, runs
from tl_core.engine import places
from tl_core.engine.loss import LOSSES, EngineLost
from tl_core.engine.queue import JobQueue
from tl_core.errors import DatasetRefused, QueueFull
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState, recorded, snapshot
from tl_core.settings import PROJECT
from tl_core.wording import Sentence


@pytest.fixture
def queue(tmp_path, monkeypatch):
    """Return a queue with one slot, and the (run, callback) of what it has given to an engine."""
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    given = []
    jobs = JobQueue(5, lambda future: None)
    jobs.attach(lambda run, key, ended, place: given.append((run, ended)))
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


# A disk that takes nothing


class Disk:
    """Refuses lines and flags while it is full."""

    def __init__(self, monkeypatch):
        self.full = False
        for name in ("append", "request_cancel"):
            monkeypatch.setattr(Run, name, self.guarded(getattr(Run, name)))

    def guarded(self, write):
        def attempt(run, *arguments, **values):
            if self.full:
                raise OSError(errno.ENOSPC, "No space left on device")
            return write(run, *arguments, **values)

        return attempt


@pytest.fixture
def disk(monkeypatch):
    return Disk(monkeypatch)


def new_job(seed=1):
    return runs.open_run("train", {"seed": seed})


def test_failure_that_the_disk_does_not_take_is_said_and_written_later(queue, disk):
    jobs, given = queue
    jobs.add(run := new_job())
    disk.full = True
    given[0][1](DatasetRefused("{title} has no photos.", title="Cats"))
    shot = snapshot(run)
    said = Sentence(template="{title} has no photos.", values={"title": "Cats"})
    assert (shot.state, shot.error) == (JobState.FAILED, said)
    jobs.look()
    assert recorded(run)[0].state is JobState.QUEUED  # as the file has it
    disk.full = False
    jobs.look()
    assert recorded(run)[0].state is JobState.FAILED
    assert recorded(run)[0].error == shot.error


def test_done_that_its_worker_could_not_write_is_written_by_the_queue(queue):
    jobs, given = queue
    jobs.add(run := new_job())
    given[0][1](None)
    assert snapshot(run).state is JobState.DONE


def test_stop_of_a_waiting_job_holds_on_a_full_disk(queue, disk):
    jobs, given = queue
    jobs.add(new_job(1))
    jobs.add(run := new_job(2))
    disk.full = True
    jobs.cancel(run)
    assert snapshot(run).state is JobState.CANCELLED and jobs.position(run) is None
    disk.full = False
    jobs.look()
    assert recorded(run)[0].state is JobState.CANCELLED
    assert len(given) == 1


def test_stop_of_a_running_job_holds_on_a_full_disk(queue, disk, monkeypatch):
    jobs, _given = queue
    stopped: list[Run] = []
    monkeypatch.setattr("tl_core.engine.stops.GRACE_SECONDS", 0.1)
    monkeypatch.setattr(jobs, "_hard_stop", stopped.append)
    jobs.add(run := new_job())
    disk.full = True
    jobs.cancel(run)
    assert snapshot(run).cancelling
    wait_for(lambda: stopped, 5)
    assert snapshot(run).state is JobState.CANCELLED
    wait_for(lambda: jobs.counts() == (0, 0), 5)
    disk.full = False
    jobs.look()
    assert recorded(run)[0].state is JobState.CANCELLED


def test_resume_on_a_full_disk_is_refused_and_the_last_word_stays(queue, disk):
    jobs, given = queue
    jobs.add(run := new_job())
    disk.full = True
    given[0][1](DatasetRefused("No photos."))
    with pytest.raises(OSError, match="No space"):
        jobs.add(run)
    assert snapshot(run).state is JobState.FAILED and jobs.counts() == (0, 0)
    disk.full = False
    jobs.add(run)
    assert snapshot(run).state is JobState.QUEUED
    jobs.look()  # must not write the old word
    assert recorded(run)[0].state is JobState.QUEUED and len(given) == 2


def test_job_of_a_lost_engine_waits_though_the_disk_does_not_take_that(queue, disk):
    jobs, _given = queue
    jobs.add(run := new_job())
    disk.full = True
    jobs.detach()
    assert snapshot(run).state.live and jobs.position(run) == 0


def test_a_job_that_has_begun_has_no_place_though_others_are_told_later(queue):
    jobs, given = queue
    jobs.add(new_job(1))
    jobs.add(run := new_job(2))
    jobs.look()  # tells other processes
    assert jobs.position(run) == 1
    given[0][1](None)
    assert places.position(jobs._token, run.id) == 1  # half a second old
    assert jobs.position(run) is None


# An engine that goes


def test_loss_of_the_engine_is_no_verdict_and_the_job_is_first_in_line_again(queue):
    jobs, given = queue
    jobs.add(run := new_job(1))
    jobs.add(other := new_job(2))
    given[0][1](EngineLost("gone"))
    assert snapshot(run).state is JobState.QUEUED
    assert (jobs.position(run), jobs.position(other)) == (0, 1)
    jobs.set_slots(1)
    assert [run for run, _ in given] == [run, run]


def test_job_that_an_engine_loses_again_and_again_has_failed(queue):
    jobs, given = queue
    jobs.add(run := new_job())
    for _ in range(LOSSES):
        given[-1][1](EngineLost("gone"))
        assert snapshot(run).state is JobState.QUEUED
        jobs.set_slots(1)
    given[-1][1](EngineLost("gone"))
    assert snapshot(run).state is JobState.FAILED


class KilledWorker(Exception):
    """As Dask's, by name."""


def test_job_whose_workers_die_gets_one_more_chance_before_memory_is_blamed(queue):
    jobs, given = queue
    jobs.add(run := new_job())
    given[-1][1](KilledWorker())
    assert snapshot(run).state is JobState.QUEUED
    jobs.set_slots(1)
    given[-1][1](KilledWorker())
    shot = snapshot(run)
    assert shot.state is JobState.FAILED and "lack of memory" in str(shot.error)


def test_engine_that_takes_no_job_costs_no_job_its_place(queue):
    jobs, _ = queue

    def refuse(run, key, ended, place):
        raise RuntimeError("connection closed")

    jobs.attach(refuse)
    jobs.add(run := new_job())
    assert jobs.position(run) == 0 and snapshot(run).state is JobState.QUEUED


def test_job_of_a_broken_connection_keeps_its_key_so_that_a_cluster_has_it_once(queue):
    jobs, _ = queue
    keys = []
    jobs.attach(lambda run, key, ended, place: keys.append(key))
    jobs.add(new_job())
    jobs.detach()
    jobs.attach(lambda run, key, ended, place: keys.append(key))
    jobs.set_slots(1)
    assert len(keys) == 2 and keys[0] == keys[1]


def test_run_that_nobody_holds_any_more_is_interrupted(queue):
    jobs, _ = queue
    jobs.add(run := new_job())
    jobs.end()
    assert snapshot(run).state is JobState.INTERRUPTED


# Two web processes on one folder

OTHER_SERVER = """
import sys, time
from tl_core import runs, settings
from tl_core.engine.client import Engine
engine = Engine(settings.current())
run = runs.get_run(sys.argv[1])
print(engine.position(run), flush=True)
engine.cancel(run)
"""


def test_waiting_job_is_known_to_another_server_and_ends_at_once_when_stopped_there(queue):
    jobs, _ = queue
    jobs.add(new_job(1))
    jobs.add(new_job(2))
    jobs.add(run := new_job(3))
    jobs.add(last := new_job(4))
    jobs.look()
    other = subprocess.run(
        [sys.executable, "-c", OTHER_SERVER, run.id],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == str(jobs.position(run)) == "2"
    assert jobs.position(last) == 3
    jobs.look()
    assert snapshot(run).state is JobState.CANCELLED
    assert jobs.position(last) == 2


def test_running_job_that_another_server_stops_is_enforced_here(queue, monkeypatch):
    jobs, _ = queue
    monkeypatch.setattr("tl_core.engine.stops.GRACE_SECONDS", 0.1)
    jobs.add(run := new_job())
    run.request_cancel()
    jobs.look()
    wait_for(lambda: snapshot(run).state is JobState.CANCELLED, 5)


def test_servers_that_share_a_cluster_stand_in_one_line(queue, monkeypatch):
    monkeypatch.setenv("TL_SCHEDULER", "tcp://10.0.0.1:8786")
    jobs, _ = queue
    others = JobQueue(5, lambda future: None)
    others.add(new_job(1))  # waits: its server has given nothing to the cluster
    others.look()
    jobs.add(new_job(2))
    jobs.add(run := new_job(3))
    assert jobs.position(run) == 2
    others.end()
    assert jobs.position(run) == 1


def test_jobs_that_only_predict_do_not_stand_in_the_line_of_the_trainings(queue, monkeypatch):
    monkeypatch.setenv("TL_SCHEDULER", "tcp://10.0.0.1:8786")
    jobs, _ = queue
    scoring = JobQueue(5, lambda future: None, "score")
    for seed in (1, 2):
        jobs.add(new_job(seed))
    jobs.look()
    scoring.add(first := runs.open_run("score", {"sha256": "0" * 64}))
    scoring.add(second := runs.open_run("score", {"sha256": "1" * 64}))
    scoring.look()
    assert (scoring.position(first), scoring.position(second)) == (0, 1)
    jobs.add(run := new_job(3))
    assert jobs.position(run) == 2


def test_damaged_line_of_another_server_is_none(queue, tmp_path):
    jobs, _ = queue
    jobs.add(run := new_job())
    run.append("state", state="queued", owner=runs.owner("f" * 32))
    (tmp_path / "queues").mkdir(exist_ok=True)
    for text in ("[", "[]", '{"scheduler": "", "active": 3, "waiting": [[]]}', "[" * 100_000):
        (tmp_path / "queues" / f"{'f' * 32}.json").write_text(text)
        assert JobQueue(5, lambda future: None).position(run) is None


def test_lines_of_servers_that_are_gone_are_swept(queue, tmp_path):
    jobs, _ = queue
    jobs.add(new_job())
    jobs.look()
    old = [tmp_path / "queues" / name for name in ("gone.json", ".tmp-half")]
    for path in old:
        path.write_text("{}")
        os.utime(path, (0, 0))
    housekeeping.sweep()
    assert not any(path.exists() for path in old)
    assert len(list((tmp_path / "queues").iterdir())) == 1


# How long it takes


def report(run, *, done, total, seconds):
    """Write progress at a pace, as if it had begun `seconds` ago."""
    now = time.time()
    run.append("state", state="running")
    lines = [
        {"event": "progress", "phase": "head", "done": part, "total": total, "time": at}
        for part, at in ((0, now - seconds), (done, now))
    ]
    with (run.folder / "progress.jsonl").open("a") as file:
        file.writelines(f"{json.dumps(line)}\n" for line in lines)


def test_full_queue_says_in_how_many_minutes_once_something_tells(queue):
    jobs, _given = queue
    jobs.add(first := new_job(0))
    for seed in range(1, 6):
        jobs.add(new_job(seed))
    with pytest.raises(
        QueueFull, match=r"5 jobs are waiting already[.] Wait until some have ended"
    ):
        jobs.add(new_job(6))
    report(first, done=25, total=100, seconds=100)  # 300 s are left
    with pytest.raises(QueueFull, match="free in about 5 minutes"):
        jobs.add(new_job(6))
    assert not (new_job(6).folder / "progress.jsonl").exists()


def test_wait_counts_the_running_job_by_its_pace_and_the_others_by_those_that_were_done(
    queue, monkeypatch
):
    jobs, _given = queue
    jobs.add(first := new_job(1))
    jobs.add(second := new_job(2))
    jobs.add(third := new_job(3))
    assert jobs.seconds_until_start(second) is None  # nothing tells
    report(first, done=50, total=100, seconds=60)
    assert jobs.seconds_until_start(second) == pytest.approx(60, abs=1)
    assert jobs.seconds_until_start(third) is None  # nobody knows what the second takes
    monkeypatch.setattr(jobs._pace, "_last", [120.0])
    assert jobs.seconds_until_start(third) == pytest.approx(240, abs=1)
    assert jobs.seconds_until_start(first) is None  # it has started
