import numpy as np
import pytest

from tl_core.convolution.display import SIGNED_COLOURS, get_view, histogram, list_views, signed
from tl_core.convolution.engine import convolve
from tl_core.convolution.geometry import Geometry
from tl_core.convolution.kernels import get_kernel
from tl_core.errors import SettingInvalid

RESULT = np.array([[-400.0, -100.0, 0.0], [0.4, 127.6, 400.0]], np.float32)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("clipped", [[0, 0, 0], [0, 128, 255]]),
        ("absolute", [[255, 100, 0], [0, 128, 255]]),
        ("rescaled", [[0, 96, 128], [128, 168, 255]]),
        ("relu", [[0, 0, 0], [0, 81, 255]]),
    ],
)
def test_each_view_shows_the_same_numbers_differently(name, expected):
    pixels = get_view(name).show(RESULT)
    assert pixels.dtype == np.uint8
    assert pixels.tolist() == expected


def test_signed_is_white_at_zero_and_symmetric():
    pixels = signed(RESULT)
    assert pixels.shape == (2, 3, 3) and pixels.dtype == np.uint8
    assert pixels[0, 0].tolist() == list(SIGNED_COLOURS[0])
    assert pixels[0, 2].tolist() == [255, 255, 255]
    assert pixels[1, 2].tolist() == list(SIGNED_COLOURS[2])
    # A quarter of the way from white to blue.
    assert pixels[0, 1].tolist() == pytest.approx(
        [255 - 222 / 4, 255 - 153 / 4, 255 - 83 / 4], abs=1
    )


def test_signed_takes_a_common_limit_and_the_mean_of_channels():
    assert signed(RESULT, 4000)[1, 2].tolist() != list(SIGNED_COLOURS[2])
    assert signed(RESULT, 40)[0, 1].tolist() == list(SIGNED_COLOURS[0])
    opposite = np.stack([RESULT, -RESULT], axis=-1)
    assert (signed(opposite) == 255).all()


def test_without_its_sign_a_falling_edge_is_as_bright_as_a_rising_one():
    step = np.repeat([[0.0] * 5 + [255.0] * 5], 5, axis=0)
    weights = get_kernel("sobel_x").weights
    for image in (step, step[:, ::-1]):
        result = convolve(image, weights, Geometry(kernel=(3, 3)))
        assert get_view("absolute").show(result).max() == 255
    assert get_view("clipped").show(result).max() == 0


@pytest.mark.parametrize("name", [view.name for view in list_views()])
@pytest.mark.parametrize("value", [0, -7, 300])
def test_a_flat_result_can_be_shown(name, value):
    # Nothing to stretch: division by zero is near.
    pixels = get_view(name).show(np.full((2, 2, 3), value, np.float32))
    assert pixels.dtype == np.uint8 and pixels.shape == (2, 2, 3)
    assert (pixels == pixels[0, 0]).all()


def test_views_have_titles_and_an_unknown_one_names_them():
    assert all(view.title and view.description for view in list_views())
    with pytest.raises(SettingInvalid, match="clipped, absolute, rescaled, signed, relu"):
        get_view("negative")


def test_histogram_says_how_much_clipping_hides():
    counts = histogram(RESULT, bins=8)
    assert counts.counts.sum() == 6
    assert counts.edges.tolist() == np.linspace(-400, 400, 9).tolist()
    assert counts.negative == pytest.approx(2 / 6)
    assert counts.too_bright == pytest.approx(1 / 6)
    assert histogram(np.zeros((3, 3)), bins=4).counts.sum() == 9
