"""The page's setting, computed by NumPy and by a Keras layer: equal, and a difference would be seen."""

import itertools

import numpy as np
import pytest

from tl_core.convolution.geometry import FILLS, Geometry
from tl_core.convolution.kernels import get_kernel
from tl_core.errors import ImageRefused, SettingInvalid
from tl_core.models.answers import convolution_check
from tl_core.models.answers.convolution_check import compare_with_keras

RANDOM = np.random.default_rng(0)
GREY = RANDOM.integers(0, 256, (23, 31), np.uint8)
COLOUR = RANDOM.integers(0, 256, (23, 31, 3), np.uint8)
SOBEL = get_kernel("sobel_x").weights
COLOURED = RANDOM.standard_normal((3, 3, 3)).astype(np.float32)


def compare(pixels=GREY, parts=(SOBEL,), *, summed=False, flip=False, **geometry):
    shape = parts[0].shape[:2]
    return compare_with_keras(
        pixels,
        list(parts),
        Geometry(kernel=shape, **geometry),
        summed=summed,
        flip=flip,
    )


@pytest.mark.parametrize(
    ("stride", "dilation", "padding", "fill"),
    list(itertools.product([1, 2, 3], [1, 2], ["valid", "same", "full", 2], FILLS)),
)
def test_both_agree(stride, dilation, padding, fill):
    answer = compare(
        stride=(stride, 1),
        dilation=(dilation, dilation),
        padding=padding,
        fill=fill,
        constant=99.0,
    )
    assert answer.numpy == answer.keras
    assert answer.largest <= 1e-5 * answer.largest_value
    assert answer.largest_value > 100


@pytest.mark.parametrize(("pixels", "summed"), [(GREY, False), (COLOUR, True), (COLOUR, False)])
def test_both_add_the_same_bias_to_every_sum(pixels, summed):
    geometry = Geometry(kernel=(3, 3))
    asked = {"summed": summed, "flip": False}
    plain, biased = (
        compare_with_keras(pixels, [SOBEL], geometry, bias=bias, **asked) for bias in (0, 5000)
    )
    assert biased.largest is not None and biased.largest <= 1e-5 * biased.largest_value
    assert biased.largest_value > plain.largest_value + 1000
    magnitude = compare_with_keras(pixels, [SOBEL, SOBEL.T], geometry, bias=5000, **asked)
    assert magnitude.largest_value < 5000  # it has none


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize(
    ("pixels", "parts", "summed", "channels"),
    [
        (GREY, (SOBEL,), False, 0),
        (COLOUR, (SOBEL,), False, 3),
        (COLOUR, (SOBEL,), True, 0),
        (COLOUR, (COLOURED,), True, 0),
        (COLOUR, (SOBEL, SOBEL.T), False, 3),  # a magnitude
        (GREY, (SOBEL, SOBEL.T), False, 0),
        (COLOUR, (np.ones((1, 4), np.float32),), False, 3),
    ],
)
def test_both_agree_for_every_kind_of_channels(pixels, parts, summed, channels, flip):
    answer = compare(pixels, parts, summed=summed, flip=flip, padding="same", stride=(2, 2))
    assert answer.numpy == answer.keras == (12, 16, *[channels] * bool(channels))
    assert answer.largest <= 1e-5 * answer.largest_value


def test_a_difference_would_be_seen(monkeypatch):
    real = convolution_check._keras_convolve
    monkeypatch.setattr(
        convolution_check, "_keras_convolve", lambda *arguments: real(*arguments) + 1
    )
    assert compare().largest == pytest.approx(1)
    monkeypatch.setattr(
        convolution_check, "_keras_convolve", lambda *arguments: real(*arguments)[1:]
    )
    assert compare().largest is None


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((1025, 3), np.uint8),  # more than the page shows
        np.zeros((5, 5, 4), np.uint8),
        np.zeros((5, 5), np.float64),
        np.zeros((0, 0), np.uint8),
        np.zeros(5, np.uint8),
    ],
    ids=lambda pixels: f"{pixels.shape} {pixels.dtype}",
)
def test_what_is_no_photo_is_refused(pixels):
    with pytest.raises(ImageRefused):
        compare(pixels)


@pytest.mark.parametrize(
    "parts",
    [
        [np.full((3, 3), np.nan, np.float32)],
        [np.ones((12, 3), np.float32)],
        [[["print(1)"]]],  # text is data, never code
    ],
    ids=str,
)
def test_weights_from_outside_are_checked(parts):
    with pytest.raises(SettingInvalid):
        compare_with_keras(GREY, parts, Geometry(kernel=(3, 3)), summed=False, flip=False)


def test_a_kernel_that_does_not_fit_is_refused():
    with pytest.raises(SettingInvalid, match="does not fit"):
        compare(np.zeros((2, 2), np.uint8))
