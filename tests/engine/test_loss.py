"""An engine that hangs or has lost a worker for good is replaced; its loss is no verdict on a job."""

import os
import signal
import time
from typing import Any

import psutil
import pytest

from tests.engine.conftest import (
    START_SECONDS,
    ended,
    running_engine,
    wait_for,
    wait_until,
    worker_address,
    worker_pid,
)
from tests.processes import workers_below
from tl_core.engine import client, connection, embedded, jobs
from tl_core.engine.loss import EngineLost, engine_lost
from tl_core.engine.questions import PING
from tl_core.engine.tasks import JOBS
from tl_core.runs.snapshots import JobState, snapshot

LONG = {"epochs": 500, "batch": 2, "learning_rate": 1e-5}


@pytest.fixture
def own_engine(dataset):
    with running_engine() as engine:
        yield engine


def spawned(engine):
    """Return the workers of the embedded engine, those that still start among them."""
    try:
        return {one.pid for one in workers_below(engine._connection.embedded.process.pid)}
    except AttributeError:  # it is being replaced
        return set()


def is_gone(pid):
    """Whether a process has ended; its entry stays until somebody has asked for its status."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def successor(engine, known):
    """Return the first worker that is started in the place of those known."""
    wait_for(lambda: spawned(engine) - known)
    return (spawned(engine) - known).pop()


def goes_on(engine, run):
    """Whether the engine is whole again and its job, which is then stopped, has gone on."""
    begun = len(snapshot(run).epochs)
    wait_until(run, lambda shot: len(shot.epochs) > begun)
    assert engine.wait(START_SECONDS)
    assert engine.ask(PING, seconds=START_SECONDS) == "pong"
    engine.cancel(run)
    return wait_until(run, ended).state is JobState.CANCELLED


def test_the_worker_that_answers_is_there_before_the_others_begin(own_engine):
    assert own_engine.ask(PING, seconds=START_SECONDS) == "pong"
    wait_for(lambda: {"infer", "train", "data"} <= own_engine._slots.keys())
    begun = {
        resource: psutil.Process(worker_pid(own_engine, resource)).create_time()
        for resource in ("infer", "train", "data")
    }
    alone = min(begun["train"], begun["data"]) - begun.pop("infer")
    assert alone > 0.3  # what a worker takes at least
    assert abs(begun["train"] - begun["data"]) < alone  # these two begin together


@pytest.mark.slow
def test_worker_killed_with_its_successors_while_they_start_is_there_again(own_engine, new_run):
    own_engine.submit(run := new_run(**LONG, seed=61))
    wait_until(run, lambda shot: bool(shot.epochs))
    known = spawned(own_engine)
    os.kill(worker_pid(own_engine, "infer"), signal.SIGKILL)
    for _ in range(3):
        os.kill(pid := successor(own_engine, known), signal.SIGKILL)
        known |= {pid}
    assert goes_on(own_engine, run)


def give_up(dask_worker):
    """Run in a nanny: end as one whose worker could not be started, once this is answered."""
    dask_worker.loop.call_later(0.5, dask_worker.close)


@pytest.mark.slow
def test_nanny_that_gives_up_its_worker_ends_the_engine_and_a_whole_one_is_started(
    own_engine, new_run
):
    own_engine.submit(run := new_run(**LONG, seed=65))
    wait_until(run, lambda shot: bool(shot.epochs))
    first = own_engine._connection.embedded.process.pid
    nanny = worker_address(own_engine, "infer")
    own_engine._connection.client.run(give_up, workers=[nanny], nanny=True)
    wait_for(
        lambda: own_engine._connection and own_engine._connection.embedded.process.pid != first
    )
    assert goes_on(own_engine, run)


@pytest.mark.slow
def test_worker_that_never_comes_back_is_missed(own_engine, new_run, monkeypatch):
    monkeypatch.setattr(client, "patience", lambda start_seconds: 8.0)
    own_engine._connection.embedded.process.kill()  # so that the next watch has less patience
    wait_for(lambda: not own_engine._ready.is_set())
    assert own_engine.wait(START_SECONDS)
    own_engine.submit(run := new_run(**LONG, seed=62))
    wait_until(run, lambda shot: bool(shot.epochs))
    monkeypatch.undo()
    first, known = own_engine._connection.embedded.process.pid, spawned(own_engine)
    os.kill(worker_pid(own_engine, "infer"), signal.SIGKILL)
    os.kill(pid := successor(own_engine, known), signal.SIGSTOP)
    wait_for(
        lambda: own_engine._connection and own_engine._connection.embedded.process.pid != first
    )
    wait_for(lambda: is_gone(pid))  # one that hangs is not left behind
    assert goes_on(own_engine, run)


def test_slow_machine_gets_more_time_to_start_a_worker():
    assert connection.patience(1.5) == 20
    assert connection.patience(30) == 120


@pytest.mark.slow
def test_engine_that_hangs_is_replaced(own_engine, new_run, monkeypatch):
    monkeypatch.setattr(connection, "SILENT_SECONDS", 3)
    own_engine.submit(run := new_run(**LONG, seed=63))
    wait_until(run, lambda shot: bool(shot.epochs))
    os.kill(first := own_engine._connection.embedded.process.pid, signal.SIGSTOP)
    wait_for(
        lambda: own_engine._connection and own_engine._connection.embedded.process.pid != first
    )
    wait_for(lambda: is_gone(first))
    monkeypatch.undo()
    assert goes_on(own_engine, run)


# No verdict


answers: list[Any] = []


def break_connection():
    """Run in a worker of this process: lose the scheduler; note what the worker makes of it."""
    from distributed import get_worker

    before = engine_lost(seconds=0.2)
    worker = get_worker()
    worker.loop.add_callback(worker.batched_stream.comm.abort)
    answers.append((before, engine_lost(seconds=10)))


def test_worker_knows_that_its_scheduler_is_gone():
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
        ) as cluster,
        Client(cluster, set_as_default=False) as there,
    ):
        future = there.submit(break_connection, pure=False)
        wait_for(lambda: answers, 30)
        future.release()
    assert answers[0] == (False, True)
    assert not engine_lost(seconds=0)  # here is no worker


def fall(run):
    raise ZeroDivisionError("a fault")


@pytest.mark.parametrize("lost", [False, True])
def test_what_fails_with_the_engine_is_not_the_fault_of_the_job(new_run, monkeypatch, lost):
    monkeypatch.setitem(JOBS, "train", f"{__name__}:fall")
    monkeypatch.setattr(jobs, "engine_lost", lambda seconds=2.0: lost)
    run = new_run(epochs=3, seed=64 + lost)
    if lost:
        with pytest.raises(EngineLost):
            jobs.run_job(run.id)
        assert snapshot(run).error is None
        assert not (run.folder / jobs.FAULT).exists()
    else:
        jobs.run_job(run.id)
        shot = snapshot(run)
        assert shot.state is JobState.FAILED and shot.error is not None
        told = (run.folder / jobs.FAULT).read_text()
        assert shot.error.values["code"] in told and "ZeroDivisionError: a fault" in told


# Logs


def test_the_last_three_logs_are_kept(tmp_path):
    path = tmp_path / "deep" / "engine.log"
    for number in range(5):
        with embedded._new_log(path) as log:
            log.write(f"start {number}".encode())
    with embedded._new_log(path):
        pass  # says nothing
    embedded._new_log(path).close()
    found = {one.name: one.read_text() for one in path.parent.iterdir()}
    assert found == {"engine.log": "", "engine.log.1": "start 4", "engine.log.2": "start 3"}


@pytest.mark.slow
def test_log_of_a_killed_engine_is_there_after_the_next_start(own_engine, data_dir):
    with (data_dir / "engine.log").open("a") as log:
        log.write("what happened before the end")
    own_engine._connection.embedded.process.kill()
    wait_for(lambda: not own_engine._ready.is_set())
    assert own_engine.wait(START_SECONDS)
    assert "what happened before the end" in (data_dir / "engine.log.1").read_text()


def test_engine_has_a_session_of_its_own(own_engine):
    """Ctrl-C in a terminal goes to the group of the web process, and not to the engine's workers."""
    assert os.getsid(own_engine._connection.embedded.process.pid) != os.getsid(0)
    assert os.getsid(worker_pid(own_engine, "train")) != os.getsid(0)


def test_what_a_worker_prints_cannot_fill_the_pipe_to_the_web_process(own_engine):
    def print_much():
        print("x" * 1_000_000, flush=True)
        return True

    began = time.monotonic()
    assert own_engine._connection.client.submit(print_much, pure=False).result(timeout=60)
    assert time.monotonic() - began < 60
