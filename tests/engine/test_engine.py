"""A whole engine: real workers, real Keras, real kills."""

import json
import os
import shutil
import signal
import sys
import time

import numpy as np
import psutil
import pytest

from tests.engine.conftest import ended, run_in_worker, wait_for, wait_until, worker_pid
from tests.processes import below, holds_keras
from tl_core import images, runs
from tl_core.datasets.catalogue import read_photo
from tl_core.datasets.job_configs import InspectConfig
from tl_core.engine.questions import HEAT_MAP, IMAGENET, PING, PREDICT
from tl_core.engine.status import EngineState
from tl_core.engine.worker import NICENESS
from tl_core.errors import EngineUnavailable, RunNotFound
from tl_core.prediction.imagenet import imagenet_classes
from tl_core.runs.progress import read_events
from tl_core.runs.snapshots import JobState, snapshot

STOP_SECONDS = 5
LONG = {"epochs": 500, "learning_rate": 1e-5}


def test_worker_answers_a_question(engine):
    assert engine.ask(PING, echo="hello", seconds=30) == "hello"


def test_imagenets_classifier_answers_before_anything_is_trained(engine):
    pixels = images.model_input(read_photo("coffee"), "coffee", 224)
    answer = engine.ask(IMAGENET, pixels=pixels[np.newaxis], seconds=120)
    (guesses,) = answer.photos
    assert imagenet_classes()[guesses[0].label].name("en") == "espresso"


def test_error_of_a_question_arrives_with_its_sentence(engine):
    with pytest.raises(RunNotFound, match="names no run"):
        engine.ask(PREDICT, run_id="../x", pixels=np.zeros((64, 64, 3), np.uint8), seconds=60)


