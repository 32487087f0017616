import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage, signal

from tests.convolution.walking import NUMPY_MODES
from tl_core.convolution import engine
from tl_core.convolution.engine import convolve
from tl_core.convolution.geometry import FILLS, Geometry
from tl_core.errors import SettingInvalid


def double_loop(image, weights, geometry):
    """The definition, pixel by pixel in float64: (h, w, c) and (kh, kw, c, filters) to (oh, ow, filters)."""
    top, bottom, left, right = geometry.sides(image.shape[:2])
    margins = (top, bottom), (left, right), (0, 0)
    if geometry.fill in NUMPY_MODES:
        padded = np.pad(image.astype(float), margins, mode=NUMPY_MODES[geometry.fill])
    else:
        constant = geometry.constant if geometry.fill == "constant" else 0
        padded = np.pad(image.astype(float), margins, constant_values=constant)
    (down, right_step), (gap_y, gap_x) = geometry.stride, geometry.dilation
    kernel_height, kernel_width = geometry.kernel
    rows = range(0, len(padded) - gap_y * (kernel_height - 1), down)
    columns = range(0, padded.shape[1] - gap_x * (kernel_width - 1), right_step)
    result = np.zeros((len(rows), len(columns), weights.shape[3]))
    for (i, y), (j, x) in itertools.product(enumerate(rows), enumerate(columns)):
        patch = padded[
            y : y + gap_y * (kernel_height - 1) + 1 : gap_y,
            x : x + gap_x * (kernel_width - 1) + 1 : gap_x,
        ]
        result[i, j] = np.einsum("yxc,yxcf->f", patch, weights)
    return result


def assert_close(result, expected):
    assert result.dtype == np.float32
    assert result.shape == expected.shape
    assert np.abs(result - expected).max() <= 1e-5 * max(1.0, np.abs(expected).max())


@st.composite
def layers(draw):
    """A geometry, an image that it fits on, and weights with some columns of zeros."""
    kernel = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    stride = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    dilation = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    padding = draw(
        st.sampled_from(["valid", "same", "full"])
        | st.integers(0, 4)
        | st.tuples(*[st.integers(0, 4)] * 4)
    )
    reach = [gap * (size - 1) + 1 for gap, size in zip(dilation, kernel, strict=True)]
    # Tall enough for several blocks of rows; reflection needs more pixels than padding.
    height, width = (draw(st.integers(side + 4, 40)) for side in reach)
    geometry = Geometry(
        kernel=kernel,
        stride=stride,
        dilation=dilation,
        padding=padding,
        fill=draw(st.sampled_from(FILLS)),
        constant=draw(st.integers(-9, 300)),
    )
    channels, filters = draw(st.integers(1, 3)), draw(st.sampled_from([1, 2, 3, 8]))
    random = np.random.default_rng(draw(st.integers(0, 999)))
    image = random.integers(0, 256, (height, width, channels)).astype(
        draw(st.sampled_from(["u1", "f4"]))
    )
    weights = random.standard_normal((*kernel, channels, filters)).astype(np.float32)
    weights[:, random.random(kernel[1]) < 0.2] = 0
    return image, weights, geometry


@settings(max_examples=300, deadline=None)
@given(layers())
def test_layer_equals_the_double_loop(case):
    image, weights, geometry = case
    assert_close(convolve(image, weights, geometry), double_loop(image, weights, geometry))


@settings(max_examples=50, deadline=None)
@given(layers())
def test_each_channel_on_its_own_equals_one_grey_image_each(case):
    image, weights, geometry = case
    kernel = weights[:, :, 0, 0]
    expected = [
        double_loop(image[:, :, [channel]], weights[:, :, :1, :1], geometry)
        for channel in range(image.shape[2])
    ]
    assert_close(convolve(image, kernel, geometry), np.concatenate(expected, axis=2))
    assert_close(convolve(image[:, :, 0], kernel, geometry), expected[0][:, :, 0])


@settings(max_examples=50, deadline=None)
@given(layers())
def test_three_dimensional_kernel_is_summed_over_the_channels(case):
    image, weights, geometry = case
    expected = double_loop(image, weights[..., :1], geometry)[:, :, 0]
    assert_close(convolve(image, weights[..., 0], geometry), expected)


