"""Guesses for single images: read with suspicion, and counted as one would count them by hand."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tl_core import files, runs
from tl_core.errors import RunNotFound
from tl_core.results.predictions import (
    Predictions,
    agreement,
    cell,
    class_scores,
    confused_pairs,
    list_parts,
    read_predictions,
    top_losses,
)
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


FEW = predictions(
    [0, 0, 0, 1, 1, 2],
    [sure(0), sure(1, 0.5), sure(1, 0.8), sure(1), sure(0, 0.6), sure(1, 0.7)],
)


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


# Counting


def test_scores_of_a_class_by_hand():
    ant, bee, cat = class_scores(FEW)
    assert (ant.precision, ant.recall, ant.n) == (1 / 2, 1 / 3, 3)
    assert (bee.precision, bee.recall, bee.n) == (1 / 4, 1 / 2, 2)
    assert ant.f1 == pytest.approx(2 / (2 + 3))
    # Never guessed: there is no precision, and the recall is zero.
    assert (cat.precision, cat.recall, cat.f1) == (None, 0, 0)
    assert ant.recall_interval
    low, high = ant.recall_interval
    assert low < 1 / 3 < high


def test_a_class_without_images_and_guesses_has_no_scores():
    *_, cat = class_scores(predictions([0, 1], [sure(0), sure(1)]))
    assert (cat.n, cat.precision, cat.recall, cat.recall_interval, cat.f1) == (0, *[None] * 4)


def counted(labels, guesses, name):
    """Return precision, recall and F1 counted image by image."""
    pairs = list(zip(labels, guesses, strict=True))
    hit = sum(truth == guess == name for truth, guess in pairs)
    wrongly = sum(guess == name != truth for truth, guess in pairs)
    missed = sum(truth == name != guess for truth, guess in pairs)
    precision = hit / (hit + wrongly) if hit + wrongly else None
    recall = hit / (hit + missed) if hit + missed else None
    if precision and recall:
        f1 = 2 * precision * recall / (precision + recall)
    else:
        f1 = None if hit + wrongly + missed == 0 else 0
    return precision, recall, f1


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
def test_scores_are_those_that_one_counts_image_by_image(pairs):
    labels, guesses = zip(*pairs, strict=True)
    found = predictions(labels, [sure(guess, classes=4) for guess in guesses], names=tuple("abcd"))
    for label, one in enumerate(class_scores(found)):
        precision, recall, f1 = counted(labels, guesses, label)
        assert (one.precision, one.recall) == (precision, recall)
        assert one.f1 == (f1 if f1 is None else pytest.approx(f1))


def test_a_cell_holds_its_images_surest_first():
    assert cell(FEW, 0, 1) == (2, 1)
    assert cell(FEW, 1, 0) == (4,)
    assert cell(FEW, 2, 2) == ()
    every = [row for truth in range(3) for guess in range(3) for row in cell(FEW, truth, guess)]
    assert sorted(every) == list(range(6))


def test_top_losses_begin_with_the_surest_mistake():
    losses = [-math.log(FEW.probabilities[row, FEW.labels[row]]) for row in range(6)]
    order = top_losses(FEW)
    assert [losses[row] for row in order] == sorted(losses, reverse=True)
    assert order[0] == 2
    assert FEW.losses == pytest.approx(losses)


def test_a_probability_that_was_rounded_to_zero_has_a_finite_loss():
    found = predictions([0], [[0.0, 1.0, 0.0]])
    assert math.isfinite(found.losses[0]) and found.losses[0] > 10


def test_confused_pairs_have_a_direction_and_come_by_count():
    assert [(pair.truth, pair.guess, pair.count, pair.n) for pair in confused_pairs(FEW)] == [
        (0, 1, 2, 3),
        (1, 0, 1, 2),
        (2, 1, 1, 1),
    ]
    assert confused_pairs(predictions([0, 1], [sure(0), sure(1)])) == ()


# Two runs


def test_agreement_is_counted_on_the_images_that_both_judged():
    first = predictions([0, 0, 1, 2], [sure(0), sure(1), sure(1), sure(2)], images="abcd")
    # Another order, one image less and one more, and one label corrected.
    second = predictions([0, 1, 0, 1], [sure(1), sure(1), sure(2), sure(0)], images="cbae")
    found = agreement(first, second)
    assert (found.n, found.same) == (3, 2)
    assert (found.only_first, found.only_second, found.relabelled) == (2, 1, 2)


def test_agreement_matches_classes_by_name():
    first = predictions([0, 1], [sure(0), sure(0)])
    second = predictions([2, 1], [sure(2), sure(1)], names=("zebra", "bee", "ant"))
    found = agreement(first, second)
    assert (found.n, found.same, found.only_second) == (2, 1, 1)
    assert found.relabelled == 0


def test_runs_without_a_common_image_agree_on_nothing():
    found = agreement(FEW, predictions([0], [sure(0)], images=["other"]))
    assert (found.n, found.same) == (0, 0)
