import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tl_core.statistics import Proportion, mcnemar, wilson_interval


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_interval_equals_scipy(counts):
    successes, n = counts
    expected = stats.binomtest(successes, n).proportion_ci(0.95, method="wilson")
    assert wilson_interval(successes, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize("n", [57, 1000])
def test_intervals_hold_the_truth_about_95_times_in_100(n):
    """For one accuracy it may be 84 or 98 times, as there are whole photos only; over all it is 95."""
    counts = np.arange(n + 1)
    low, high = np.array([wilson_interval(int(count), n) for count in counts]).T
    held = [
        stats.binom.pmf(counts, n, truth)[(low <= truth) & (truth <= high)].sum()
        for truth in np.linspace(0.5, 0.999, 200)
    ]
    assert np.mean(held) == pytest.approx(0.95, abs=0.005)
    assert max(held) - min(held) > 0.02


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (3, 2), (-1, 5)])
def test_impossible_counts_are_refused(successes, n):
    with pytest.raises(ValueError, match="expected"):
        wilson_interval(successes, n)


def test_a_proportion_has_its_share_and_interval():
    found = Proportion(correct=9, n=10)
    assert found.accuracy == 0.9
    assert found.interval == wilson_interval(9, 10) != wilson_interval(90, 100)


@given(st.integers(0, 300), st.integers(0, 300))
def test_the_exact_test_is_scipys(first, second):
    n = first + second
    expected = stats.binomtest(first, n).pvalue if n else 1.0
    assert mcnemar(first, second) == pytest.approx(expected, rel=1e-9)
    assert mcnemar(first, second) == mcnemar(second, first)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (0, 0, 1.0),  # nothing to tell them apart by
        (5, 5, 1.0),
        (0, 5, 0.0625),  # five photos can never be enough
        (0, 6, 0.03125),
        (9_000, 11_000, stats.binomtest(9_000, 20_000).pvalue),  # the largest dataset
        (0, 20_000, 0.0),  # too small for a float, and no overflow
    ],
)
def test_the_exact_test_at_its_ends(first, second, expected):
    assert mcnemar(first, second) == pytest.approx(expected, rel=1e-6, abs=1e-300)


def test_the_chance_is_that_either_of_two_is_so_far_ahead():
    """Of one of them alone it is half as much: the sentences of the run book say "one of the two"."""
    ahead = stats.binom.sf(8, 10, 0.5)  # 9 or 10 of 10
    assert mcnemar(1, 9) == pytest.approx(2 * ahead)


def test_counts_below_zero_are_refused():
    with pytest.raises(ValueError, match="from 0"):
        mcnemar(-1, 3)
