"""The range test's curve: recorded ones of three optimizers are read right, and so is what has no fall."""

import json
from itertools import pairwise
from math import log10
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.test_rate_finder import curve
from tl_core.training.rate_finder import HIGHEST, LOWEST, STEPS, points_of
from tl_core.training.rate_reading import nearest, read, verdict, zones

RATES = ("1e-06", "1e-05", "2e-05", "0.0001", "0.0003", "0.001", "0.003", "0.01", "0.03", "0.1")
RECORDED = json.loads((Path(__file__).parents[1] / "data" / "rate_tests.json").read_text())
DECADES = np.linspace(log10(LOWEST), log10(HIGHEST), STEPS)
FALL = 0.2 + 1.3 / (1 + np.exp(4 * (DECADES + 3)))
"""Half-way down at 1e-3."""


def noisy(losses, spread=0.1, seed=0):
    return list(np.asarray(losses) + np.random.default_rng(seed).normal(0, spread, len(losses)))


@pytest.mark.parametrize(
    ("name", "learns", "fast", "stops"),
    [
        # On the emoji each of `stops` is within 2 points of the best accuracy over ten rates and three seeds,
        # and its lowest validation loss within a fifth of the lowest.
        ("head-adam", (1e-4, 1e-3), (0.3, 1), ("0.001", "0.003", "0.01")),
        ("head-adam-seed1", (1e-4, 1e-3), (0.3, 1), ("0.001", "0.003", "0.01")),
        # One batch of 94 breaks RMSprop's second moment early and it recovers for a while.
        ("head-rmsprop", (5e-5, 1e-3), (0.003, 0.1), ("0.0003", "0.001", "0.003")),
        ("head-sgd", (1e-4, 1e-3), (0.05, 0.3), ("0.001", "0.003", "0.01")),
        ("head-sgd-seed1", (1e-4, 1e-3), (0.05, 0.3), ("0.001", "0.003", "0.01")),
        # So many weights that every batch is known by heart at a rate of 0.001.
        ("head-adam-flat", (1e-6, 1e-4), (0.05, 0.3), ("0.0001", "0.0003")),
        # Its head has learned already: the loss is low from the start, and most of it is noise.
        ("tail-adam-5", (1e-6, 1e-4), (1e-3, 1e-2), ("0.0001",)),
    ],
)
def test_recorded_curves_are_read_as_their_trainings_turned_out(name, learns, fast, stops):
    reading = read(points_of(RECORDED[name]))
    assert learns[0] <= reading.learns_from <= learns[1]
    assert fast[0] <= reading.too_fast_from <= fast[1]
    assert reading.learns_from and reading.suggestion and reading.too_fast_from
    assert reading.learns_from < reading.suggestion < reading.too_fast_from
    assert nearest(reading.suggestion, RATES) in stops
    assert [*zones(reading)] == ["slow", "learns", "fast"]


@pytest.mark.parametrize(
    ("name", "fast", "stops"),
    [
        ("tail-rmsprop-5", (1e-4, 2e-3), ("1e-05", "2e-05", "0.0001")),
        ("tail-sgd-5", (1e-3, 3e-2), ("0.0003", "0.001")),
    ],
)
def test_a_network_that_has_learned_already_shows_only_what_is_too_fast(name, fast, stops):
    reading = read(points_of(RECORDED[name]))
    assert not reading.clear and [*zones(reading)] == ["unclear", "fast"]
    assert reading.suggestion and reading.too_fast_from
    assert fast[0] <= reading.too_fast_from <= fast[1]
    assert nearest(reading.suggestion, RATES) in stops


def test_a_fall_is_read_half_way_down_and_its_zones_meet():
    losses = noisy(np.where(DECADES > -0.5, 5.0, FALL))
    reading = read(curve(losses))
    assert reading.clear
    assert reading.learns_from and reading.suggestion and reading.too_fast_from
    assert 5e-4 < reading.suggestion < 1e-2  # the smoothed loss comes a little late
    assert reading.learns_from < 1e-3 < reading.too_fast_from
    assert 0.1 < reading.too_fast_from < 0.5
    (low, a), (b, c), (d, high) = zones(reading).values()
    assert (low, high) == (LOWEST, HIGHEST) and a == b and c == d


def test_the_suggestion_stays_ten_times_below_what_is_too_fast():
    losses = noisy(np.where(DECADES > -2.8, 5.0, FALL), 0.02)
    reading = read(curve(losses))
    assert reading.too_fast_from
    assert reading.suggestion == pytest.approx(reading.too_fast_from / 10)
    assert "ten times below" in verdict(reading).template


def test_a_loss_that_only_falls_has_no_rate_that_is_too_fast():
    reading = read(curve(noisy(FALL, 0.01)))
    assert reading.too_fast_from is None and reading.suggestion is not None
    assert [*zones(reading)] == ["slow", "learns"]
    assert "does not rise again" in verdict(reading).template


@pytest.mark.parametrize(
    "losses",
    [
        [0.7] * STEPS,  # no slope at all, and no noise
        noisy([8.0] * STEPS, 2.0),  # the same with batches that differ
        noisy([1.1] * STEPS, 0.05, seed=3),
    ],
)
def test_a_flat_loss_suggests_nothing(losses):
    reading = read(curve(losses))
    assert (reading.learns_from, reading.too_fast_from, reading.suggestion) == (None, None, None)
    assert zones(reading) == {"unclear": (LOWEST, HIGHEST)}
    assert "no rate" in verdict(reading).template


def test_noise_alone_is_rarely_taken_for_a_fall():
    clear = sum(read(curve(noisy([5.0] * STEPS, 1.0, seed))).clear for seed in range(300))
    assert clear <= 300 * 0.05


@pytest.mark.parametrize(
    "losses",
    [
        [None],  # the very first step has no number
        [1.0, None],
        [1.0, 1.2, 30.0],  # ran away before the first tenth
    ],
)
def test_a_loss_that_breaks_at_once_is_too_fast_everywhere(losses):
    reading = read(curve(losses))
    assert reading.suggestion is None
    assert "fast" in zones(reading) and "learns" not in zones(reading)
    assert "too fast" in verdict(reading).template


def test_a_loss_that_only_rises_learns_nowhere():
    reading = read(curve(list(np.linspace(1, 4, STEPS))))
    assert reading.learns_from is None and not reading.clear
    assert "learns" not in zones(reading)


def test_a_flat_loss_that_runs_away_still_says_how_far_to_stay_below():
    losses = noisy(np.where(DECADES > -1, 3.0, 0.3), 0.05)
    reading = read(curve(losses))
    assert not reading.clear
    assert reading.suggestion
    assert 0.003 < reading.suggestion < 0.03
    assert "hardly falls" in verdict(reading).template


def test_a_fall_before_a_loss_that_is_no_number_counts():
    losses = [*noisy(FALL[:80], 0.02), None]
    reading = read(curve(losses))
    assert reading.clear and reading.suggestion and reading.too_fast_from


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.floats(0, 1e6, allow_nan=False)), min_size=1, max_size=STEPS)
)
def test_any_curve_has_zones_in_order_and_a_suggestion_among_them(losses):
    reading = read(curve(losses))
    assert str(verdict(reading))
    found = list(zones(reading).values())
    assert found[0][0] == LOWEST and found[-1][1] == HIGHEST
    assert all(before[1] == after[0] for before, after in pairwise(found))
    if reading.suggestion is not None:
        assert LOWEST <= reading.suggestion < (reading.too_fast_from or 2)
