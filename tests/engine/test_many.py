"""Many photos in a real engine: beside a training, beside questions, and through the death of a worker."""

import os
import shutil
import signal
import time
from collections.abc import Callable

import numpy as np
import pytest

from tests.datasets.samples import zip_bytes
from tests.engine.conftest import ended, running_engine, wait_for, wait_until, worker_pid
from tl_core import files, images, runs
from tl_core.datasets.bringing.waiting import upload_path
from tl_core.datasets.job_configs import ScoreConfig
from tl_core.engine.client import Engine
from tl_core.engine.questions import PREDICT
from tl_core.exports import trained_mark
from tl_core.prediction.rows import ROWS
from tl_core.prediction.scored import read_scored
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.training import TrainingConfig, open_training

PHOTOS = 600
SIDE = 64


def picture(number: int) -> bytes:
    pixels = np.random.default_rng(number).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    return images.encode_png(pixels)


@pytest.fixture(scope="module")
def network(engine: Engine, dataset: str) -> Run:
    """A network of two classes, trained in the engine."""
    run = open_training(TrainingConfig(dataset=dataset, size=SIDE, batch=8, epochs=1))
    engine.submit(run)
    assert wait_until(run, ended).state is JobState.DONE
    return run


@pytest.fixture(scope="module")
def archive() -> bytes:
    return zip_bytes({f"dark/{n:04}.png": picture(n % 50) for n in range(PHOTOS)})


@pytest.fixture
def new_scoring(network: Run, archive: bytes) -> Callable[[str], Run]:
    """Return ``new_scoring(title)``: the job about the archive, which waits for it."""

    def make(title: str) -> Run:
        digest = files.sha256_of_json(title)
        config = ScoreConfig(
            sha256=digest, title=title, run=network.id, trained=trained_mark(network)
        )
        run = runs.open_job(config)
        files.write_bytes(upload_path(run), archive)
        return run

    return make


def begun(run: Run) -> None:
    """Wait until some photos have their rows."""
    wait_for(lambda: (run.folder / ROWS).exists() and (run.folder / ROWS).stat().st_size > 1000)


def names(run: Run) -> list[str]:
    return [row.name for row in read_scored(run).every()]


@pytest.mark.slow
def test_it_waits_for_no_training_and_keeps_no_question_waiting(
    engine: Engine, network: Run, new_run: Callable[..., Run], new_scoring: Callable[[str], Run]
) -> None:
    training, scoring = new_run(epochs=200, seed=4), new_scoring("beside")
    engine.submit(training)
    wait_until(training, lambda shot: len(shot.epochs) > 0 or not shot.state.live)
    engine.submit(scoring)
    assert engine.position(scoring) in (0, None)
    begun(scoring)
    pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
    engine.ask(PREDICT, seconds=60, run_id=network.id, pixels=pixels)
    assert snapshot(scoring).state is JobState.RUNNING  # it was answered while the photos come
    assert wait_until(scoring, ended).state is JobState.DONE
    assert snapshot(training).state is JobState.RUNNING
    engine.cancel(training)
    wait_until(training, ended)
    assert len(names(scoring)) == PHOTOS


@pytest.mark.slow
def test_it_is_stopped_within_a_second_and_goes_on_where_it_was(
    engine: Engine, new_scoring: Callable[[str], Run]
) -> None:
    engine.submit(run := new_scoring("stopped"))
    begun(run)
    started = time.monotonic()
    engine.cancel(run)
    assert wait_until(run, ended).state is JobState.CANCELLED
    assert time.monotonic() - started < 3.5  # its worker was not restarted for it
    done = (run.folder / ROWS).read_bytes().count(b"\n")
    assert 0 < done < PHOTOS
    before = (run.folder / ROWS).read_bytes()
    engine.submit(run)
    assert wait_until(run, ended).state is JobState.DONE
    assert (run.folder / ROWS).read_bytes().startswith(before)
    assert names(run) == sorted(names(run)) and len(names(run)) == PHOTOS


@pytest.mark.slow
def test_a_killed_worker_costs_no_row_and_doubles_none(
    engine: Engine, new_scoring: Callable[[str], Run]
) -> None:
    engine.submit(run := new_scoring("killed"))
    begun(run)
    os.kill(pid := worker_pid(engine, "score"), signal.SIGKILL)
    assert snapshot(run).state is JobState.RUNNING
    shot = wait_until(run, ended)
    assert shot.state is JobState.DONE, shot.error
    assert worker_pid(engine, "score") != pid
    assert names(run) == [f"dark/{n:04}.png" for n in range(PHOTOS)]
    found = read_scored(run)
    assert all(found.thumbnails(list(found.every())))
    # It did go on: the second attempt began with what the first had done.
    assert any(phase.first > 0 for phase in shot.phases)


@pytest.mark.slow
def test_what_a_server_had_begun_is_there_for_the_next(
    engine: Engine, new_scoring: Callable[[str], Run]
) -> None:
    """Another server on the same folder: this one's engine has ended with it."""
    run = new_scoring("restarted")
    with running_engine() as first:
        first.submit(run)
        begun(run)
    assert not (run.folder / "scored.json").exists()
    assert snapshot(run).state is JobState.INTERRUPTED
    assert upload_path(run).exists()
    engine.submit(run)
    assert wait_until(run, ended).state is JobState.DONE
    assert len(names(run)) == PHOTOS


@pytest.mark.slow
def test_a_table_that_is_deleted_while_it_is_made_leaves_nothing(
    engine: Engine, new_scoring: Callable[[str], Run]
) -> None:
    engine.submit(run := new_scoring("deleted"))
    begun(run)
    shutil.rmtree(run.folder)
    wait_for(lambda: engine.status.running == 0)
    assert not (run.folder / ROWS).exists()
