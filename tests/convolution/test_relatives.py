import numpy as np
import pytest

from tests.convolution.walking import touched
from tl_core.convolution.engine import convolve
from tl_core.convolution.geometry import Geometry
from tl_core.convolution.kernels import Kernel
from tl_core.convolution.relatives import TransposedLayer, depthwise, grouped, transposed
from tl_core.errors import SettingInvalid

GEOMETRY = Geometry(kernel=(3, 2), stride=(2, 1), dilation=(1, 2), padding="same", fill="reflect")


def random_array(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(np.float32)


def test_depthwise_gives_each_channel_its_own_kernels():
    image, weights = random_array(9, 8, 3), random_array(3, 2, 3, 2)
    result = depthwise(image, weights, GEOMETRY)
    for channel in range(3):
        alone = convolve(image[..., [channel]], weights[:, :, [channel]], GEOMETRY)
        assert np.array_equal(result[..., 2 * channel : 2 * channel + 2], alone)


def test_one_group_is_a_layer_and_two_groups_do_not_see_each_other():
    image, weights = random_array(9, 8, 4), random_array(3, 2, 4, 6)
    assert np.array_equal(
        grouped(image, weights, GEOMETRY, groups=1), convolve(image, weights, GEOMETRY)
    )
    halves = weights[:, :, :2]
    before = grouped(image, halves, GEOMETRY, groups=2)
    image[..., 3] += 1
    after = grouped(image, halves, GEOMETRY, groups=2)
    assert np.array_equal(before[..., :3], after[..., :3])
    assert not np.allclose(before[..., 3:], after[..., 3:])


@pytest.mark.parametrize("stride", [(1, 1), (2, 3), (4, 4)])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_transposed_is_the_transpose_of_the_layer(stride, padding):
    # <layer(x), y> = <x, transposed(y)> for all x and y, whatever the kernel.
    weights = random_array(3, 3, 2, 5)
    y = random_array(4, 6, 5)
    back = transposed(y, weights, stride, padding)
    x = random_array(*back.shape)
    forth = convolve(x, weights, Geometry(kernel=(3, 3), stride=stride, padding=padding))
    assert forth.shape == y.shape
    assert (forth * y).sum() == pytest.approx((x * back).sum(), rel=1e-4)


@pytest.mark.parametrize("groups", [0, -1, 3, 5])
def test_groups_that_do_not_divide_the_channels_are_refused(groups):
    with pytest.raises(SettingInvalid, match="groups"):
        grouped(random_array(5, 5, 4), random_array(3, 2, 2, 4), GEOMETRY, groups=groups)


def test_transposed_refuses_other_channels_strides_and_padding():
    image, weights = random_array(4, 4, 3), random_array(3, 3, 2, 3)
    transposed(image, weights)
    with pytest.raises(SettingInvalid, match="channels"):
        transposed(image[..., :2], weights)
    with pytest.raises(SettingInvalid):
        transposed(image, weights, (0, 1))
    with pytest.raises(SettingInvalid):
        transposed(image, weights, (10**6, 1))
    with pytest.raises(SettingInvalid, match="full"):
        transposed(image, weights, padding="full")


@pytest.mark.parametrize("stride", [(1, 1), (2, 3), (4, 4)])  # the last leaves gaps
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("flip", [False, True])
def test_one_pixel_of_a_transposed_layer_adds_up_the_stamps_that_reach_it(stride, padding, flip):
    image, weights = random_array(4, 6), random_array(3, 2)
    kernel = Kernel(name="own", title="", description="", weights=weights)
    layer = TransposedLayer(kernel=kernel, stride=stride, padding=padding, flip=flip)
    result, (down, across) = layer.apply(image), layer.axes((4, 6))
    assert (down.output, across.output) == image.shape, "turned around: it gives the input"
    assert (down.size, across.size) == result.shape
    met = weights[::-1, ::-1] if flip else weights
    expected = [
        sum(
            image[row, column] * met[i, j]
            for row, i in touched(down, y)
            for column, j in touched(across, x)
        )
        for y, x in np.ndindex(result.shape)
    ]
    np.testing.assert_allclose(result.ravel(), expected, atol=1e-5)
