"""The NumPy engine against Keras itself, over every combination of a few settings each.

`keras.ops` is what the layers of the same name call; a few real layers at the end show that.
"""

import itertools
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from tests.convolution.walking import feature_maps
from tl_core.convolution.code import keras_code, numpy_code
from tl_core.convolution.engine import convolve
from tl_core.convolution.geometry import Geometry
from tl_core.convolution.kernels import Kernel, get_kernel
from tl_core.convolution.pooling import global_average_pool, global_max_pool, pool
from tl_core.convolution.relatives import depthwise, grouped, transposed
from tl_core.convolution.stack import ConvolutionLayer, PoolingLayer, ReluLayer
from tl_core.errors import SettingInvalid

IMAGES = [(1, 2), (7, 7), (8, 11), (31, 12)]
KERNELS = [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (1, 4), (5, 2), (7, 3), (6, 11), (11, 11)]
STRIDES = [(1, 1), (2, 2), (3, 3), (1, 2), (3, 1), (2, 5)]
DILATIONS = [(1, 1), (2, 2), (1, 3), (3, 2)]
PADDINGS = ["valid", "same"]
CHANNELS = [(1, 1), (3, 1), (2, 5), (3, 8)]


def convolutions():
    """Every setting that Keras accepts and that fits on the image."""
    for image, kernel, stride, dilation, padding, channels in itertools.product(
        IMAGES, KERNELS, STRIDES, DILATIONS, PADDINGS, CHANNELS
    ):
        geometry = Geometry(kernel=kernel, stride=stride, dilation=dilation, padding=padding)
        if geometry.keras_can and fits(image, kernel, padding, dilation):
            yield image, geometry, channels


def fits(image, kernel, padding, dilation=(1, 1)):
    sides = zip(image, kernel, dilation, strict=True)
    return padding == "same" or all(side > gap * (size - 1) for side, size, gap in sides)


