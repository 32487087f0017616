"""Confidence against accuracy, counted by hand."""

import numpy as np
import pytest

from tests.results.test_predictions import predictions, sure
from tl_core.results.calibration import calibration


def guesses(*groups):
    """Return predictions with `count` guesses of a confidence, `right` of them right, for each group."""
    labels, rows = [], []
    for confidence, count, right in groups:
        labels += [0] * right + [1] * (count - right)
        rows += [sure(0, confidence)] * count
    return predictions(labels, rows)


def test_confidence_that_keeps_its_promise_has_no_error():
    found = calibration(guesses((0.8, 10, 8), (0.6, 5, 3)))
    assert found.error == pytest.approx(0)
    assert [(one.n, one.correct) for one in found.bins] == [(5, 3), (10, 8)]
    assert found.confidence == pytest.approx(found.accuracy) == pytest.approx(11 / 15)


def test_the_error_is_the_mean_distance_weighted_by_the_guesses():
    found = calibration(guesses((0.9, 30, 15), (0.55, 10, 10)))
    assert found.error == pytest.approx((30 * 0.4 + 10 * 0.45) / 40)
    assert found.n == 40


def test_distances_in_opposite_directions_do_not_cancel():
    found = calibration(guesses((0.9, 10, 7), (0.7, 10, 9)))
    assert found.confidence == pytest.approx(found.accuracy)
    assert found.error == pytest.approx(0.2)


def test_a_bin_holds_its_upper_edge_and_not_its_lower():
    found = calibration(guesses((0.5, 2, 1), (0.51, 1, 1), (1.0, 3, 3)), bins=2)
    assert [one.n for one in found.bins] == [2, 4]
    assert [one.confidence for one in found.bins] == pytest.approx([0.5, 3.51 / 4])


@pytest.mark.parametrize("bins", [1, 5, 10, 15])
def test_every_guess_is_in_one_bin(bins):
    random = np.random.default_rng(0)
    shares = random.dirichlet(np.ones(3), 200)
    found = calibration(predictions(random.integers(0, 3, 200), shares), bins)
    of_bin = np.ceil(shares.max(axis=1) * bins)
    assert sum(one.n for one in found.bins) == 200
    means = [shares.max(axis=1)[of_bin == number].mean() for number in np.unique(of_bin)]
    assert [one.confidence for one in found.bins] == pytest.approx(means)
    assert 0 <= found.error <= 1
    assert sum(one.correct for one in found.bins) / 200 == pytest.approx(found.accuracy)
