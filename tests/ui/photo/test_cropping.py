"""What is cut off is seen on the photo: dark outside the square, untouched inside, a thin frame between."""

import numpy as np
import pytest

from tl_core.images import centre_of
from tl_core.ui.photo.cropping import DIMMED, dimmed

RANDOM = np.random.default_rng(2)


@pytest.mark.parametrize("shape", [(40, 91, 3), (91, 40, 3), (40, 40, 3), (1, 9, 3)])
def test_only_the_square_in_the_middle_stays_bright(shape: tuple[int, int, int]) -> None:
    image = RANDOM.integers(0, 256, shape, np.uint8)
    shown = dimmed(image)
    top, left, side = centre_of(*shape[:2])
    rows, columns = slice(top, top + side), slice(left, left + side)
    inside, frame = shown[rows, columns][1:-1, 1:-1], np.ones((side, side), bool)
    frame[1:-1, 1:-1] = False
    assert (inside == image[rows, columns][1:-1, 1:-1]).all()
    assert (shown[rows, columns][frame] == 255).all()
    outside = np.ones(shape[:2], bool)
    outside[rows, columns] = False
    assert (shown[outside] == (image[outside] * DIMMED).astype(np.uint8)).all()
    assert outside.any() == (shape[0] != shape[1]), "of a square nothing is cut off"
