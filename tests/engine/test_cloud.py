"""The cloud profile's one worker: it trains on a page that measures, in the memory that a free host gives."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from benchmarks.lab import megabytes
from tests.engine.conftest import ended, running_engine, wait_for, wait_until
from tests.processes import below
from tl_core import runs
from tl_core.datasets.catalogue import get_dataset
from tl_core.engine.client import Engine
from tl_core.engine.questions import FORECAST, LIKENESS, PREDICT, Question
from tl_core.errors import EngineBusy
from tl_core.runs.snapshots import JobState
from tl_core.training import TrainingConfig, open_training

WEB_MEGABYTES = 200
"""Of 1,500 for everything, what the web process is left; it takes 140 to 190."""
SECONDS = 300
LONG = {"epochs": 500, "learning_rate": 1e-5}


@pytest.fixture
def cloud(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv("TL_PROFILE", "cloud")
    with running_engine(SECONDS) as engine:
        yield engine


class Peak(threading.Thread):
    """The most that an engine's processes take together, in MB, while the block runs."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(daemon=True)
        self.megabytes, self._over = 0.0, threading.Event()
        assert engine._connection and engine._connection.embedded
        self._engine = psutil.Process(engine._connection.embedded.process.pid)

    def __enter__(self) -> "Peak":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        while not self._over.wait(0.1):
            with suppress(psutil.Error):  # a process that ends while it is looked at
                family = [self._engine, *below(self._engine.pid)]
                self.megabytes = max(self.megabytes, sum(map(megabytes, family)))


def train_beside_measurements(engine: Engine, **settings_of_training: Any) -> runs.Run:
    """Do what a visitor's page does: ask for both measurements, and train at once."""
    dataset = get_dataset("emoji")
    config = TrainingConfig(
        dataset=dataset.id, fingerprint=dataset.fingerprint, **settings_of_training
    )

    def ask(question: Question[object], **arguments: object) -> None:
        with suppress(EngineBusy):
            engine.ask(question, seconds=SECONDS, **arguments)

    asked = [
        threading.Thread(target=ask, args=[LIKENESS], kwargs={"dataset": dataset.id}),
        threading.Thread(target=ask, args=[FORECAST], kwargs={"config": config}),
    ]
    for thread in asked:
        thread.start()
    engine.submit(run := open_training(config))
    wait_until(run, ended, SECONDS)
    for thread in asked:
        thread.join()
    return run


@pytest.mark.slow
@pytest.mark.parametrize(
    "chosen",
    [
        {"size": 160},
        pytest.param({"size": 224}, marks=pytest.mark.slow),
        pytest.param({"size": 224, "unfrozen": 5, "fine_epochs": 3}, marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_first_training_ends_and_leaves_room_for_the_web_process(cloud, chosen):
    with Peak(cloud) as peak:
        run = train_beside_measurements(cloud, **chosen)
    assert wait_until(run, ended).state is JobState.DONE
    assert 600 < peak.megabytes < 1500 - WEB_MEGABYTES  # a worker with TensorFlow was among them


@pytest.mark.slow
def test_a_measurement_waits_for_the_job_and_a_prediction_does_not(cloud, new_run):
    trained = new_run(epochs=1, seed=71)
    cloud.submit(trained)
    assert wait_until(trained, ended, SECONDS).state is JobState.DONE
    run = new_run(**LONG, seed=72)
    cloud.submit(run)
    wait_until(run, lambda shot: len(shot.epochs) >= 1, SECONDS)
    config = TrainingConfig(dataset="", size=64)
    with pytest.raises(EngineBusy, match="when the engine is free"):
        cloud.ask(FORECAST, config=config, seconds=60)
    pixels = np.zeros((64, 64, 3), np.uint8)
    assert len(cloud.ask(PREDICT, run_id=trained.id, pixels=pixels, seconds=60).shares) == 2
    cloud.cancel(run)
    wait_until(run, ended)
    wait_for(lambda: not cloud.status.running)  # its worker has let go of it
    assert cloud.ask(FORECAST, config=config, seconds=SECONDS).images_per_second > 0
