"""Squares that cover a photo from edge to edge, and what a pixel is worth by what they cost."""

from itertools import pairwise

import numpy as np
import pytest

from tl_core.errors import SettingInvalid
from tl_core.prediction.reasons import (
    GREY,
    SPOTS,
    covered_row,
    is_linear,
    square_side,
    square_starts,
    what_counts,
    with_square,
)
from tl_core.training import TrainingConfig

SIZES = (32, 96, 150, 160, 224, 331, 512)


@pytest.mark.parametrize("size", SIZES)
def test_squares_reach_every_pixel_and_stay_inside(size):
    starts, side = square_starts(size), square_side(size)
    assert starts[0] == 0 and starts[-1] + side == size and len(starts) == SPOTS
    assert all(0 < b - a <= side for a, b in pairwise(starts))


@pytest.mark.parametrize("row", [0, 3, SPOTS - 1])
def test_a_row_is_the_photo_with_one_square_after_another(row):
    pixels = np.random.default_rng(0).integers(0, 100, (64, 64, 3), np.uint8)
    before = pixels.copy()
    top, side = square_starts(64)[row], square_side(64)
    for left, covered in zip(square_starts(64), covered_row(pixels, row), strict=True):
        assert (covered[top : top + side, left : left + side] == GREY).all()
        changed = (covered != pixels).any(axis=2)
        assert changed.sum() == side * side
    assert np.array_equal(pixels, before)


@pytest.mark.parametrize("row", [-1, SPOTS])
def test_a_row_that_is_not_there_is_refused(row):
    with pytest.raises(SettingInvalid, match="row"):
        covered_row(np.zeros((64, 64, 3), np.uint8), row)


@pytest.mark.parametrize(
    ("left", "top", "covered"),
    [(10, 20, 64), (-4, -4, 16), (60, 60, 16), (64, 0, 0), (-20, 5, 0), (0, 900, 0)],
)
def test_a_square_may_hang_over_the_edge(left, top, covered):
    found = with_square(np.zeros((64, 64, 3), np.uint8), left, top, 8)
    assert (found == GREY).all(axis=2).sum() == covered


def test_a_pixel_is_worth_what_the_squares_over_it_cost():
    lost = np.zeros((SPOTS, SPOTS), np.float32)
    lost[2, 5] = 0.8  # only this square hides what matters
    worth = what_counts(160, lost)
    y, x = map(int, np.unravel_index(worth.argmax(), worth.shape))
    top, left = square_starts(160)[2], square_starts(160)[5]
    assert abs(y - top - 19.5) <= 2 and abs(x - left - 19.5) <= 2  # in its middle
    assert 0.2 < worth.max() < 0.8 and worth.min() == 0
    # The same by asking a pixel which squares lie over it, and how near it is to the middle of each.
    for y, x in ((0, 0), (80, 80), (159, 159), (top + 1, left + 1), (top + 20, left + 12)):
        costs, weights = [], []
        for i, a in enumerate(square_starts(160)):
            for j, b in enumerate(square_starts(160)):
                if a <= y < a + 40 and b <= x < b + 40:
                    tent = [
                        1 - abs(place - start - 19.5) / 20.5 for place, start in ((y, a), (x, b))
                    ]
                    costs.append(lost[i, j])
                    weights.append(tent[0] * tent[1])
        assert worth[y, x] == pytest.approx(np.average(costs, weights=weights), abs=1e-6)


@pytest.mark.parametrize("size", SIZES)
def test_what_costs_the_same_everywhere_is_flat(size):
    worth = what_counts(size, np.full((SPOTS, SPOTS), -0.2, np.float32))
    assert worth.shape == (size, size) and worth == pytest.approx(-0.2, abs=1e-5)


@pytest.mark.parametrize(
    ("changes", "linear"),
    [
        ({}, True),
        ({"activation": "sigmoid"}, True),
        ({"unfrozen": 2}, True),
        ({"dense": (16,)}, False),
        ({"pooling": "flatten"}, False),
        ({"mistakes": ("one-unit",)}, False),
    ],
    ids=str,
)
def test_a_mean_and_one_layer_make_the_map_exact(changes, linear):
    assert is_linear(TrainingConfig(dataset="emoji", **changes)) == linear
