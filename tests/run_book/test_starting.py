"""One way to begin a training: its run is opened, mended if need be, and queued."""

from pathlib import Path

import pytest

from tl_core import files, runs
from tl_core.errors import QueueFull
from tl_core.run_book import start_training
from tl_core.runs import METRICS, Run
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.training import TrainingConfig

CONFIG = TrainingConfig(dataset="emoji", seed=3)


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    return tmp_path


def test_the_run_of_the_settings_is_queued_and_returned() -> None:
    queued: list[Run] = []
    run = start_training(CONFIG, queued.append)
    assert queued == [run] == list(runs.list_runs("train"))
    assert run.config == CONFIG.as_json()
    assert start_training(CONFIG, queued.append).id == run.id and len(runs.list_runs("train")) == 1


def test_a_training_that_the_disk_has_lost_something_of_is_not_done_when_it_is_queued() -> None:
    run = runs.open_run("train", CONFIG.as_json())
    run.append("state", state="done")
    files.write_json(run.folder / METRICS, {})
    states: list[JobState] = []
    start_training(CONFIG, lambda one: states.append(snapshot(one).state))
    assert states == [JobState.FAILED]


def test_a_refusal_goes_to_whoever_asked_and_leaves_the_run_to_be_queued_again() -> None:
    def full(run: Run) -> None:
        raise QueueFull("Too many jobs are waiting. Try again in a minute.")

    with pytest.raises(QueueFull):
        start_training(CONFIG, full)
    queued: list[Run] = []
    start_training(CONFIG, queued.append)
    assert [one.config for one in queued] == [CONFIG.as_json()]
