"""What the live view computes besides the network is what Python computes: the same questions to both."""

from itertools import pairwise

import numpy as np
import pytest

from tests.javascript.test_twins import ask, pytestmark  # noqa: F401  skips without Node
from tl_core.results.scores import probabilities
from tl_core.training import CERTAIN
from tl_core.wording import percent


def head(*sizes, seed=0):
    random = np.random.default_rng(seed)
    arrays = []
    for inputs, units in pairwise(sizes):
        arrays += [random.normal(0, 0.3, (inputs, units)), random.normal(0, 0.3, units)]
    return [array.astype(np.float32) for array in arrays]


def shares(features, arrays, constant=None):
    sent = [{"values": array.ravel().tolist(), "shape": array.shape} for array in arrays]
    return np.array(ask("head", features=features.tolist(), arrays=sent, constant=constant))


def expected(features, arrays):
    values = features
    for at in range(0, len(arrays), 2):
        values = np.maximum(values, 0) if at else values
        values = values @ arrays[at] + arrays[at + 1]
    return probabilities(values[None])[0]


@pytest.mark.parametrize(
    "sizes", [(1280, 3), (1280, 64, 10), (40, 8, 8, 2), (1280, 1), (64, 16, 1), (5, 100)], ids=str
)
def test_a_head_gives_the_shares_of_python(sizes):
    features = np.random.default_rng(1).normal(0, 1, sizes[0]).astype(np.float32)
    arrays = head(*sizes)
    found = shares(features, arrays)
    np.testing.assert_allclose(found, expected(features, arrays), atol=1e-6)
    assert len(found) == max(sizes[-1], 2)
    other = shares(features[::-1].copy(), arrays)
    assert np.abs(other - found).max() > 1e-3


def test_a_hidden_layer_cuts_what_is_below_zero_and_the_last_one_does_not():
    arrays = [np.array(one, np.float32) for one in ([[-1.0]], [0.0], [[1.0, -1.0]], [0.0, 0.0])]
    assert shares(np.array([3.0]), arrays).tolist() == [0.5, 0.5]
    assert shares(np.array([-3.0]), arrays)[0] > 0.99
    assert shares(np.array([3.0]), arrays[:2])[1] < 0.1


def test_one_unit_that_is_certain_says_the_same_of_everything():
    arrays = head(4, 1)
    for features in np.eye(4, dtype=np.float32):
        found = shares(features, arrays, CERTAIN)
        np.testing.assert_allclose(found, probabilities(np.array([[CERTAIN]]))[0], atol=1e-12)


def test_a_network_that_ran_away_says_nothing():
    arrays = head(2, 3)
    arrays[1] = np.array([1e39, 0.0, 0.0])  # more than a float32 holds
    found = shares(np.ones(2), arrays)
    np.testing.assert_allclose(found, [1 / 3] * 3)


def test_the_best_come_first_and_are_written_as_everywhere():
    values = [0.001, 0.8833, 0.1, 0.0157, 0.0]
    found = ask("best", shares=values, count=3)
    assert found["labels"] == [1, 2, 3]
    assert found["texts"] == [percent(value) for value in values]
