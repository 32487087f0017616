import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tl_core.convolution.kernels import get_kernel, list_kernels
from tl_core.convolution.weights import (
    check_weights,
    list_operations,
    normalise,
    resize,
    rotate,
    weights_from_text,
    weights_to_text,
)
from tl_core.errors import SettingInvalid

SIDES = st.integers(1, 11)
WEIGHTS = st.tuples(SIDES, SIDES).flatmap(
    lambda size: st.sampled_from([size, (*size, 3)]).flatmap(
        lambda shape: arrays(np.float32, shape, elements=st.floats(-1e6, 1e6, width=32))
    )
)


@given(WEIGHTS)
def test_text_and_back_loses_no_digit(weights):
    text = weights_to_text(weights)
    again = weights_from_text(text)
    assert again.dtype == np.float32 and np.array_equal(again, weights)
    assert set(text) <= set("0123456789.-_~e")


@pytest.mark.parametrize("name", [preset.name for preset in list_kernels()])
def test_every_preset_fits_into_an_address(name):
    for part in get_kernel(name).parts:
        assert np.array_equal(weights_from_text(weights_to_text(part)), part)
        assert len(weights_to_text(part)) < 2000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "~",
        "1_2~3",  # ragged
        "1_2~~3_4",  # two channels
        "1__2",
        "1_2~",
        "nan",
        "inf",
        "1e999",
        "0x10",
        "1_two",
        "１_２",  # full-width digits, which float() accepts
        "1 _2",
        "1e7",  # beyond a million
        "_".join("1" * 12),  # twelve columns
        "1~" * 12 + "1",
        "1_" * 100_000,
    ],
)
def test_a_text_that_is_no_kernel_is_refused(text):
    with pytest.raises(SettingInvalid):
        weights_from_text(text)


@pytest.mark.parametrize(
    ("weight", "reason"),
    [(None, "A weight is empty."), (-2e6, "beyond ±1,000,000."), (np.inf, "beyond ±1,000,000.")],
)
def test_a_refused_weight_is_told_its_own_reason(weight, reason):
    with pytest.raises(SettingInvalid, match=reason):
        check_weights([[1, 2], [weight, 4]])


@pytest.mark.parametrize(
    "values",
    [
        [],
        [[]],
        [1, 2, 3],
        [[1, 2], [3]],
        # What an emptied cell of a table gives.
        [[1, None], [3, 4]],
        [[1, float("nan")]],
        [[1, float("inf")]],
        [["a", "b"]],
        [[1 + 2j]],
        [[10**400]],
        [[2e6]],
        np.ones((12, 1)),
        np.ones((3, 3, 2)),
        np.ones((3, 3, 3, 3)),
        None,
        {"a": 1},
    ],
)
def test_weights_that_cannot_be_used_are_refused(values):
    with pytest.raises(SettingInvalid):
        check_weights(values)


@pytest.mark.parametrize("values", [[[1]], np.ones((11, 11)), np.ones((2, 5, 3)), [[-1e6, 1e6]]])
def test_weights_at_the_limits_are_accepted(values):
    weights = check_weights(values)
    assert weights.dtype == np.float32 and np.array_equal(weights, np.array(values))


@given(WEIGHTS)
def test_turning_four_times_or_flipping_twice_changes_nothing(weights):
    assert np.array_equal(rotate(rotate(rotate(rotate(weights)))), weights)
    for operation in list_operations():
        if operation.name in ("flip_horizontal", "flip_vertical", "negate"):
            assert np.array_equal(operation.apply(operation.apply(weights)), weights)


def test_operations_do_what_they_say():
    weights = np.array([[1, 2], [3, 4]], np.float32)
    done = {operation.name: operation.apply(weights).tolist() for operation in list_operations()}
    assert done == {
        "rotate": [[2, 4], [1, 3]],
        "flip_horizontal": [[2, 1], [4, 3]],
        "flip_vertical": [[3, 4], [1, 2]],
        "negate": [[-1, -2], [-3, -4]],
        "normalise": pytest.approx(np.array([[0.1, 0.2], [0.3, 0.4]])),
    }


def test_negating_zero_leaves_no_minus_sign():
    negated = next(operation for operation in list_operations() if operation.name == "negate")
    assert weights_to_text(negated.apply(np.zeros((1, 2), np.float32))) == "0_0"


@pytest.mark.parametrize(
    ("weights", "total", "absolute"),
    [
        (np.ones((3, 3)), 1, 1),
        (-np.ones((3, 3)), 1, 1),
        # The sum is 0, or only a rounding error away from it.
        (get_kernel("sobel_x").weights, 0, 1),
        (np.array([[0.1, 0.2, -0.3]]), 0, 1),
        (np.zeros((2, 2)), 0, 0),
    ],
)
def test_normalise_divides_by_the_sum_or_the_absolute_sum(weights, total, absolute):
    result = normalise(weights.astype(np.float32))
    assert result.sum() == pytest.approx(total, abs=1e-6)
    assert np.abs(result).sum() == pytest.approx(absolute, abs=1e-6)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((3, 3), [[1, 2, 3], [4, 5, 6], [7, 8, 9]]),
        ((1, 1), [[5]]),
        ((1, 5), [[0, 4, 5, 6, 0]]),
        ((2, 3), [[1, 2, 3], [4, 5, 6]]),
        ((4, 2), [[1, 2], [4, 5], [7, 8], [0, 0]]),
    ],
)
def test_resize_keeps_the_middle(size, expected):
    assert resize(np.arange(1, 10, dtype=np.float32).reshape(3, 3), size).tolist() == expected


@given(WEIGHTS, SIDES, SIDES)
def test_resize_gives_the_size_that_was_asked_for(weights, height, width):
    assert resize(weights, (height, width)).shape == (height, width, *weights.shape[2:])
