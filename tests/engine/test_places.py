"""A real engine: nothing of a few seconds waits behind a long training."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.engine.conftest import START_SECONDS, ended, wait_for, wait_until, worker_pid
from tl_core import runs, settings
from tl_core.datasets.job_configs import InspectConfig
from tl_core.engine.client import Engine
from tl_core.people import Person, mark_of
from tl_core.run_book import expected_cost
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.training.augmentation import Augmentation

pytestmark = pytest.mark.slow

ANN, BOB = Person(id=mark_of("ann")), Person(id=mark_of("bob"))


@pytest.fixture(scope="module")
def engine(data_dir: Path, dataset: str) -> Iterator[Engine]:
    engine = Engine(settings.current(), foresee=expected_cost)
    engine.start()
    try:
        assert engine.wait(START_SECONDS)
        yield engine
    finally:
        engine.stop()


@pytest.fixture
def long_training(engine: Engine, new_run: Callable[..., runs.Run]) -> Iterator[runs.Run]:
    """A training that runs, and is forecast to run for minutes."""
    run = new_run(
        epochs=500, learning_rate=1e-6, copies=8, augmentation=Augmentation(rotation=10.0)
    )
    engine.submit(run, ANN)
    wait_until(run, lambda shot: bool(shot.epochs))
    yield run
    engine.cancel(run)
    wait_until(run, ended)


def test_small_training_and_import_end_while_a_long_training_runs(
    engine, long_training, new_run, dataset
):
    before = worker_pid(engine, "beside")
    look = runs.open_job(InspectConfig(dataset=dataset, validation=0.2, test=0.0, seed=0))
    small = new_run(epochs=2)
    engine.submit(look, BOB)
    engine.submit(small, BOB)
    assert wait_until(look, ended).state is JobState.DONE
    assert wait_until(small, ended).state is JobState.DONE
    assert snapshot(long_training).state is JobState.RUNNING
    # TensorFlow's memory is given back.
    wait_for(lambda: not psutil.pid_exists(before))


def test_small_training_beside_comes_to_the_same_as_alone(engine, long_training, new_run):
    run = new_run(epochs=3, seed=5)
    engine.submit(run, BOB)
    assert wait_until(run, ended).state is JobState.DONE
    beside = (run.folder / runs.HISTORY).read_bytes()
    engine.cancel(long_training)
    wait_until(long_training, ended)
    shutil.rmtree(run.folder)
    engine.submit(run := new_run(epochs=3, seed=5), BOB)
    assert wait_until(run, ended).state is JobState.DONE
    assert (run.folder / runs.HISTORY).read_bytes() == beside
