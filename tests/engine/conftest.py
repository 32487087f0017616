"""One engine for a module, with a data folder of its own and a small dataset to train on."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from tests.datasets.importing import import_files
from tests.networks import make_usual_networks
from tl_core import images, settings
from tl_core.engine.client import Engine
from tl_core.runs import Run
from tl_core.runs.snapshots import Snapshot, snapshot
from tl_core.training import TrainingConfig, open_training

T = TypeVar("T")

START_SECONDS = 180
"""Generous: what is tested is what comes, not how soon on a busy machine."""


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("data")
    make_usual_networks()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TL_DATA_DIR", str(folder))
        yield folder


@pytest.fixture(scope="module")
def dataset(data_dir: Path) -> str:
    """Two classes that differ in brightness, 40 images each; returns the id."""
    random = np.random.default_rng(0)

    def picture(low: int) -> bytes:
        return images.encode_png(random.integers(low, low + 100, (64, 64, 3), dtype=np.uint8))

    classes = {
        name: [(f"{name}{i}.png", picture(low)) for i in range(40)]
        for name, low in (("dark", 0), ("light", 150))
    }
    return import_files(classes, "Dark and light", lambda *_: None).id


@pytest.fixture(scope="module")
def engine(data_dir: Path, dataset: str) -> Iterator[Engine]:
    with running_engine() as engine:
        yield engine


@contextmanager
def running_engine(seconds: float = START_SECONDS) -> Iterator[Engine]:
    """Yield an engine that is ready; it ends with the block."""
    engine = Engine(settings.current())
    engine.start()
    try:
        assert engine.wait(seconds)
        yield engine
    finally:
        engine.stop()


@pytest.fixture
def new_run(dataset: str) -> Callable[..., Run]:
    def make(**changes: Any) -> Run:
        config = TrainingConfig(dataset=dataset, **{"size": 64, "batch": 8, **changes})
        return open_training(config)

    return make


def wait_until(
    run: Run, reached: Callable[[Snapshot], bool], seconds: float = START_SECONDS
) -> Snapshot:
    """Return the first snapshot of `run` for which `reached` is true; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not reached(shot := snapshot(run)):
        assert time.monotonic() < deadline, f"still {shot.state}: {shot.phases}"
        time.sleep(0.05)
    return shot


def wait_for(condition: Callable[[], object], seconds: float = START_SECONDS) -> None:
    """Return when `condition` is true; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def ended(shot: Snapshot) -> bool:
    return not shot.state.live


def worker_address(engine: Engine, resource: str) -> str:
    """Return the address of the worker that holds `resource`; the others come after the one that answers."""
    connection = engine._connection
    assert connection

    def holders() -> list[str]:
        infos = connection.client.scheduler_info(n_workers=-1)["workers"]
        return [str(key) for key, info in infos.items() if resource in info["resources"]]

    wait_for(holders)
    (address,) = holders()
    return address


def run_in_worker(engine: Engine, resource: str, work: Callable[[], T]) -> T:
    """Return what `work` returns in the worker that holds `resource`."""
    address = worker_address(engine, resource)
    assert engine._connection
    found: dict[str, T] = engine._connection.client.run(work, workers=[address])
    return found[address]


def worker_pid(engine: Engine, resource: str) -> int:
    """Return the process id of the worker that holds `resource`."""
    return run_in_worker(engine, resource, os.getpid)
