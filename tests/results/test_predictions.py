"""Guesses for single images: what a run has kept of them is read with suspicion."""

import json
import math

import numpy as np
import pytest

from tl_core import files, runs
from tl_core.errors import RunNotFound
from tl_core.results.error_analysis import cell, top_losses
from tl_core.results.predictions import Predictions, list_parts, read_predictions
from tl_core.runs import PREDICTIONS

NAMES = ("ant", "bee", "cat")


def predictions(labels, probabilities, names=NAMES, images=None):
    return Predictions(
        class_names=names,
        images=tuple(images or (f"{row:064x}" for row in range(len(labels)))),
        labels=np.array(labels, np.int64),
        probabilities=np.array(probabilities, np.float64),
    )


def sure(guess, share=0.9, classes=3):
    """Return probabilities with `share` for `guess`."""
    rest = (1 - share) / (classes - 1)
    return [share if place == guess else rest for place in range(classes)]


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    run = runs.open_run("train", {"dataset": "emoji"})
    files.write_json(run.folder / "model.json", {"class_names": NAMES})
    return run


def content(**changes):
    part = {"images": ["a" * 64, "b" * 64], "labels": [0, 2], "probabilities": [sure(0), sure(1)]}
    return {"validation": part | changes}


def write(run, value):
    (run.folder / PREDICTIONS).write_text(json.dumps(value))


# Reading


def test_what_a_training_wrote_is_read(run):
    write(run, content())
    found = read_predictions(run)
    assert found.class_names == NAMES
    assert found.images == ("a" * 64, "b" * 64)
    assert found.labels.tolist() == [0, 2]
    assert found.guesses.tolist() == [0, 1]
    assert found.confidences.tolist() == [0.9, 0.9]
    assert list_parts(run) == ("validation",)


def test_the_test_part_is_its_own(run):
    write(run, content() | {"test": content(labels=[1, 1])["validation"]})
    assert list_parts(run) == ("validation", "test")
    assert read_predictions(run, "test").labels.tolist() == [1, 1]
    assert read_predictions(run).labels.tolist() == [0, 2]


def test_a_part_that_the_run_does_not_have_is_refused(run):
    write(run, content())
    with pytest.raises(RunNotFound, match="has no test images"):
        read_predictions(run, "test")


def test_a_run_of_an_earlier_version_says_so(run):
    with pytest.raises(RunNotFound, match="an earlier version"):
        read_predictions(run)


def test_a_file_written_again_is_read_again(run):
    write(run, content())
    assert read_predictions(run).labels.tolist() == [0, 2]
    write(run, content(images=["c" * 64, "d" * 64], labels=[1, 1]))
    assert read_predictions(run).labels.tolist() == [1, 1]


def test_numbers_that_grew_beyond_all_bounds_are_no_guesses(run):
    write(run, content(probabilities=[sure(0), [math.nan] * 3]))
    with pytest.raises(RunNotFound, match="smaller learning rate"):
        read_predictions(run)


@pytest.mark.parametrize(
    "value",
    [
        [],
        {"validation": []},
        {"validation": {}},
        content(labels=[0]),  # one label for two images
        content(labels=[0, 3]),  # no such class
        content(labels=[0, -1]),  # would be read as the last class
        content(labels=[0, 1.5]),
        content(labels=["0", "1"]),
        content(labels=[[0], [1]]),
        content(images=["a" * 64]),
        content(images=[1, 2]),
        content(images=[], labels=[], probabilities=[]),  # an accuracy of nothing
        content(probabilities=[[0.5, 0.5], [0.5, 0.5]]),  # two probabilities for three classes
        content(probabilities=[sure(0), [0.9, 0.05]]),
        content(probabilities=[sure(0), [2.0, -1.0, 0.0]]),  # sums to 1
        content(probabilities=[sure(0), [0.9, 0.9, 0.9]]),
        content(probabilities=[sure(0), ["a", "b", "c"]]),
        content(probabilities=None),
    ],
)
def test_a_damaged_file_is_one_sentence(run, value):
    write(run, value)
    with pytest.raises(RunNotFound, match="cannot be read"):
        read_predictions(run)


@pytest.mark.parametrize(
    "names",
    [None, 3, "abc", ["ant", "bee"], ["ant", "bee", 3]],  # text would be three classes
)
def test_a_description_of_another_shape_is_one_sentence(run, names):
    write(run, content())
    read_predictions(run)  # what was read before must not hide what has become of it
    files.write_json(run.folder / "model.json", {"class_names": names})
    with pytest.raises(RunNotFound, match="cannot be read"):
        read_predictions(run)


def test_a_file_that_stands_twice_counts_twice_and_is_shown_once(run):
    """Exact copies in one class are no damage: an import keeps them, on the same side."""
    twice = [sure(0), sure(0), sure(1)]
    hashes = ["a" * 64, "a" * 64, "b" * 64]
    write(run, content(images=hashes, labels=[0, 0, 0], probabilities=twice))
    found = read_predictions(run)
    assert found.confusion[0].tolist() == [2, 1, 0]
    assert cell(found, 0, 0) == (0,)
    assert top_losses(found) == (2, 0)


def test_half_a_file_is_one_sentence(run):
    (run.folder / PREDICTIONS).write_text(json.dumps(content())[:-5])
    with pytest.raises(RunNotFound, match="cannot be read"):
        read_predictions(run)


def test_a_probability_that_was_rounded_to_zero_has_a_finite_loss():
    found = predictions([0], [[0.0, 1.0, 0.0]])
    assert math.isfinite(found.losses[0]) and found.losses[0] > 10
