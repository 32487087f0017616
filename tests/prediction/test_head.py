"""A head as arrays: what it says, and how that depends on what it reads."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tl_core.prediction.head import TrainedHead


def head_of(widths, seed, constant=None):
    chance = np.random.default_rng(seed)
    arrays = [
        chance.normal(size=shape).astype(np.float32)
        for inputs, units in itertools.pairwise(widths)
        for shape in ((inputs, units), (units,))
    ]
    return TrainedHead(arrays=tuple(arrays), constant=constant)


def by_loop(head, row):
    """Return the logits of one row of features, a product at a time."""
    values = row.ravel().astype(np.float64)
    for number in range(0, len(head.arrays), 2):
        kernel, bias = head.arrays[number], head.arrays[number + 1]
        before = np.maximum(values, 0) if number else values
        values = np.array(
            [
                sum(before[i] * kernel[i, unit] for i in range(len(before))) + bias[unit]
                for unit in range(len(bias))
            ]
        )
    return values


layers = st.lists(st.integers(1, 5), min_size=0, max_size=2)


@settings(max_examples=40, deadline=None)
@given(layers, st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_logits_are_the_sums_of_products(hidden, units, seed):
    head = head_of([12, *hidden, units], seed)
    features = np.random.default_rng(seed + 1).normal(size=(3, 2, 2, 3)).astype(np.float32)
    found = head.logits(features)
    assert found.shape == (3, units) and found.dtype == np.float32
    assert found == pytest.approx(np.stack([by_loop(head, row) for row in features]), abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(layers, st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_slopes_are_those_of_a_small_step(hidden, units, seed):
    head, chance = head_of([12, *hidden, units], seed), np.random.default_rng(seed + 1)
    features = chance.normal(size=(1, 2, 2, 3)).astype(np.float32)
    wanted = chance.normal(size=(1, units)).astype(np.float32)
    slopes = head.slopes(features, wanted)
    assert slopes.shape == features.shape
    step = 1e-7
    for place in np.ndindex(2, 2, 3):
        moved = features[0].astype(np.float64)
        moved[place] += step
        rise = (by_loop(head, moved) - by_loop(head, features[0])) @ wanted[0] / step
        assert slopes[0][place] == pytest.approx(rise, abs=1e-3)


def test_a_head_that_says_the_same_of_everything_depends_on_nothing():
    head, features = head_of([4, 1], 0, constant=30.0), np.ones((2, 4), np.float32)
    assert head.logits(features).tolist() == [[30.0], [30.0]]
    assert not head.slopes(features, np.ones((2, 1), np.float32)).any()
    told = head_of([4, 1], 0)
    assert told.slopes(features, np.ones((2, 1), np.float32)).any()
    assert told.before_last(features) is not None
    assert (head.before_last(features) == features).all(), "the sum is shown all the same"
