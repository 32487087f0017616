"""A small dataset that is not too easy, in one data folder for all tests that train."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests.datasets.importing import import_files
from tl_core import images, runs
from tl_core.datasets.catalogue import get_dataset
from tl_core.runs import Run
from tl_core.runs.reporting import check_cancel
from tl_core.training import Training, TrainingConfig

IMAGES_PER_CLASS = 36
SIDE = 64
LEVELS = {"dark": 90, "light": 150}
"""Mean brightness of each class; single pictures vary so much around it that they overlap."""


def picture(random: np.random.Generator, level: float) -> bytes:
    noise = random.normal(level + random.normal(0, 25), 30, (SIDE, SIDE, 3))
    return images.encode_png(noise.clip(0, 255).astype(np.uint8))


@pytest.fixture(scope="package", autouse=True)
def exact() -> Iterator[None]:
    """Compute in float32 on every processor: what is compared with Keras agrees to its last digits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TL_PRECISION", "float32")
        yield


@pytest.fixture(scope="session")
def shared_data(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return a data folder and the id of the dataset in it: 72 pictures, three shards."""
    folder = tmp_path_factory.mktemp("data")
    random = np.random.default_rng(0)
    classes = {
        name: [(f"{name}{i}.png", picture(random, level)) for i in range(IMAGES_PER_CLASS)]
        for name, level in LEVELS.items()
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TL_DATA_DIR", str(folder))
        return folder, import_files(classes, "Dark and light", lambda *_: None).id


@pytest.fixture(scope="module")
def dataset(shared_data: tuple[Path, str]) -> Iterator[str]:
    """Work in the shared data folder; returns the id of its dataset."""
    folder, identifier = shared_data
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TL_DATA_DIR", str(folder))
        yield identifier


@pytest.fixture(scope="module")
def new_run(dataset: str) -> Callable[..., Run]:
    """Return ``new_run(**changes)``: a training that nobody has begun, even if it is the same as before."""

    def make(**changes: Any) -> Training:
        settings = {
            "dataset": dataset,
            "fingerprint": get_dataset(dataset).fingerprint,
            "size": SIDE,
            "batch": 8,
            "epochs": 4,
            "learning_rate": 0.002,
            **changes,
        }
        config = TrainingConfig(**settings).as_json()
        shutil.rmtree(runs.runs_dir() / runs.run_id("train", config), ignore_errors=True)
        return Training.of(runs.open_run("train", config))

    return make


def each_once(
    new_run: Callable[..., Run], named: Mapping[str, Mapping[str, Any]]
) -> Callable[[str], Training]:
    """Return ``trained(name)``: a run with the changes of that name, trained when it is first asked for.

    What one module has trained another gets as it was then: a copy.
    """
    from tl_core.models.fitting.training import (
        run_training,
    )  # loads Keras: not for those who only look

    @cache
    def trained(name: str) -> Training:
        run = new_run(**named[name])
        kept = runs.runs_dir().parent / "kept" / run.id
        if kept.exists():
            shutil.copytree(kept, run.folder, dirs_exist_ok=True)
        else:
            run_training(run)
            shutil.copytree(run.folder, kept)
        return Training.of(run)

    return trained


def stop_at_look(patch: pytest.MonkeyPatch, module: ModuleType, number: int) -> list[Run]:
    """Press Stop when `module` looks for the `number`th time; returns a list that grows with every look."""
    looks: list[Run] = []

    def look(run: Run) -> None:
        looks.append(run)
        if len(looks) == number:
            runs.get_run(run.id).request_cancel()
        check_cancel(run)

    patch.setattr(module, "check_cancel", look)
    return looks