@pytest.mark.parametrize("size", [(3, 3), (4, 2), (1, 5), (11, 11)])
@pytest.mark.parametrize("mode", ["valid", "full", "same"])
def test_flipped_is_what_scipy_calls_convolution(size, mode):
    random = np.random.default_rng(1)
    image = random.standard_normal((23, 31)).astype(np.float32)
    weights = random.standard_normal(size).astype(np.float32)
    # SciPy's "same" starts in the middle of the flipped kernel, Keras' in the middle of the unflipped.
    padding = mode
    if mode == "same":
        padding = (size[0] // 2, (size[0] - 1) // 2, size[1] // 2, (size[1] - 1) // 2)
    geometry = Geometry(kernel=size, padding=padding)
    expected = signal.convolve2d(image, weights, mode=mode)
    assert_close(convolve(image, weights, geometry, flip=True), expected)
    assert not np.allclose(convolve(image, weights, geometry), expected)


@pytest.mark.parametrize("size", [3, 5, 7, 9, 11])
@pytest.mark.parametrize(
    ("fill", "scipy_mode"),
    [
        ("zeros", "constant"),
        ("reflect", "mirror"),
        ("replicate", "nearest"),
        ("wrap", "wrap"),
        ("constant", "constant"),
    ],
)
def test_fills_are_those_of_scipy_ndimage(size, fill, scipy_mode):
    random = np.random.default_rng(2)
    image = random.integers(0, 256, (37, 53)).astype(np.float32)
    weights = random.standard_normal((size, size)).astype(np.float32)
    geometry = Geometry(kernel=(size, size), padding="same", fill=fill, constant=17.5)
    expected = ndimage.correlate(
        image, weights, mode=scipy_mode, cval=17.5 if fill == "constant" else 0
    )
    assert_close(convolve(image, weights, geometry), expected)


def test_whole_pixels_with_whole_weights_have_no_rounding_error():
    random = np.random.default_rng(3)
    image = random.integers(0, 256, (200, 300), dtype=np.uint8)
    weights = random.integers(-20, 21, (11, 11)).astype(np.float32)
    geometry = Geometry(kernel=(11, 11), padding="same")
    expected = ndimage.correlate(image.astype(np.int64), weights.astype(np.int64), mode="constant")
    assert (convolve(image, weights, geometry) == expected).all()


@pytest.mark.parametrize("width", [1, 2, 63, 700, 5000])
def test_batches_and_parts_leave_no_seams(width, monkeypatch):
    # Limits so low that every batch holds one block and every product is cut into parts.
    random = np.random.default_rng(4)
    image = random.integers(0, 256, (41, width, 1)).astype(np.float32)
    weights = random.standard_normal((3, 3, 1, 1)).astype(np.float32)
    geometry = Geometry(kernel=(3, 3), padding="same", fill="replicate")
    whole = convolve(image, weights, geometry)
    monkeypatch.setattr(engine, "PRODUCTS_AT_ONCE", 1)
    monkeypatch.setattr(engine, "MULTIPLICATIONS_AT_ONCE", 1)
    assert_close(convolve(image, weights, geometry), double_loop(image, weights, geometry))
    assert np.allclose(convolve(image, weights, geometry), whole, rtol=1e-6)


def test_no_product_is_large_enough_to_wake_the_threads_of_blas(monkeypatch):
    products = []
    multiply = np.matmul

    def watched(left, right, out):
        products.append(left.size * right.shape[-1])
        return multiply(left, right, out=out)

    monkeypatch.setattr(np, "matmul", watched)
    for size in (1, 3, 11):
        convolve(np.ones((64, 1024)), np.ones((size, size)), Geometry(kernel=(size, size)))
    assert len(products) > 3
    assert max(products) < 2**19


def test_a_kernel_of_zeros_gives_zeros():
    result = convolve(np.ones((5, 6)), np.zeros((3, 3)), Geometry(kernel=(3, 3)))
    assert result.tolist() == np.zeros((3, 4)).tolist()


def test_a_read_only_or_transposed_image_is_left_alone():
    image = np.arange(48, dtype=np.uint8).reshape(6, 8)
    image.setflags(write=False)
    geometry = Geometry(kernel=(2, 3), padding="same", fill="wrap")
    weights = np.arange(6).reshape(2, 3)
    expected = double_loop(image.T[..., None], weights[..., None, None], geometry)[..., 0]
    assert_close(convolve(image.T, weights, geometry), expected)


@pytest.mark.parametrize(
    ("image", "weights"),
    [
        # A colour kernel on a grey image, and on four channels.
        (np.ones((5, 5)), np.ones((3, 3, 3))),
        (np.ones((5, 5, 4)), np.ones((3, 3, 3))),
        (np.ones((5, 5, 3)), np.ones((3, 3, 4, 2))),
    ],
)
def test_another_number_of_channels_is_refused(image, weights):
    with pytest.raises(SettingInvalid, match="channels"):
        convolve(image, weights, Geometry(kernel=(3, 3)))


def test_a_kernel_larger_than_the_image_is_refused_unless_padded():
    image, weights = np.ones((4, 4)), np.ones((5, 5))
    with pytest.raises(SettingInvalid, match="does not fit"):
        convolve(image, weights, Geometry(kernel=(5, 5)))
    assert convolve(image, weights, Geometry(kernel=(5, 5), padding="same")).shape == (4, 4)


def test_weights_of_another_size_than_the_geometry_are_a_bug():
    with pytest.raises(ValueError, match="geometry"):
        convolve(np.ones((5, 5)), np.ones((3, 3)), Geometry(kernel=(2, 2)))
