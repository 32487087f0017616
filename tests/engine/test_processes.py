"""The engine's process and the one that started it, ended in every order."""

import os
import signal
import socket
import subprocess
import sys

import numpy as np
import psutil
import pytest

from tests.engine.conftest import START_SECONDS, ended, wait_for, wait_until, worker_pid
from tests.engine.kills import WEB_PROCESS
from tests.processes import below, holds_keras
from tl_core import settings
from tl_core.engine.client import Engine
from tl_core.engine.questions import IMAGENET
from tl_core.engine.status import EngineState
from tl_core.errors import QueueFull
from tl_core.prediction.imagenet import input_size
from tl_core.runs.progress import read_events
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.settings import PROJECT

ORPHAN_SECONDS = 15
CLUSTER_SECONDS = 120
STOP_SECONDS = 30


def test_nothing_survives_the_kill_of_the_web_process_and_the_run_can_be_resumed(new_run):
    run = new_run(epochs=500, learning_rate=1e-5, seed=11)
    web = subprocess.Popen([sys.executable, "-c", WEB_PROCESS, run.id], cwd=PROJECT)
    try:
        wait_until(run, lambda shot: len(shot.epochs) >= 3)
        family = below(web.pid)
        assert len(family) >= 3  # the engine and two workers
    finally:
        web.send_signal(signal.SIGKILL)
        web.wait()
    assert snapshot(run).state is JobState.INTERRUPTED
    wait_for(lambda: not any(process.is_running() for process in family), ORPHAN_SECONDS)
    done = len(snapshot(run).epochs)

    engine = Engine(settings.current())
    engine.start()
    try:
        engine.submit(run)
        wait_until(run, lambda shot: len(shot.epochs) > done)
        engine.cancel(run)
        wait_until(run, ended)
    finally:
        engine.stop()
    events = read_events(run.folder / "progress.jsonl")
    numbers = [event["epoch"] for event in events if event["event"] == "epoch"]
    assert len(numbers) - len(set(numbers)) <= 1


def test_stopped_engine_leaves_no_process(data_dir):
    before = {process.pid for process in below(os.getpid())}
    engine = Engine(settings.current())
    engine.start()
    assert engine.wait(START_SECONDS)
    family = [process for process in below(os.getpid()) if process.pid not in before]
    assert family
    engine.stop()
    wait_for(lambda: not any(process.is_running() for process in family), ORPHAN_SECONDS)


def test_full_queue_answers_at_once_and_leaves_the_run_as_it_was(new_run, monkeypatch):
    monkeypatch.setenv("TL_QUEUE_LIMIT", "2")
    engine = Engine(settings.current())  # never started: everything waits
    first, second, third = (new_run(seed=seed) for seed in (21, 22, 23))
    engine.submit(first)
    engine.submit(second)
    with pytest.raises(QueueFull, match="2 jobs are waiting"):
        engine.submit(third)
    assert not (third.folder / "progress.jsonl").exists()
    engine.cancel(first)
    engine.submit(third)
    assert [engine.position(run) for run in (second, third)] == [0, 1]


@pytest.mark.slow
def test_worker_is_replaced_after_its_share_of_jobs(new_run, monkeypatch):
    monkeypatch.setenv("TL_RECYCLE_AFTER", "2")
    engine = Engine(settings.current())
    engine.start()
    try:
        assert engine.wait(START_SECONDS)
        first = worker_pid(engine, "train")
        for seed in (31, 32, 33):
            engine.submit(run := new_run(epochs=1, seed=seed))
            assert wait_until(run, ended).state is JobState.DONE
            if seed == 31:
                assert worker_pid(engine, "train") == first
        assert worker_pid(engine, "train") != first
    finally:
        engine.stop()


@pytest.mark.slow
def test_existing_cluster_is_used_and_nothing_is_started(new_run, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as free:
        monkeypatch.setenv("TL_SCHEDULER", f"tcp://127.0.0.1:{free.getsockname()[1]}")
    cluster = [
        subprocess.Popen([sys.executable, "-m", "tl_core.engine", part], cwd=PROJECT)
        for part in ("scheduler", "worker")
    ]
    before = set(psutil.Process().children())
    try:
        engine = Engine(settings.current())
        engine.start()
        try:
            engine.submit(run := new_run(epochs=2, seed=41))
            assert wait_until(run, ended, CLUSTER_SECONDS).state is JobState.DONE
            assert set(psutil.Process().children()) == before
        finally:
            engine.stop()
        assert [part.poll() for part in cluster] == [None, None]  # somebody else's goes on
    finally:
        for part in cluster:
            part.send_signal(signal.SIGTERM)
        assert [part.wait(STOP_SECONDS) for part in cluster] == [0, 0]


def test_cluster_out_of_reach_is_called_so(monkeypatch):
    monkeypatch.setenv("TL_SCHEDULER", "tcp://127.0.0.1:9")
    monkeypatch.setattr("tl_core.engine.connection.CONNECT_SECONDS", 0.2)
    engine = Engine(settings.current())
    engine.start()
    try:
        wait_for(lambda: engine.status.state is EngineState.UNREACHABLE, 40)
    finally:
        engine.stop()


def test_cloud_profile_trains_and_predicts_in_one_worker(new_run, monkeypatch):
    monkeypatch.setenv("TL_PROFILE", "cloud")
    engine = Engine(settings.current())
    engine.start()
    try:
        assert engine.wait(START_SECONDS)
        worker = worker_pid(engine, "train")
        assert worker == worker_pid(engine, "infer")
        pixels = np.zeros((1, input_size(), input_size(), 3), np.uint8)
        assert engine.ask(IMAGENET, pixels=pixels, seconds=CLUSTER_SECONDS)
        assert not holds_keras(worker)
        engine.submit(run := new_run(epochs=2, seed=51))
        assert wait_until(run, ended).state is JobState.DONE
        assert holds_keras(worker)
    finally:
        engine.stop()
