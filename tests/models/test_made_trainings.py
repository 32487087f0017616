"""The trainings that page tests write without Keras have the form of real ones."""

import pytest

from tests.app import trainings
from tests.models.conftest import stop_at_look
from tl_core import files
from tl_core.errors import JobCancelled
from tl_core.models.fitting import phase
from tl_core.models.fitting.training import run_training
from tl_core.runs.progress import read_events

RESULTS = ("metrics.json", "predictions.json", "model.json")
SMALL = {"size": 32, "dropout": 0.0}


def form(value):
    """Return a JSON value without its figures: names, kinds of values, and what lists hold."""
    if isinstance(value, dict):
        return {name: form(one) for name, one in value.items()}
    if isinstance(value, list):
        found = [form(one) for one in value]
        return [one for place, one in enumerate(found) if one not in found[:place]]
    return type(value).__name__


def recorded(run):
    """Return the form of every kind of line that a worker writes while it trains."""
    events = read_events(run.folder / "progress.jsonl")
    return {
        kind: form([event for event in events if event["event"] == kind])
        for kind in ("progress", "epoch")
    }


def assert_alike(real, made):
    for name in RESULTS:
        assert form(files.read_json(made.folder / name)) == form(
            files.read_json(real.folder / name)
        )
    assert recorded(made) == recorded(real)


@pytest.mark.parametrize("changes", [{}, {"test": 0.2}], ids=["usual", "with a test share"])
def test_made_training_has_the_form_of_a_real_one(new_run, changes):
    run_training(real := new_run(**SMALL, **changes))
    assert_alike(real, trainings.done(new_run(**SMALL, **changes, seed=8), {(0, 1): 1}))


def test_made_training_that_was_stopped_has_the_form_of_a_real_one(new_run, monkeypatch):
    stop_at_look(monkeypatch, phase, 21)
    with pytest.raises(JobCancelled):
        run_training(real := new_run(**SMALL))
    made = trainings.running(new_run(**SMALL, seed=8))
    trainings.epochs(made, 2)
    assert_alike(real, trainings.stopped(made, {(0, 1): 1}))
    assert "train" not in form(files.read_json(made.folder / "metrics.json"))
