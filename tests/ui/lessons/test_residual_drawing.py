"""The drawing of a residual block: three maps on one scale, all of it inside, and words that stay words."""

import base64
import io
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tl_core.ui.lessons.residual_drawing import HEIGHT, WIDTH, block_drawing

SVG = "{http://www.w3.org/2000/svg}"
NAMES = {"x": "x", "block": "F", "change": "F(x)", "sum": "F(x) + x"}


def drawn(
    x: NDArray[np.float32], change: NDArray[np.float32], skip_label: str = "skip connection"
) -> ElementTree.Element:
    return ElementTree.fromstring(
        block_drawing(x, change, labels=NAMES, skip_label=skip_label, text_colour="#10131f")
    )


def pictures(svg: ElementTree.Element) -> list[NDArray[np.uint8]]:
    data = [one.attrib["href"].partition(",")[2] for one in svg.findall(f"{SVG}image")]
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(one)))) for one in data]


@pytest.fixture
def maps():
    random = np.random.default_rng(0)
    return random.normal(size=(2, 12, 12)).astype(np.float32)


def test_the_three_maps_share_one_scale():
    x = np.full((4, 4), 1.0, np.float32)
    seen = pictures(drawn(x, x))  # the sum is 2, and has the full colour
    assert seen[2][0, 0].tolist() == [178, 24, 43]
    assert seen[0].tolist() == seen[1].tolist() != seen[2].tolist()


def test_a_change_that_undoes_x_leaves_white(maps):
    x = maps[0]
    assert pictures(drawn(x, -x))[2].min() == 255
    assert pictures(drawn(x, x))[2].min() < 255


def test_a_block_that_answers_nothing_can_be_drawn():
    zero = np.zeros((4, 4), np.float32)
    assert all(picture.min() == 255 for picture in pictures(drawn(zero, zero)))


def test_everything_is_inside_the_picture(maps):
    svg = drawn(*maps)
    for one in svg.findall(f"{SVG}image") + svg.findall(f"{SVG}rect"):
        x, y, width, height = (float(one.attrib[name]) for name in ("x", "y", "width", "height"))
        assert 0 <= x <= x + width <= WIDTH and 0 <= y <= y + height <= HEIGHT
    numbers = [re.findall(r"[\d.]+", one.attrib["points"]) for one in svg.findall(f"{SVG}polyline")]
    assert all(0 <= float(number) <= WIDTH for points in numbers for number in points)


def test_words_cannot_become_elements(maps):
    svg = drawn(maps[0], maps[1], skip_label="<script>alert(1)</script>")
    assert not svg.findall(f".//{SVG}script")
    assert "<script>alert(1)</script>" in [one.text for one in svg.findall(f"{SVG}text")]
