"""What is called separable is: the two thin kernels give what the kernel gives."""

import numpy as np
import pytest

from tl_core.convolution.engine import convolve
from tl_core.convolution.geometry import Geometry
from tl_core.convolution.kernels import get_kernel
from tl_core.convolution.separable import separated

IMAGE = np.random.default_rng(0).integers(0, 256, (20, 30), np.uint8)


@pytest.mark.parametrize("name", ["sobel_x", "sobel_y", "box", "gaussian", "scharr_x"])
def test_a_column_and_a_row_one_after_the_other_give_what_the_kernel_gives(name):
    weights = get_kernel(name).weights
    parts = separated(weights)
    assert parts is not None
    thin = parts[0][:, None], parts[1][None]
    found = IMAGE
    for part in thin:
        found = convolve(found, part, Geometry(kernel=part.shape))
    whole = convolve(IMAGE, weights, Geometry(kernel=weights.shape))
    assert found == pytest.approx(whole, abs=0.01)


@pytest.mark.parametrize(
    "weights",
    [
        get_kernel("laplacian_8").weights,
        get_kernel("sharpen").weights,
        np.eye(3, dtype=np.float32),
        np.zeros((3, 3), np.float32),
        np.ones((1, 5), np.float32),  # as thin as it can be
    ],
)
def test_what_is_no_product_is_not_called_one(weights):
    assert separated(weights) is None
