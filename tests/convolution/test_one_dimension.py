import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tl_core.convolution.one_dimension import MODES, convolve_1d
from tl_core.errors import SettingInvalid

NUMBERS = st.lists(st.integers(-100, 100), min_size=1, max_size=12)


@given(NUMBERS, NUMBERS, st.sampled_from(MODES))
def test_output_is_that_of_numpy_convolve(signal, patch, mode):
    assert (
        convolve_1d(signal, patch, mode).output.tolist()
        == np.convolve(signal, patch, mode).tolist()
    )


@given(NUMBERS, NUMBERS, st.sampled_from(MODES))
def test_every_product_is_a_weight_times_the_signal_where_it_says(signal, patch, mode):
    sliding = convolve_1d(signal, patch, mode)
    assert sliding.products.shape == (len(sliding.output), len(patch))
    for products, positions in zip(sliding.products, sliding.positions, strict=True):
        met = [signal[place] if 0 <= place < len(signal) else 0 for place in positions]
        assert products.tolist() == [
            value * weight for value, weight in zip(met, patch, strict=True)
        ]


def test_the_example_of_the_lesson():
    sliding = convolve_1d([0, 0, 26, 51, 58, 59, 53, 29, 0, 0, 0], [-1, 2, -1])
    assert sliding.output.tolist() == [0, 0, -26, 1, 18, 6, 7, 18, 5, -29, 0, 0, 0]
    # 2 * 26 - 51: the patch is over positions 1 to 3, flipped.
    assert sliding.positions[3].tolist() == [3, 2, 1]
    assert sliding.products[3].tolist() == [-51, 52, 0]


@pytest.mark.parametrize(
    ("signal", "expected"),
    [
        ([3, 5, 7, 9, 11], [0, 0, 0]),  # straight
        ([0, 4, 8, 4, 0], [0, 8, 0]),
        ([8, 4, 0, 4, 8], [0, -8, 0]),
    ],
)
def test_the_usual_patch_answers_where_the_signal_bends(signal, expected):
    assert convolve_1d(signal, [-1, 2, -1], "valid").output.tolist() == expected


def test_a_patch_may_be_longer_than_the_signal():
    kept = [len(convolve_1d([1, 2, 3], [1, 1, 1, 1, 1], mode).output) for mode in MODES]
    assert dict(zip(MODES, kept, strict=True)) == {"full": 7, "same": 5, "valid": 3}


def test_an_asymmetric_patch_is_flipped():
    assert convolve_1d([1, 0, 0], [1, 2, 3]).output.tolist() == [1, 2, 3, 0, 0]


@pytest.mark.parametrize(
    ("signal", "patch", "mode"),
    [
        ([], [1], "full"),
        ([1], [], "full"),
        ([[1, 2]], [1], "full"),
        ([1, float("nan")], [1], "full"),
        ([1, None], [1], "full"),
        (["a"], [1], "full"),
        ([[1], [2, 3]], [1], "full"),
        (np.ones(1001), [1], "full"),
        ([1, 2], [1], "whole"),
    ],
)
def test_what_is_no_signal_is_refused(signal, patch, mode):
    with pytest.raises(SettingInvalid):
        convolve_1d(signal, patch, mode)
