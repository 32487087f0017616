"""What the browser gives a network is what Python would: the same pixels, not only similar ones."""

import base64
import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.javascript.test_twins import NODE, ask, in_base64
from tl_core import images

pytestmark = pytest.mark.skipif(NODE is None, reason="no Node on this machine: install nodejs")
SIZES = np.random.default_rng(5).integers(1, 500, (30, 3)).tolist()
"""Height and width of a picture, and side of the square that it is squashed to: smaller, and larger."""

EDGES = [
    [170, 95, 90],
    [171, 95, 90],
    [101, 300, 100],
    [300, 101, 100],
    [200, 300, 100],
    [99, 20, 100],
]
"""Where Pillow begins to go down before it goes across, on both sides of the limit."""


def noise(height: int, width: int) -> NDArray[np.uint8]:
    """Return a picture with black, white, and hard edges: where rounding and limits show."""
    random = np.random.default_rng([height, width])
    picture = random.integers(0, 256, (height, width, 3))
    return np.where(random.random((height, width, 1)) < 0.4, (picture > 127) * 255, picture).astype(
        np.uint8
    )


def seen(picture: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Return what the browser makes of a picture, `(size, size, 3)`."""
    height, width = picture.shape[:2]
    rgba = np.concatenate([picture, np.full((height, width, 1), 255, np.uint8)], axis=2)
    answer = ask("seen", rgba=in_base64(rgba.tobytes()), width=width, height=height, size=size)
    pixels = np.frombuffer(base64.b64decode(answer), np.uint8)
    return pixels.reshape(size, size, 3)


@pytest.mark.parametrize(
    ("height", "width", "size"),
    [
        *SIZES,
        *EDGES,
        [1, 1, 7],
        [1, 900, 64],
        [160, 160, 160],
        [160, 80, 160],
        [480, 640, 160],
        [7, 5, 224],
    ],
)
def test_the_pixels_that_a_network_sees_are_those_of_the_lab(height, width, size):
    picture = noise(height, width)
    found = seen(picture, size)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    expected = images.model_input(file.getvalue(), "noise.png", size)
    np.testing.assert_array_equal(found, expected)
    nearest = Image.fromarray(picture).resize((size, size), Image.Resampling.NEAREST)
    assert {height, width} == {size} or min(height, width) == 1 or np.any(found != nearest)
