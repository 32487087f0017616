"""Workers that only train hold Keras while it is wanted, and not before and not for ever."""

import threading
import time

import psutil
import pytest

from tests.engine.conftest import ended, running_engine, wait_for, wait_until, worker_pid
from tests.processes import holds_keras
from tl_core.engine import readiness
from tl_core.engine.questions import PING
from tl_core.engine.readiness import KEPT_SECONDS, Readiness, wanted
from tl_core.runs.snapshots import JobState

NEVER = float("-inf")
KINDS = {"one": {"infer": 3}, "two": {"train": 1}, "both": {"infer": 3, "train": 1}}
KNOWN = {name: {"resources": kind} for name, kind in KINDS.items()}


class Workers:
    """A client of a cluster with a worker for each kind of work, and who was told to load or was replaced."""

    def __init__(self):
        self.told, self.replaced, self._lock = list[str](), list[str](), threading.Lock()
        self.busy = list[str]()

    def run(self, _, workers, on_error):
        with self._lock:
            self.told += workers

    def processing(self, workers):
        return {
            worker: tuple("answer" for busy in self.busy if busy == worker) for worker in workers
        }

    def replace(self, workers):
        self.replaced += workers


@pytest.fixture
def workers():
    return Workers()


@pytest.fixture
def kept(workers):
    return Readiness(workers, workers.replace)


def test_nobody_loads_keras_before_somebody_opens_what_trains(workers, kept):
    kept.look(NEVER, KNOWN)
    assert (workers.told, workers.replaced) == ([], [])
    kept.look(time.monotonic(), KNOWN)
    wait_for(lambda: workers.told, 10)
    assert workers.told == ["two"]  # the others have it anyway, or train nothing


def test_a_worker_is_told_once(workers, kept):
    for _ in range(5):
        kept.look(time.monotonic(), KNOWN)
    wait_for(lambda: workers.told, 10)
    time.sleep(0.1)  # others would be as quick
    assert workers.told == ["two"]


def test_it_is_given_up_when_nobody_has_trained_for_long(workers, kept, monkeypatch):
    kept.look(time.monotonic(), KNOWN)
    long_ago = time.monotonic() - KEPT_SECONDS - 1
    kept.begins("job")
    kept.look(long_ago, KNOWN)
    assert workers.replaced == []  # somebody trains
    kept.ends("job")
    kept.look(long_ago, KNOWN)
    assert workers.replaced == []  # somebody has just trained
    now = time.monotonic()
    with monkeypatch.context() as patch:
        patch.setattr("time.monotonic", lambda: now + KEPT_SECONDS + 1)
        kept.look(long_ago, KNOWN)
        kept.look(long_ago, KNOWN)
    wait_for(lambda: workers.replaced, 10)
    assert workers.replaced == ["two"]  # and once


def test_one_that_still_answers_is_replaced_once_it_rests(workers, kept, monkeypatch):
    kept.look(time.monotonic(), KNOWN)
    workers.busy.append("two")
    now = time.monotonic()
    monkeypatch.setattr("time.monotonic", lambda: now + KEPT_SECONDS + 1)
    kept._give_up("two")
    assert workers.replaced == []
    workers.busy.clear()
    kept.look(NEVER, KNOWN)
    wait_for(lambda: workers.replaced, 10)
    assert workers.replaced == ["two"]


def test_workers_of_a_cluster_are_left_alone(workers):
    kept = Readiness(workers, None)
    kept.look(time.monotonic(), KNOWN)
    kept.look(NEVER, KNOWN)
    assert workers.replaced == []


@pytest.mark.parametrize(("idle", "expected"), [(0, True), (599, True), (601, False)])
def test_keras_is_wanted_for_ten_minutes(idle, expected):
    assert wanted(idle) is expected


@pytest.mark.slow
def test_the_training_worker_is_small_until_it_is_expected_and_again_after_its_rest(
    data_dir, new_run, monkeypatch
):
    with running_engine() as engine:
        time.sleep(3)
        assert not holds_keras(worker_pid(engine, "train"))
        engine.expect_training()
        wait_for(lambda: holds_keras(worker_pid(engine, "train")))
        first = worker_pid(engine, "train")
        engine.submit(run := new_run(epochs=1, seed=61))
        assert wait_until(run, ended).state is JobState.DONE
        assert worker_pid(engine, "train") == first
        monkeypatch.setattr(readiness, "KEPT_SECONDS", 1.0)
        while psutil.pid_exists(first):  # questions are answered all the while
            assert engine.ask(PING, seconds=60) == "pong"
            time.sleep(0.1)
        monkeypatch.setattr(readiness, "KEPT_SECONDS", KEPT_SECONDS)
        wait_for(lambda: engine._slots.get("train"))
        engine.submit(run := new_run(epochs=1, seed=62))
        assert wait_until(run, ended).state is JobState.DONE
