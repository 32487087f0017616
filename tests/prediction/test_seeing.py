"""What the first layer reads of a photo, in numbers, in words and as a picture."""

import numpy as np
import pytest

from tl_core.backbones import Preprocessing, get_backbone, list_backbones
from tl_core.prediction.seeing import channel_ranges, formulas, tensor_of, tensor_picture
from tl_core.training.preprocessing import DIVIDED_BY_255

PHOTO = np.random.default_rng(0).integers(10, 250, (20, 30, 3), np.uint8)
EVERY = [*(spec.preprocessing for spec in list_backbones()), DIVIDED_BY_255]


@pytest.mark.parametrize("scaling", EVERY, ids=lambda one: one.version)
def test_the_formula_of_each_channel_gives_its_numbers(scaling):
    tensor = tensor_of(PHOTO, scaling)
    names = ["Red", "Green", "Blue"]
    for number, found in enumerate(channel_ranges(tensor, scaling)):
        x = PHOTO[..., names.index(found.title)].astype(np.float64)
        expected = eval(found.formula.replace("−", "-"), {"x": x})
        assert tensor[..., number] == pytest.approx(expected, abs=1e-4)
        assert (found.low, found.mean, found.high) == pytest.approx(
            (expected.min(), expected.mean(), expected.max()), abs=1e-4
        )
    assert tensor.dtype == np.float32 and tensor.shape == PHOTO.shape


def test_blue_comes_first_where_the_network_wants_it():
    vgg = get_backbone("vgg16").preprocessing
    ranges = channel_ranges(tensor_of(PHOTO, vgg), vgg)
    assert [one.title for one in ranges] == ["Blue", "Green", "Red"]
    assert ranges[0].formula == "x − 103.939"
    lite = get_backbone("efficientnet-lite0").preprocessing
    assert channel_ranges(tensor_of(PHOTO, lite), lite)[0].title == "Red"
    assert set(formulas(lite)) == {"(x − 127) / 128"}


def test_pixels_that_stay_as_they_are_are_called_x():
    assert set(formulas(Preprocessing())) == {"x"}
    assert set(formulas(DIVIDED_BY_255)) == {"x / 255"}


def test_the_picture_is_blue_below_zero_white_at_zero_and_red_above_on_one_scale():
    tensor = np.zeros((4, 5, 3), np.float32)
    tensor[..., 0], tensor[..., 1] = 2, -1
    drawn = tensor_picture(tensor)
    assert drawn.shape == (4, 3 * 5 + 2 * 4, 3)
    red, blue, white = (drawn[0, place].tolist() for place in (0, 9, 18))
    assert white == [255, 255, 255]
    assert red == [178, 24, 43]  # the end of the scale
    assert blue[2] > blue[0] and blue != [33, 102, 172]  # half way to its end


def test_of_a_large_tensor_every_second_pixel_is_drawn():
    tensor = np.zeros((512, 512, 3), np.float32)
    tensor[::2, ::2] = 1  # what is not drawn is zero, and white
    drawn = tensor_picture(tensor)
    assert drawn.shape == (256, 3 * 256 + 2 * 4, 3)
    assert (drawn[:, :256] == [178, 24, 43]).all()
