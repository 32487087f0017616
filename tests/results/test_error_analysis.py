"""What guesses teach, counted as one would count it by hand."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.results.test_predictions import predictions, sure
from tl_core.results.error_analysis import (
    agreement,
    cell,
    class_scores,
    confused_pairs,
    top_losses,
)

FEW = predictions(
    [0, 0, 0, 1, 1, 2],
    [sure(0), sure(1, 0.5), sure(1, 0.8), sure(1), sure(0, 0.6), sure(1, 0.7)],
)


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


def test_a_class_that_is_guessed_but_never_judged_has_no_scores():
    *_, cat = class_scores(predictions([0, 1, 1], [sure(0), sure(2), sure(1)]))
    assert (cat.n, cat.precision, cat.recall, cat.recall_interval, cat.f1) == (0, *[None] * 4)


def counted(labels, guesses, name):
    """Return precision, recall and F1 counted image by image."""
    pairs = list(zip(labels, guesses, strict=True))
    hit = sum(truth == guess == name for truth, guess in pairs)
    wrongly = sum(guess == name != truth for truth, guess in pairs)
    missed = sum(truth == name != guess for truth, guess in pairs)
    if not hit + missed:
        return None, None, None  # no image of it: no guess of it could be right
    precision = hit / (hit + wrongly) if hit + wrongly else None
    recall = hit / (hit + missed)
    f1 = 2 * precision * recall / (precision + recall) if precision and recall else 0
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


def test_top_losses_go_by_the_score_of_the_right_class_however_sure_the_mistake_is():
    torn = [0.001, 0.300, 0.299, 0.200, 0.200]  # nothing has won, and the right class has least
    surely_wrong = [0.01, 0.98, 0.004, 0.003, 0.003]
    found = predictions([0, 0], [surely_wrong, torn], names=tuple("abcde"))
    assert top_losses(found) == (1, 0)


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