def random_array(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(np.float32)


def assert_equal(result, expected, setting):
    expected = np.asarray(expected)[0]
    assert result.shape == expected.shape, setting
    assert np.abs(result - expected).max() <= 1e-5 * max(1, np.abs(expected).max()), setting


def test_there_are_at_least_2000_settings_and_every_value_occurs():
    settings = list(convolutions())
    assert len(settings) >= 2000
    assert {geometry.kernel for _, geometry, _ in settings} == set(KERNELS)
    assert {geometry.stride for _, geometry, _ in settings} == set(STRIDES)
    assert {geometry.dilation for _, geometry, _ in settings} == set(DILATIONS)


@pytest.mark.parametrize("kernel", KERNELS)
def test_convolution(kernel):
    for size, geometry, (channels, filters) in convolutions():
        if geometry.kernel != kernel:
            continue
        image = random_array(*size, channels)
        weights = random_array(*kernel, channels, filters)
        expected = keras.ops.conv(
            image[None],
            weights,
            strides=geometry.stride,
            padding=geometry.padding,
            data_format="channels_last",
            dilation_rate=geometry.dilation,
        )
        assert_equal(convolve(image, weights, geometry), expected, (size, geometry, channels))
        assert geometry.output_size(size) == expected.shape[1:3]


@pytest.mark.parametrize("kernel", KERNELS)
def test_depthwise(kernel):
    settings = itertools.product(IMAGES, [1, 2, 3], PADDINGS, [(1, 1), (3, 1), (2, 3)])
    for size, step, padding, (channels, multiplier) in settings:
        if not fits(size, kernel, padding):
            continue
        image = random_array(*size, channels)
        weights = random_array(*kernel, channels, multiplier)
        geometry = Geometry(kernel=kernel, stride=(step, step), padding=padding)
        # TensorFlow's depthwise kernel takes one stride for both directions.
        expected = keras.ops.depthwise_conv(
            image[None], weights, strides=step, padding=padding, data_format="channels_last"
        )
        assert_equal(depthwise(image, weights, geometry), expected, (size, geometry, multiplier))


@pytest.mark.parametrize("kernel", KERNELS)
def test_transposed(kernel):
    for size, stride, padding in itertools.product(IMAGES, STRIDES, PADDINGS):
        image, weights = random_array(*size, 3), random_array(*kernel, 2, 3)
        expected = keras.ops.conv_transpose(
            image[None], weights, strides=stride, padding=padding, data_format="channels_last"
        )
        assert_equal(
            transposed(image, weights, stride, padding), expected, (size, kernel, stride, padding)
        )


@pytest.mark.parametrize("mode", ["max", "average"])
@pytest.mark.parametrize("padding", PADDINGS)
def test_pooling(mode, padding):
    layer = {"max": keras.ops.max_pool, "average": keras.ops.average_pool}[mode]
    for size, window, stride in itertools.product(IMAGES, KERNELS, [None, *STRIDES]):
        if not fits(size, window, padding):
            continue
        # All below zero, so that padding with zeros would show.
        image = random_array(*size, 2) - 10
        expected = layer(image[None], window, stride, padding, data_format="channels_last")
        setting = (size, window, stride)
        assert_equal(pool(image, mode, window, stride, padding), expected, setting)
        assert_equal(pool(image[..., 0], mode, window, stride, padding), expected[..., 0], setting)


def test_global_pooling():
    image = random_array(9, 7, 5)
    assert_equal(
        global_average_pool(image), keras.layers.GlobalAveragePooling2D()(image[None]), None
    )
    assert_equal(global_max_pool(image), keras.layers.GlobalMaxPooling2D()(image[None]), None)


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_grouped_layer(groups):
    image, weights = random_array(9, 8, 4), random_array(3, 3, 4 // groups, 8)
    layer = keras.layers.Conv2D(8, 3, strides=2, padding="same", groups=groups, use_bias=False)
    layer.build((None, 9, 8, 4))
    layer.set_weights([weights])
    geometry = Geometry(kernel=(3, 3), stride=(2, 2), padding="same")
    assert_equal(grouped(image, weights, geometry, groups=groups), layer(image[None]), groups)


def test_real_layers_agree_with_the_functions_above():
    image, weights = random_array(8, 11, 3), random_array(3, 2, 3, 4)
    geometry = Geometry(kernel=(3, 2), stride=(2, 3), padding="same")
    layer = keras.layers.Conv2D(4, (3, 2), (2, 3), "same", use_bias=False)
    layer.build((None, 8, 11, 3))
    layer.set_weights([weights])
    assert_equal(convolve(image, weights, geometry), layer(image[None]), geometry)

    layer = keras.layers.Conv2DTranspose(3, (3, 2), (2, 3), "same", use_bias=False)
    layer.build((None, 8, 11, 4))
    layer.set_weights([weights])
    image = random_array(8, 11, 4)
    assert_equal(transposed(image, weights, (2, 3), "same"), layer(image[None]), None)


def test_keras_can_says_what_keras_accepts():
    for stride, dilation in itertools.product(STRIDES, DILATIONS):
        geometry = Geometry(kernel=(2, 2), stride=stride, dilation=dilation)
        try:
            keras.layers.Conv2D(1, (2, 2), strides=stride, dilation_rate=dilation)
        except ValueError:
            assert not geometry.keras_can, geometry
        else:
            assert geometry.keras_can, geometry


def test_a_kernel_that_does_not_fit_is_refused_by_both():
    with pytest.raises(SettingInvalid, match="does not fit"):
        convolve(np.ones((4, 4)), np.ones((5, 5)), Geometry(kernel=(5, 5)))
    with pytest.raises(ValueError, match="negative"):
        keras.layers.Conv2D(1, 5)(np.ones((1, 4, 4, 1), np.float32))


COLOUR_KERNEL = Kernel(
    name="custom", title="", description="", weights=random_array(4, 3, 3) / np.float32(3)
)


def layers_of_the_code():
    """Chains that need every line that the code writer can write."""
    sobel, magnitude = get_kernel("sobel_x"), get_kernel("sobel_magnitude")

    def convolution(kernel=sobel, *, summed=False, flip=False, bias=0.0, **values):
        geometry = Geometry(kernel=kernel.weights.shape[:2], **values)
        return ConvolutionLayer(
            kernel=kernel, geometry=geometry, summed=summed, flip=flip, bias=bias
        )

    yield [convolution()]
    yield [convolution(bias=-40.5, stride=(2, 1), dilation=(1, 2)), convolution(bias=3.0)]
    yield [convolution(magnitude, bias=99.0)]  # which has none
    yield [convolution(flip=True, padding="full")]
    yield [convolution(summed=True, padding="same", stride=(2, 3))]
    yield [convolution(padding="same", stride=(2, 1), dilation=(2, 3))]
    yield [convolution(padding=(1, 0, 3, 2), fill="constant", constant=127.5)]
    for fill in ("reflect", "replicate", "wrap"):
        yield [convolution(padding="same", fill=fill, dilation=(2, 2))]
    yield [convolution(magnitude, padding=1)]
    yield [convolution(magnitude, summed=True, flip=True, stride=(2, 2))]
    for mode, padding in itertools.product(["max", "average"], PADDINGS):
        yield [PoolingLayer(mode=mode, window=(2, 3), stride=(3, 2), padding=padding)]
    yield [
        convolution(padding="same"),
        ReluLayer(),
        PoolingLayer(mode="max", window=(2, 2)),
        convolution(get_kernel("gaussian"), summed=True),
    ]
    yield [convolution(COLOUR_KERNEL), ReluLayer()]
    yield []


CODE = [
    (layers, colour)
    for layers, colour in itertools.product(layers_of_the_code(), [False, True])
    # Three channels of weights need a colour image.
    if colour or not any(getattr(layer, "kernel", None) is COLOUR_KERNEL for layer in layers)
]


@pytest.mark.parametrize(("layers", "colour"), CODE)
def test_both_programs_give_what_the_engine_gives(layers, colour, tmp_path, monkeypatch):
    pixels = np.random.default_rng(5).integers(0, 256, (19, 24, 3)[: 2 + colour], dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    monkeypatch.chdir(tmp_path)
    expected = [pixels.astype(np.float32), *feature_maps(pixels, layers)][-1]
    for write in (numpy_code, keras_code):
        program = write(layers, (19, 24), colour=colour)
        names: dict[str, Any] = {}
        exec(program, names)
        assert_equal(expected, names["result"][None], program)
