import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tl_core.convolution.engine import convolve
from tl_core.convolution.geometry import Geometry
from tl_core.convolution.receptive import receptive_fields
from tl_core.convolution.stack import ReluLayer
from tl_core.errors import SettingInvalid

LAYERS = st.lists(
    st.builds(
        Geometry,
        kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
        stride=st.tuples(st.integers(1, 2), st.integers(1, 3)),
        dilation=st.tuples(st.integers(1, 2), st.integers(1, 2)),
        padding=st.sampled_from(["same", "full"]),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(LAYERS, st.integers(0, 999))
def test_only_pixels_inside_the_field_change_an_output_and_its_corners_do(layers, seed):
    size = 24, 21
    fields = receptive_fields(layers, size)
    random = np.random.default_rng(seed)

    def deepest(image):
        for geometry in layers:
            image = convolve(image, np.ones(geometry.kernel), geometry)
        return image

    # With weights of one a result counts the paths to it, so it is above 0 wherever a path leads.
    output = tuple(int(random.integers(side)) for side in deepest(np.zeros(size)).shape)
    ranges = [
        range(max(0, first), min(side, last + 1))
        for side, (first, last) in zip(
            size,
            (field.seen_by(at) for field, at in zip(fields[-1], output, strict=True)),
            strict=True,
        )
    ]
    inside = np.zeros(size)
    inside[np.ix_(*ranges)] = 1
    assert deepest(1 - inside)[output] == 0
    if all(ranges):
        for corner in (0, -1):
            single = np.zeros(size)
            single[ranges[0][corner], ranges[1][corner]] = 1
            field_fits = all(
                field.seen_by(at)[corner] == span[corner]
                for field, at, span in zip(fields[-1], output, ranges, strict=True)
            )
            assert not field_fits or deepest(single)[output] > 0


def test_the_field_grows_by_the_kernel_times_the_jump():
    layers = [
        Geometry(kernel=(3, 3), padding="same"),
        Geometry(kernel=(2, 2), stride=(2, 2)),
        Geometry(kernel=(3, 3), padding="same"),
    ]
    sizes = [
        (vertical.size, vertical.jump, vertical.first)
        for vertical, _ in receptive_fields(layers, (32, 32))
    ]
    assert sizes == [(3, 1, -1), (4, 2, -1), (8, 2, -3)]


def test_a_layer_of_single_pixels_leaves_the_field_as_it_is():
    layers = [Geometry(kernel=(3, 3)), ReluLayer().geometry, Geometry(kernel=(1, 1), stride=(2, 2))]
    sizes = [vertical.size for vertical, _ in receptive_fields(layers, (32, 32))]
    assert sizes == [3, 3, 3]


def test_a_layer_that_no_longer_fits_is_refused():
    layers = [Geometry(kernel=(3, 3), stride=(3, 3))] * 3
    assert len(receptive_fields(layers, (27, 27))) == 3
    with pytest.raises(SettingInvalid, match="does not fit"):
        receptive_fields(layers, (26, 27))
