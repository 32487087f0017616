from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.convolution.walking import feature_maps
from tl_core.convolution.code import numpy_code
from tl_core.convolution.engine import convolve
from tl_core.convolution.geometry import FILLS, Geometry
from tl_core.convolution.kernels import Kernel, get_kernel, list_kernels
from tl_core.convolution.stack import ConvolutionLayer, PoolingLayer, ReluLayer
from tl_core.errors import SettingInvalid

PIXELS = np.random.default_rng(0).integers(0, 256, (20, 17, 3), dtype=np.uint8)


def convolution(name, *, summed=False, flip=False, **values):
    kernel = get_kernel(name)
    geometry = Geometry(kernel=kernel.weights.shape[:2], **values)
    return ConvolutionLayer(kernel=kernel, geometry=geometry, summed=summed, flip=flip)


def test_a_magnitude_is_the_length_of_both_directions():
    result = convolution("sobel_magnitude").apply(PIXELS)
    x, y = (convolution(name).apply(PIXELS) for name in ("sobel_x", "sobel_y"))
    assert result == pytest.approx(np.hypot(x, y))
    assert result.dtype == np.float32 and result.shape == (18, 15, 3)


def test_summed_adds_the_channels_and_otherwise_they_stay_apart():
    apart = convolution("sobel_x").apply(PIXELS)
    summed = convolution("sobel_x", summed=True).apply(PIXELS)
    assert apart.shape == (18, 15, 3)
    assert summed == pytest.approx(apart.sum(axis=2), abs=1e-3)
    grey = PIXELS[:, :, 0]
    assert np.array_equal(
        convolution("sobel_x", summed=True).apply(grey), convolution("sobel_x").apply(grey)
    )


def test_flip_turns_an_odd_kernel_round():
    assert convolution("sobel_x", flip=True).apply(PIXELS) == pytest.approx(
        -convolution("sobel_x").apply(PIXELS)
    )


def test_a_stack_hands_each_map_to_the_next_layer():
    layers = [
        convolution("sobel_x", padding="same"),
        ReluLayer(),
        PoolingLayer(mode="max", window=(2, 2)),
    ]
    edges, positive, pooled = feature_maps(PIXELS, layers)
    expected = convolve(
        PIXELS, get_kernel("sobel_x").weights, Geometry(kernel=(3, 3), padding="same")
    )
    assert np.array_equal(edges, expected)
    assert edges.min() < 0 == positive.min()
    assert pooled[0, 0].tolist() == positive[:2, :2].max(axis=(0, 1)).tolist()
    size = PIXELS.shape[:2]
    for layer, feature_map in zip(layers, (edges, positive, pooled), strict=True):
        size = layer.geometry.output_size(size)
        assert feature_map.shape[:2] == size


def test_a_layer_that_no_longer_fits_is_refused():
    shrinking = PoolingLayer(mode="average", window=(4, 4))
    assert len(feature_maps(PIXELS, [shrinking] * 2)) == 2
    with pytest.raises(SettingInvalid, match="does not fit"):
        feature_maps(PIXELS, [shrinking] * 3)
    assert feature_maps(PIXELS, []) == []


PAIRS = st.tuples(st.integers(1, 3), st.integers(1, 3))
CONVOLUTIONS = st.builds(
    convolution,
    st.sampled_from([preset.name for preset in list_kernels()]),
    summed=st.booleans(),
    flip=st.booleans(),
    stride=PAIRS,
    dilation=PAIRS,
    padding=st.sampled_from(["same", "full", 3]),
    fill=st.sampled_from(FILLS).filter(lambda fill: fill != "reflect"),
    constant=st.integers(-5, 300),
)
POOLINGS = st.builds(
    PoolingLayer,
    mode=st.sampled_from(["max", "average"]),
    window=PAIRS,
    stride=st.none() | PAIRS,
    padding=st.sampled_from(["valid", "same"]),
)


@settings(max_examples=60, deadline=None)
@given(
    layers=st.lists(CONVOLUTIONS | POOLINGS | st.just(ReluLayer()), max_size=3),
    colour=st.booleans(),
)
def test_the_numpy_program_runs_and_gives_what_the_engine_gives(layers, colour, tmp_path_factory):
    image = PIXELS if colour else PIXELS[:, :, 1]
    try:
        maps = [image.astype(np.float32), *feature_maps(image, layers)]
    except SettingInvalid:
        with pytest.raises(SettingInvalid):
            numpy_code(layers, image.shape[:2], colour=colour)
        return
    folder = tmp_path_factory.mktemp("photo")
    Image.fromarray(image).save(folder / "photo.png")
    program = numpy_code(layers, image.shape[:2], colour=colour)
    names: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        exec(program, names)
    expected = maps[-1]
    assert names["result"].shape == expected.shape
    # Rounding goes by what was summed: large values may cancel each other.
    scale = max(float(np.abs(one).max()) for one in maps)
    assert np.abs(names["result"] - expected).max() <= 1e-5 * scale, program


def test_the_program_holds_the_weights_of_this_kernel():
    weights = np.array([[0.1, -1], [2, 1e-20]], np.float32)
    kernel = Kernel(name="custom", title="", description="", weights=weights)
    layer = ConvolutionLayer(kernel=kernel, geometry=Geometry(kernel=(2, 2)))
    program = numpy_code([layer], (5, 5))
    assert "[0.1, -1],\n        [2, 1e-20],\n" in program
    assert "def pool" not in program