def test_unanswered_question_gives_up_in_time(engine):
    os.kill(pid := worker_pid(engine, "infer"), signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(EngineUnavailable, match="within 1 seconds"):
            engine.ask(PING, seconds=1)
        assert time.monotonic() - began < 3
    finally:
        os.kill(pid, signal.SIGCONT)
    assert engine.ask(PING, seconds=30) == "pong"


def test_workers_yield_to_the_web_process(engine):
    for resource in ("infer", "train", "data"):
        assert psutil.Process(worker_pid(engine, resource)).nice() == NICENESS + os.nice(0)


@pytest.mark.skipif(sys.platform != "linux", reason="asks glibc")
def test_the_worker_that_answers_is_not_given_the_same_memory_again_and_again(engine):
    def faults():
        import resource

        import numpy as np

        def so_far():
            return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

        np.ones(100_000)
        before = so_far()
        for _ in range(100):
            np.ones(100_000)  # 195 pages
        return so_far() - before

    assert run_in_worker(engine, "infer", faults) < 195 * 10
    assert run_in_worker(engine, "data", faults) > 195 * 90


def test_training_reports_phases_epochs_and_results(engine, new_run):
    engine.submit(run := new_run(epochs=5))
    shot = wait_until(run, ended)
    assert shot.state is JobState.DONE
    assert [(phase.name, phase.done, phase.total) for phase in shot.phases] == [
        ("features", 80, 80),
        ("head", 5 * 64, 5 * 64),  # images
        ("Judge the result", 64, 64),
    ]
    assert [epoch["epoch"] for epoch in shot.epochs] == [1, 2, 3, 4, 5]
    validation = json.loads((run.folder / "metrics.json").read_text())["validation"]
    assert validation["n"] == 16
    low, high = validation["interval"]
    assert 0 <= low < validation["accuracy"] <= high <= 1
    assert {"head.safetensors", "model.json", "history.csv"} <= {
        f.name for f in run.folder.iterdir()
    }


def test_only_the_worker_that_trains_holds_keras(engine, new_run):
    """Whoever answers and extracts stays small: it runs what Keras has exported."""
    run = new_run(epochs=1, unfrozen=1, fine_epochs=1)
    engine.submit(run)
    assert wait_until(run, ended).state is JobState.DONE
    size = run.config["size"]
    pixels = np.zeros((size, size, 3), np.uint8)
    assert len(engine.ask(PREDICT, run_id=run.id, pixels=pixels, seconds=60).shares) == 2
    assert engine.ask(HEAT_MAP, run_id=run.id, pixels=pixels, seconds=60).maps.shape[0] == 1
    for resource, expected in (("infer", False), ("train", True)):
        assert holds_keras(worker_pid(engine, resource)) is expected


def test_second_training_reuses_the_features_and_says_so(engine, new_run):
    engine.submit(first := new_run(epochs=1))
    wait_until(first, ended)
    engine.submit(second := new_run(epochs=2))
    shot = wait_until(second, ended)
    assert [note.values for note in shot.notes] == [{"reused": 80, "total": 80}]
    assert json.loads((second.folder / "metrics.json").read_text())["images_computed"] == 0


def test_same_configuration_is_one_job(engine, new_run):
    run = new_run(**LONG, seed=1)
    wait_for(lambda: engine.status.running == 0)  # the worker of an earlier test tidies up
    for _ in range(3):  # somebody clicks again and again
        engine.submit(run)
    assert engine.status.state is EngineState.BUSY
    running, queued = engine.status.running, engine.status.queued
    assert (running, queued) == (1, 0)
    engine.cancel(run)
    wait_until(run, ended)


def test_done_job_is_not_run_again(engine, new_run):
    engine.submit(run := new_run(epochs=3))
    wait_until(run, ended)
    before = (run.folder / "progress.jsonl").read_bytes()
    engine.submit(run)
    assert engine.position(run) is None
    assert (run.folder / "progress.jsonl").read_bytes() == before


def test_work_on_a_dataset_does_not_wait_behind_a_training(engine, new_run, dataset):
    engine.submit(training := new_run(**LONG, seed=13))
    look = runs.open_job(InspectConfig(dataset=dataset, validation=0.2, test=0.0, seed=0))
    engine.submit(look)
    assert wait_until(look, ended).state is JobState.DONE
    assert snapshot(training).state.live
    engine.cancel(training)
    wait_until(training, ended)


def test_jobs_wait_in_order_and_a_waiting_one_is_cancelled_at_once(engine, new_run):
    first, second, third = (new_run(**LONG, seed=seed) for seed in (2, 3, 4))
    wait_for(lambda: engine.status.running == 0)
    for run in (first, second, third):
        engine.submit(run)
    assert [engine.position(run) for run in (first, second, third)] == [None, 1, 2]
    engine.cancel(second)
    assert snapshot(second).state is JobState.CANCELLED
    assert engine.position(third) == 1
    engine.cancel(third)
    engine.cancel(first)
    wait_until(first, ended)


def test_cancel_stops_a_running_job_and_resume_goes_on_from_its_epoch(engine, new_run):
    engine.submit(run := new_run(**LONG, seed=5))
    wait_until(run, lambda shot: len(shot.epochs) >= 3)
    began = time.monotonic()
    engine.cancel(run)
    assert wait_until(run, ended, STOP_SECONDS).state is JobState.CANCELLED
    assert time.monotonic() - began < STOP_SECONDS
    wait_for(lambda: engine.status.running == 0)
    done = len(snapshot(run).epochs)
    engine.submit(run)
    wait_until(run, lambda shot: len(shot.epochs) > done)
    engine.cancel(run)
    wait_until(run, ended)
    assert most_epochs_repeated(run) <= 1


@pytest.mark.slow
def test_job_that_does_not_look_at_its_flag_is_stopped_all_the_same(engine, new_run):
    engine.submit(run := new_run(**LONG, seed=6))
    wait_until(run, lambda shot: bool(shot.epochs))
    os.kill(pid := worker_pid(engine, "train"), signal.SIGSTOP)
    engine.cancel(run)
    assert wait_until(run, ended, STOP_SECONDS).state is JobState.CANCELLED
    wait_for(lambda: not psutil.pid_exists(pid))
    engine.submit(after := new_run(epochs=4))
    assert wait_until(after, ended).state is JobState.DONE


@pytest.mark.slow
def test_killed_training_worker_is_replaced_and_the_job_goes_on_by_itself(engine, new_run):
    engine.submit(run := new_run(epochs=150, seed=7))
    wait_until(run, lambda shot: len(shot.epochs) >= 5)
    os.kill(worker_pid(engine, "train"), signal.SIGKILL)
    shot = wait_until(run, ended)
    assert shot.state is JobState.DONE
    assert [epoch["epoch"] for epoch in shot.epochs] == list(range(1, 151))
    assert most_epochs_repeated(run) <= 1


@pytest.mark.slow
def test_killed_feature_worker_costs_only_the_shards_it_was_at(engine, new_run):
    engine.submit(run := new_run(epochs=1, size=96))
    wait_until(run, lambda shot: bool(shot.phases) and shot.phases[0].done > 0)
    os.kill(worker_pid(engine, "infer"), signal.SIGKILL)
    shot = wait_until(run, ended)
    assert shot.state is JobState.DONE
    assert json.loads((run.folder / "metrics.json").read_text())["images_computed"] == 80


@pytest.mark.slow
def test_killed_engine_is_started_again_and_the_job_goes_on(engine, new_run):
    engine.submit(run := new_run(epochs=150, seed=8))
    wait_until(run, lambda shot: len(shot.epochs) >= 5)
    children = below(engine._connection.embedded.process.pid)
    engine._connection.embedded.process.kill()
    wait_for(lambda: engine.status.state is EngineState.RESTARTING, 10)
    assert wait_until(run, ended).state is JobState.DONE
    assert most_epochs_repeated(run) <= 1
    assert not [child for child in children if child.is_running()]


def most_epochs_repeated(run):
    """Return how many epochs a run did more than once."""
    events = read_events(run.folder / "progress.jsonl")
    numbers = [event["epoch"] for event in events if event["event"] == "epoch"]
    return len(numbers) - len(set(numbers))


def test_same_seed_is_bit_equal_while_others_use_the_engine(engine, new_run):
    """Threads that fetch ahead must not change the order of the batches."""
    heads = []
    for _ in range(2):
        engine.submit(run := new_run(epochs=10, seed=9))
        while snapshot(run).state.live:
            engine.ask(PING, seconds=30)
        heads.append((run.folder / "head.safetensors").read_bytes())
        shutil.rmtree(run.folder)
    engine.submit(other := new_run(epochs=10, seed=10))
    wait_until(other, ended)
    assert heads[0] == heads[1] != (other.folder / "head.safetensors").read_bytes()


def test_resume_in_the_moment_after_the_stop_is_not_lost(engine, new_run):
    engine.submit(run := new_run(epochs=30, seed=12))
    wait_until(run, lambda shot: bool(shot.epochs))
    engine.cancel(run)
    wait_until(run, ended)
    engine.submit(run)  # the engine may not know yet that the first attempt is over
    assert wait_until(run, ended).state is JobState.DONE
