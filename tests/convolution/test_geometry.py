import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.convolution.walking import NUMPY_MODES, positions
from tl_core.convolution.axis import Axis
from tl_core.convolution.geometry import FILLS, Geometry, check, formula
from tl_core.errors import SettingInvalid

AXES = st.builds(
    Axis,
    size=st.integers(1, 20),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 5),
    dilation=st.integers(1, 3),
    before=st.integers(0, 6),
    after=st.integers(0, 6),
)


@given(AXES)
def test_output_counts_the_positions_of_a_walking_kernel(axis):
    assert axis.output == len(positions(axis))


@given(AXES)
def test_dropped_pixels_are_those_after_the_last_one_seen(axis):
    walk = positions(axis)
    if walk:
        assert axis.dropped == axis.padded - 1 - walk[-1][-1]
        image = range(axis.before, axis.before + axis.size)
        assert axis.dropped_from_image == sum(pixel > walk[-1][-1] for pixel in image)


@given(AXES, st.sampled_from(FILLS))
def test_usage_counts_every_product_of_the_walk(axis, fill):
    source = axis.source(fill)
    expected = [0] * axis.size
    for position in itertools.chain(*positions(axis)):
        if source[position] >= 0:
            expected[source[position]] += 1
    assert axis.usage(fill).tolist() == expected


@given(
    size=st.integers(1, 9),
    before=st.integers(0, 20),
    after=st.integers(0, 20),
    fill=st.sampled_from(FILLS),
)
def test_padding_copies_what_numpy_pad_copies(size, before, after, fill):
    axis = Axis(size=size, kernel=1, before=before, after=after)
    pixels = np.arange(size)
    if fill in NUMPY_MODES:
        expected = np.pad(pixels, (before, after), mode=NUMPY_MODES[fill])
    else:
        expected = np.pad(pixels, (before, after), constant_values=-1)
    assert axis.source(fill).tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("padding", "stride", "expected"),
    [
        ("valid", 1, (0, 0)),
        ("full", 1, (3, 3)),
        (2, 1, (2, 2)),
        # An even kernel cannot be centred: the extra pixel goes to the end.
        ("same", 1, (1, 2)),
        # With a stride `same` pads by what the last window lacks, here 4 * 2 + 4 - 10.
        ("same", 2, (1, 1)),
        # A stride larger than the kernel leaves nothing to pad.
        ("same", 7, (0, 1)),
        ((0, 1, 2, 3), 1, (2, 3)),
    ],
)
def test_padding_names_and_numbers(padding, stride, expected):
    geometry = Geometry(kernel=(4, 4), stride=(stride, stride), padding=padding)
    assert geometry.sides((10, 10))[2:] == expected


def test_usage_map_is_a_product_of_both_directions():
    geometry = Geometry(kernel=(3, 2), stride=(2, 1))
    expected = np.zeros((6, 4), int)
    for y, x in itertools.product(range(2), range(3)):
        expected[2 * y : 2 * y + 3, x : x + 2] += 1
    assert geometry.usage_map((6, 4)).tolist() == expected.tolist()
    assert geometry.axes((6, 4))[0].dropped == 1


@pytest.mark.parametrize(
    ("geometry", "image_size", "words"),
    [
        # One pixel too large, in one direction only.
        (Geometry(kernel=(3, 5)), (9, 4), "does not fit"),
        # Three weights, but seven pixels from end to end.
        (Geometry(kernel=(3, 3), dilation=(3, 3)), (6, 6), "covers 7 pixels"),
        # Five pixels cannot be mirrored at a side of five: the border is not repeated.
        (Geometry(kernel=(3, 3), padding=5, fill="reflect"), (5, 9), "reflect"),
        (Geometry(kernel=(1, 1)), (0, 3), "no pixels"),
    ],
)
def test_what_cannot_exist_is_refused_with_a_sentence(geometry, image_size, words):
    with pytest.raises(SettingInvalid, match=words):
        check(geometry, image_size)
    with pytest.raises(SettingInvalid, match=words):
        geometry.output_size(image_size)


def test_the_largest_that_can_exist_is_accepted():
    check(Geometry(kernel=(3, 4)), (9, 4))
    check(Geometry(kernel=(3, 3), dilation=(3, 3)), (7, 7))
    check(Geometry(kernel=(3, 3), padding=4, fill="reflect"), (5, 9))
    # Wrapping goes round as often as needed.
    check(Geometry(kernel=(3, 3), padding=12, fill="wrap"), (5, 9))


@pytest.mark.parametrize(
    "values",
    [
        {"kernel": (0, 3)},
        {"kernel": (3, 3, 3)},
        {"stride": (0, 1)},
        # A stride of ten to the ninth, from an edited address.
        {"stride": (10**9, 1)},
        {"dilation": (1, -1)},
        # True is an int in Python, and not a number of pixels.
        {"stride": (True, 1)},
        {"stride": (1.5, 1)},
        {"padding": "sane"},
        {"padding": -1},
        # Would ask for gigabytes.
        {"padding": 10**9},
        {"padding": (1, 2)},
        {"fill": "edge"},
        {"constant": float("nan")},
        {"constant": "black"},
    ],
)
def test_values_outside_their_range_are_refused(values):
    with pytest.raises(SettingInvalid):
        Geometry(**{"kernel": (3, 3), **values})


@pytest.mark.parametrize(
    ("geometry", "expected"),
    [
        (Geometry(kernel=(3, 3), stride=(2, 2), padding=1), "⌊(8 + 1 + 1 − 3) / 2⌋ + 1 = 4"),
        (
            Geometry(kernel=(3, 3), dilation=(2, 2)),
            "⌊(8 + 0 + 0 − (2 × (3 − 1) + 1)) / 1⌋ + 1 = 4",
        ),
        (Geometry(kernel=(3, 3), stride=(3, 3), padding="same"), "⌈8 / 3⌉ = 3"),
    ],
)
def test_formula_holds_the_numbers_of_this_setting(geometry, expected):
    (template, values), _ = formula(geometry, (8, 9))
    assert template.format(**values) == expected
    assert values["output"] == geometry.output_size((8, 9))[0]


def test_keras_refuses_a_stride_only_together_with_a_dilation():
    assert Geometry(kernel=(3, 3), stride=(2, 2)).keras_can
    assert Geometry(kernel=(3, 3), dilation=(2, 2)).keras_can
    assert not Geometry(kernel=(3, 3), stride=(2, 1), dilation=(1, 2)).keras_can
