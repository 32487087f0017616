"""The parts of the convolution page that need no page: text, files and pictures."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from tl_core.convolution.display import histogram
from tl_core.convolution.geometry import Geometry
from tl_core.convolution.kernels import get_kernel, list_kernels
from tl_core.convolution.stack import ConvolutionLayer
from tl_core.errors import SettingInvalid
from tl_core.ui.convolution.explore import nearly_black
from tl_core.ui.convolution.figures import percent, small, whole
from tl_core.ui.convolution.histograms import BAR, HEIGHT, draw
from tl_core.ui.convolution.kernel_controls import only_signs_turn, same_when_turned
from tl_core.ui.convolution.kernel_editing import weights_from_lines, weights_to_lines
from tl_core.ui.convolution.scene import Scene, WorkingImage
from tl_core.ui.convolution.sharing import kernel_csv, kernel_json
from tl_core.ui.convolution.signal import read_numbers, shown
from tl_core.ui.convolution.stack import FRAME, _framed

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("name", [preset.name for preset in list_kernels()])
def test_convolution_and_cross_correlation_agree_where_that_is_said(name):
    kernel = get_kernel(name)
    geometry = Geometry(kernel=kernel.weights.shape)
    image = np.random.default_rng(1).integers(0, 256, (20, 24), np.uint8)
    layer = ConvolutionLayer(kernel=kernel, geometry=geometry)
    turned = replace(layer, flip=True)
    agree = same_when_turned(kernel) or only_signs_turn(kernel)
    assert agree == np.allclose(layer.apply(image), turned.apply(image), atol=1e-2)


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (2, 11), (11, 11), (3, 3, 3), (1, 2, 3)])
def test_written_weights_lose_no_digit(shape):
    weights = RANDOM.standard_normal(shape).astype(np.float32)
    again = weights_from_lines(weights_to_lines(weights))
    assert again.shape == shape
    assert (again == weights).all()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 2\n3 4", [[1, 2], [3, 4]]),
        ("  1,2 ;3 \n 4\t5  6 ", [[1, 2, 3], [4, 5, 6]]),
        ("-1e-2", [[-0.01]]),
        ("1\r\n2", [[1], [2]]),  # a file from Windows
    ],
)
def test_people_may_write_weights_as_they_like(text, expected):
    assert weights_from_lines(text).tolist() == pytest.approx(np.array(expected, np.float32))


@pytest.mark.parametrize("text", ["", " \n ", "1 2\n3", "x", "1\n\n2", "1 2\n\n3\n\n4", "0x1F"])
def test_what_is_no_kernel_is_refused(text):
    with pytest.raises(SettingInvalid):
        weights_from_lines(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1,2, 3", [1, 2, 3]), ("[0 -1.5]", [0, -1.5]), ("7;8", [7, 8]), ("1e3", [1000])],
)
def test_a_signal_may_be_written_as_one_likes(text, expected):
    assert read_numbers(text) == expected


def test_numbers_are_short_and_have_no_negative_zero():
    assert [shown(value) for value in (0.0, -0.0, 1.0, -26.0, 0.125)] == [
        "0",
        "0",
        "1",
        "-26",
        "0.125",
    ]
    assert whole(-3.4) == "−3"
    shares = [percent(share).split("\N{NO-BREAK SPACE}") for share in (0, 0.004, 0.495, 1)]
    assert shares == [["0", "%"], ["0.4", "%"], ["50", "%"], ["100", "%"]]


def scene(name="sobel_x", **image):
    pixels = RANDOM.integers(0, 256, (20, 30), np.uint8)
    kernel = get_kernel(name)
    return Scene(
        image=WorkingImage(
            name="noise", title="Noise", pixels=pixels, colour=np.dstack([pixels] * 3), **image
        ),
        kernel=kernel,
        geometry=Geometry(kernel=kernel.weights.shape),
        flip=False,
    )


@pytest.mark.parametrize(
    ("dark", "pixels"),
    [
        (True, np.zeros((20, 30), np.uint8)),
        (True, np.full((20, 30, 3), 37, np.uint8)),
        (False, np.eye(20, dtype=np.uint8) * 255),  # thin, and seen
        (False, np.full((20, 30), 60, np.uint8)),
    ],
)
def test_black_is_what_a_person_would_call_black(dark, pixels):
    assert nearly_black(pixels) == dark


@pytest.mark.parametrize("name", ["sobel_x", "gabor", "sobel_magnitude"])
def test_the_downloaded_kernel_has_every_weight(name):
    kernel = get_kernel(name)
    rows = [row for row in csv.reader(io.StringIO(kernel_csv(kernel))) if row]
    written = np.array(rows, np.float32).reshape(len(kernel.parts), *kernel.weights.shape)
    assert (written == np.stack(kernel.parts)).all()
    value = json.loads(kernel_json(kernel))
    assert value["name"] == name
    assert (np.array(value["weights"], np.float32) == np.stack(kernel.parts)).all()


def test_a_histogram_has_one_bar_a_bin_in_the_colour_of_its_side():
    picture = draw(histogram(np.array([-100.0, 0, 0, 0, 100, 300]), bins=10))
    assert picture.shape == (HEIGHT, 10 * BAR, 3)
    blue, green, red = (picture[-1, column] for column in (1, 14, -2))
    assert blue[2] > blue[0] and red[0] > red[2] and green[1] > green[0]
    assert (picture[0, 1] == 255).all()  # a low bar leaves the top empty
    assert draw(histogram(np.zeros(4))).shape[0] == HEIGHT


@pytest.mark.parametrize("shape", [(10, 10), (2000, 3), (3, 2000, 3), (1, 1)])
def test_small_pictures_stay_and_large_ones_shrink_without_vanishing(shape):
    pixels = RANDOM.integers(0, 256, shape, np.uint8)
    reduced = small(pixels, 100)
    assert min(reduced.shape[:2]) >= 1 and max(reduced.shape[:2]) <= 100
    assert max(shape[:2]) > 100 or (reduced == pixels).all()


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        ((5, 9), (5, 9)),
        ((-3, 4), (-3, 4)),
        ((15, 40), (15, 40)),
        ((-99, 99), (-99, 99)),
        ((7, 7), (7, 7)),
    ],
)
def test_a_frame_is_drawn_around_the_field_as_far_as_it_is_in_the_image(rows, columns):
    image = np.zeros((20, 20, 3), np.uint8)
    framed = _framed(image, rows, columns)
    marked = (framed == FRAME).all(axis=2)
    inside = marked[max(rows[0], 0) : rows[1] + 1, max(columns[0], 0) : columns[1] + 1]
    assert not inside.any()
    assert marked.any() == (rows != (-99, 99))
    assert not image.any()  # the shared image is not drawn on
