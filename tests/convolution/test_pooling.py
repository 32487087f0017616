import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.convolution.walking import positions
from tl_core.convolution.engine import convolve
from tl_core.convolution.geometry import Geometry
from tl_core.convolution.pooling import (
    change,
    global_average_pool,
    global_max_pool,
    length,
    pool,
    shifted_results,
)
from tl_core.errors import SettingInvalid

SIDES = st.integers(1, 5)
COMBINE: dict[str, Callable[..., Any]] = {"max": np.max, "average": np.mean}


def shift_change(image, transform, shift=(0, 1)):
    return change(*shifted_results(image, transform, shift))


@given(
    size=st.tuples(st.integers(5, 14), st.integers(5, 14)),
    window=st.tuples(SIDES, SIDES),
    stride=st.none() | st.tuples(SIDES, SIDES),
    padding=st.sampled_from(["valid", "same"]),
    mode=st.sampled_from(["max", "average"]),
)
def test_pooling_equals_the_window_by_window_definition(size, window, stride, padding, mode):
    image = np.random.default_rng(sum(size)).standard_normal((*size, 2)).astype(np.float32) - 5
    vertical, horizontal = Geometry(kernel=window, stride=stride or window, padding=padding).axes(
        size
    )
    expected = np.empty((vertical.output, horizontal.output, 2))
    down, across = (
        [
            [at - axis.before for at in seen if 0 <= at - axis.before < axis.size]
            for seen in positions(axis)
        ]
        for axis in (vertical, horizontal)
    )
    for (y, rows), (x, columns) in itertools.product(enumerate(down), enumerate(across)):
        expected[y, x] = COMBINE[mode](image[np.ix_(rows, columns)], axis=(0, 1))
    result = pool(image, mode, window, stride, padding)
    assert result.dtype == np.float32
    assert result == pytest.approx(expected, rel=1e-5)
    assert np.array_equal(pool(image[..., 1], mode, window, stride, padding), result[..., 1])


def test_pooling_reads_bytes_without_overflow():
    assert pool(np.full((2, 2), 255, np.uint8), "average", (2, 2)).tolist() == [[255]]


@pytest.mark.parametrize(
    ("mode", "window", "padding"),
    [
        ("min", (2, 2), "valid"),
        ("max", (2, 2), "full"),
        ("max", (2, 2), 1),
        # Larger than the image, and no window at all.
        ("max", (5, 2), "valid"),
        ("max", (0, 2), "valid"),
    ],
)
def test_pooling_that_cannot_be_is_refused(mode, window, padding):
    with pytest.raises(SettingInvalid):
        pool(np.ones((4, 4)), mode, window, padding=padding)


def test_global_pooling_leaves_one_number_a_channel():
    image = np.arange(24).reshape(3, 4, 2)
    assert global_average_pool(image).tolist() == [11, 12]
    assert global_max_pool(image).tolist() == [22, 23]
    # A float32 sum would stop growing at 2**24.
    assert global_average_pool(np.full((5000, 5000, 1), 3, np.uint8)).tolist() == [3]


def test_a_shift_changes_less_after_pooling():
    image = np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8)
    geometry = Geometry(kernel=(3, 3))

    def edges(cut):
        return convolve(cut, np.array([[-1, 0, 1]] * 3), geometry)

    def pooled(cut):
        return pool(np.abs(edges(cut)), "max", (4, 4))

    assert 0 < shift_change(image, pooled) < 0.5 * shift_change(image, edges)


def test_a_shift_of_nothing_or_of_a_flat_image_changes_nothing():
    image = np.arange(36).reshape(6, 6)
    assert shift_change(image, lambda cut: cut, (0, 0)) == 0
    assert shift_change(np.zeros((6, 6)), lambda cut: cut) == 0
    assert shift_change(image, lambda cut: cut, (1, 0)) == pytest.approx(
        np.linalg.norm(image[1:] - image[:-1]) / np.linalg.norm(image[:-1])
    )


def test_the_two_results_are_those_of_an_image_and_of_the_image_moved():
    image = np.arange(20.0).reshape(4, 5)
    first, moved = shifted_results(image, lambda cut: pool(cut, "max", (1, 1)), shift=(1, 2))
    assert (first == image[:3, :3]).all()
    assert (moved == image[1:, 2:]).all()
    assert change(first, first) == 0 < change(first, moved)
    assert change(np.zeros(3), np.ones(3)) == 0
    assert length(np.array([[3.0, -4.0]])) == 5
