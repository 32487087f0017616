"""Trainings as a worker leaves them, written without one: for the tests of pages.

``tests/models/test_made_trainings.py`` compares their form with that of real ones.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tests.datasets.importing import import_files
from tests.datasets.samples import picture
from tl_core import files, runs
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.splits import split
from tl_core.results import scores
from tl_core.results.metrics import Judged
from tl_core.runs import Run
from tl_core.runs.snapshots import snapshot
from tl_core.training import TrainingConfig
from tl_core.training.schedule import best_epoch
from tl_core.ui.datasets.choice import DEFAULT

Mistakes = Mapping[tuple[int, int], int]
"""(true class, guess) -> how many held-out images."""

MISTAKES: Mistakes = {(0, 1): 1, (0, 2): 1, (1, 0): 2, (1, 2): 1, (2, 1): 3}
"""Of the 26, 20 and 11 emoji that are held out, 49 of 57 are right."""
SURE = 0.9
"""Probability of every guess."""
EPOCHS = 6
DEAD: dict[str, Any] = {"started": 1.0}
"""Makes an owner that is not there any more: another process had this number."""


def usual(**changes: Any) -> dict[str, Any]:
    """Return what an untouched page trains, with `changes`."""
    return _config(DEFAULT) | changes


def _config(dataset: str) -> dict[str, Any]:
    return TrainingConfig(dataset=dataset, fingerprint=get_dataset(dataset).fingerprint).as_json()


def pets(first: int = 0) -> str:
    """Import two classes, with other pictures for another `first`; returns the dataset's id."""
    classes = {
        name: [(f"{i}.png", picture(start + i)) for i in range(6)]
        for name, start in (("cats", first), ("dogs", first + 100))
    }
    return import_files(classes, "Pets", lambda *_: None).id


def only_run(kind: str = "train") -> Run:
    (run,) = runs.list_runs(kind)
    return run


def open_run(**changes: Any) -> Run:
    """Open a training of the emoji, whose `MISTAKES` are known, with `changes`."""
    return runs.open_run("train", _config("emoji") | changes)


def queued(run: Run, **owner: Any) -> Run:
    run.append("state", state="queued", owner=runs.owner() | owner)
    return run


def running(run: Run, **owner: Any) -> Run:
    queued(run, **owner).append("state", state="running")
    return run


def epochs(run: Run, count: int, *, first: int = 1, **changes: float) -> None:
    """Record `count` epochs from number `first` on, each better than the one before, with `changes`."""
    for number in range(first, first + count):
        metrics = {
            "epoch": number,
            "accuracy": 1 - 0.5 / number,
            "loss": 1 / number,
            "val_loss": 0.2 + 1 / number,
            "val_accuracy": 0.9 - 0.4 / number,
            "rate": 0.001,
            "unfrozen": 0,
        }
        run.append("epoch", epoch=number, metrics=metrics | changes)


def done(run: Run, mistakes: Mistakes = MISTAKES, **facts: Any) -> Run:
    """Give a run what a worker leaves at the end of a training; `facts` change its ``metrics.json``."""
    if not snapshot(run).epochs:
        epochs(running(run), EPOCHS)
    _write_results(run, mistakes, facts, stopped=False)
    run.append("state", state="done")
    return run


def stopped(run: Run, mistakes: Mistakes = MISTAKES) -> Run:
    """Stop a running training in the middle of an epoch: the best one before is kept."""
    run.request_cancel()
    _write_results(run, mistakes, {}, stopped=True)
    run.append("state", state="cancelled")
    return run


def _write_results(
    run: Run, mistakes: Mistakes, facts: Mapping[str, Any], *, stopped: bool
) -> None:
    config = TrainingConfig.from_json(run.config)
    dataset = get_dataset(config.dataset)
    shot = snapshot(run)
    _report(run, len(dataset.images), len(shot.epochs))
    sides = split(dataset, validation=config.validation, test=config.test, seed=config.seed)
    parts = {"validation": sides.validation}
    metrics: dict[str, Any] = {
        "best_epoch": 1 + best_epoch(shot.epochs),
        "stopped": stopped,
        "images_computed": len(dataset.images),
        "images_reused": 0,
        "seconds_features": 6.25,
        "seconds_head": 2.5,
    }
    if not stopped:
        metrics["train"] = _summary(_guessed(dataset, sides.train, mistakes), dataset)
        if sides.test:
            parts["test"] = sides.test
    predictions = {name: _guessed(dataset, rows, mistakes) for name, rows in parts.items()}
    metrics |= {name: _summary(guessed, dataset) for name, guessed in predictions.items()}
    files.write_json(run.folder / "predictions.json", predictions)
    files.write_json(run.folder / "metrics.json", {**metrics, **facts})
    files.write_json(run.folder / "model.json", _model(config, dataset))


def _report(run: Run, images: int, count: int) -> None:
    run.append("progress", phase="features", done=images, total=images, message="")
    message = f"{count}/{count}"
    run.append("progress", phase="head", done=count * images, total=count * images, message=message)


def _guessed(dataset: Dataset, rows: Sequence[int], mistakes: Mistakes) -> dict[str, Any]:
    """Return guesses for some images as ``predictions.json`` holds them: the first of a class are wrong."""
    labels = [dataset.images[row].label for row in rows]
    guesses = list(labels)
    for (truth, guess), count in mistakes.items():
        right = [row for row, label in enumerate(labels) if label == truth == guesses[row]]
        for row in right[:count]:
            guesses[row] = guess
    classes = len(dataset.class_names)
    shares = np.full((len(rows), classes), (1 - SURE) / (classes - 1))
    shares[np.arange(len(rows)), guesses] = SURE
    return {
        "images": [dataset.images[row].sha256 for row in rows],
        "labels": labels,
        "probabilities": shares.tolist(),
    }


def _summary(guessed: Mapping[str, Any], dataset: Dataset) -> dict[str, Any]:
    guesses = np.array(guessed["probabilities"]).argmax(axis=1)
    classes = len(dataset.class_names)
    confusion = scores.confusion_matrix(np.array(guessed["labels"]), guesses, classes)
    return Judged.of(confusion).as_json()


def _model(config: TrainingConfig, dataset: Dataset) -> dict[str, Any]:
    return {
        "class_names": dataset.class_names,
        "features": [1280],
        "unfrozen": config.unfrozen,
        "weights_sha256": "0" * 64,
        "precision": "float32",
        "parameters": 3843,
        "learned": 3843,
        "versions": dict.fromkeys(("python", "keras", "tensorflow", "numpy"), "1.0"),
    }
