"""The sum behind a score: its products, what is left, and the numbers of a vector that are drawn."""

import numpy as np
import pytest

from tl_core.prediction.following import head_sum, place_in_map, shortened


def numbers(seed, n):
    return np.random.default_rng(seed).normal(size=n).astype(np.float32)


def test_the_parts_add_up_to_the_dot_product():
    vector, weights = numbers(0, 1280), numbers(1, 1280)
    found = head_sum(vector, weights, 0.25)
    expected = float(vector.astype(np.float64) @ weights.astype(np.float64)) + 0.25
    assert found.total == pytest.approx(expected, abs=1e-9)
    assert found.rest_count == 1280 - len(found.terms) == 1274
    assert found.finite and found.rest != 0


def test_the_terms_are_the_largest_either_way():
    vector, weights = numbers(2, 50), numbers(3, 50)
    products = vector * weights
    found = head_sum(vector, weights, 0, most=5)
    expected = sorted(range(50), key=lambda index: -abs(products[index]))[:5]
    assert [term.index for term in found.terms] == expected
    for term in found.terms:
        assert (term.value, term.weight) == (vector[term.index], weights[term.index])
        assert term.product == pytest.approx(products[term.index])
    assert min(term.product for term in found.terms) < 0 < max(x.product for x in found.terms)


def test_a_short_vector_has_no_rest():
    found = head_sum(np.ones(3, np.float32), np.full(3, 2, np.float32), 1)
    assert (len(found.terms), found.rest, found.rest_count, found.total) == (3, 0, 0, 7)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_training_that_has_run_away_is_no_fault(bad):
    found = head_sum(np.ones(9, np.float32), np.full(9, bad, np.float32), 0)
    assert not found.finite and not head_sum(np.ones(9, np.float32), numbers(0, 9), bad).finite


def test_of_a_long_vector_the_farthest_from_zero_is_kept():
    vector = numbers(4, 10_001)
    short = shortened(vector, 100)
    step = -(-10_001 // 100)
    pieces = [vector[start : start + step] for start in range(0, 10_001, step)]
    assert short.tolist() == [max(piece, key=abs) for piece in pieces] and len(short) <= 100
    assert shortened(vector, 10_001).tolist() == vector.tolist()


def test_the_place_of_a_flattened_number_is_where_it_came_from():
    maps = np.arange(4 * 5 * 6).reshape(4, 5, 6)
    for index in (0, 7, 119):
        assert maps[place_in_map(index, (4, 5, 6))] == maps.ravel()[index]
