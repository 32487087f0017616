import dataclasses

import numpy as np
import pytest
from scipy import ndimage

from tl_core.convolution.arrays import Array
from tl_core.convolution.engine import convolve
from tl_core.convolution.geometry import Geometry
from tl_core.convolution.kernels import get_kernel, list_kernels
from tl_core.errors import SettingInvalid

NAMES = [preset.name for preset in list_kernels()]
MEANS = ["identity", "box", "gaussian", "sharpen", "motion_blur"]
DERIVATIVES = [
    *[
        f"{name}_{way}"
        for name in ("sobel", "prewitt", "scharr")
        for way in ("x", "y", "magnitude")
    ],
    "outline",
    "laplacian_4",
    "laplacian_8",
    "horizontal_line",
    "vertical_line",
    "both_lines",
    "gabor",
]

LINES = ("horizontal_line", "vertical_line")


def test_names_are_unique_and_every_kernel_has_a_title_and_one_sentence():
    assert len(set(NAMES)) == len(NAMES) == 23
    for preset in list_kernels():
        assert preset.title and preset.description.endswith("."), preset.name
        assert preset.description.count(". ") == 0, preset.name


@pytest.mark.parametrize("name", NAMES)
def test_every_kernel_is_finite_read_only_float32_from_1x1_to_11x11(name):
    kernel = get_kernel(name)
    assert len(kernel.parts) == (2 if name.endswith("magnitude") else 1)
    for part in kernel.parts:
        assert part.dtype == np.float32 and np.isfinite(part).all()
        assert all(1 <= side <= 11 for side in part.shape) and part.any()
        with pytest.raises(ValueError, match="read-only"):
            part[0, 0] = 1


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_can_be_set_from_end_to_end(name):
    preset = next(preset for preset in list_kernels() if preset.name == name)
    for parameter in preset.parameters:
        low, high = (
            get_kernel(name, **{parameter.name: end})
            for end in (parameter.minimum, parameter.maximum)
        )
        for kernel in (low, high):
            assert np.isfinite(kernel.weights).all() and kernel.weights.any()
            assert max(kernel.weights.shape) <= 11
        if parameter.name != "angle":  # 180 degrees is 0 degrees again
            assert not np.array_equal(low.weights, high.weights)


@pytest.mark.parametrize("name", MEANS)
def test_kernels_that_keep_the_brightness_sum_to_one(name):
    assert get_kernel(name).weights.sum() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("name", DERIVATIVES)
def test_kernels_that_find_changes_ignore_flat_areas(name):
    for part in get_kernel(name).parts:
        assert part.sum() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "expected"), [("sobel_x", ndimage.sobel), ("prewitt_x", ndimage.prewitt)]
)
def test_derivatives_are_those_of_scipy(name, expected):
    image = np.random.default_rng(0).random((9, 9))
    weights = get_kernel(name).weights.astype(float)
    assert np.allclose(ndimage.correlate(image, weights), expected(image, axis=1))
    assert not np.allclose(ndimage.correlate(image, weights), expected(image, axis=0))


def test_the_well_known_weights():
    assert get_kernel("laplacian_8").weights.tolist() == [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]
    assert get_kernel("box").weights == pytest.approx(np.full((3, 3), 1 / 9))
    first, second = get_kernel("scharr_magnitude").parts
    assert first.tolist() == [[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]]
    assert second.tolist() == first.T.tolist()


def test_the_sum_of_both_lines_is_their_sum():
    both = get_kernel("both_lines").weights.copy()
    both[:4, :4] -= get_kernel("horizontal_line").weights
    assert both.tolist() == get_kernel("vertical_line").weights.tolist()


def test_without_padding_the_result_of_both_lines_is_the_sum_of_theirs():
    image = np.random.default_rng(0).integers(0, 256, (12, 12)).astype(float)
    both, level, upright = (
        convolve(image, weights, Geometry(kernel=weights.shape))
        for weights in (get_kernel(name).weights for name in ("both_lines", *LINES))
    )
    assert np.allclose(both, level[:-1, :-1] + upright, atol=0.01)


@pytest.mark.parametrize("wavelength", [4, 6, 8, 16])
def test_scharr_is_more_even_than_sobel_for_stripes_of_every_direction(wavelength):
    def unevenness(name: str) -> float:
        y, x = np.mgrid[-1:2, -1:2]
        lengths = []
        for angle in np.radians(range(0, 91, 5)):
            way = 2 * np.pi / wavelength * (x * np.cos(angle) + y * np.sin(angle))
            answers = [(part * np.sin(way)).sum() for part in get_kernel(name).parts]
            lengths.append(np.hypot(*answers))
        return float(max(lengths) / min(lengths))

    assert unevenness("scharr_magnitude") < min(1.01, unevenness("sobel_magnitude"))


@pytest.mark.parametrize("laplacian", ["laplacian_4", "laplacian_8"])
def test_outline_draws_thicker_lines_than_a_laplacian_and_soft_edges_stand_out_more(laplacian):
    def answers(name: str, blur: float) -> Array:
        step = np.repeat([[0.0] * 15 + [255.0] * 15], 30, axis=0)
        weights = get_kernel(name).weights.astype(float)
        soft = ndimage.gaussian_filter(step, blur) if blur else step
        # What noise of one in each pixel comes out as is the root of the sum of the squares.
        return np.abs(ndimage.correlate(soft, weights))[15, 5:-5] / np.sqrt((weights**2).sum())

    def thickness(name: str) -> int:
        return int((answers(name, 0) > 1e-6).sum())

    assert thickness("outline") > thickness(laplacian)
    for blur in (1, 1.5, 2):
        assert answers("outline", blur).max() > answers(laplacian, blur).max()


@pytest.mark.parametrize("sigma", [0.5, 1.0, 1.3])
def test_gaussian_is_that_of_scipy(sigma):
    impulse = np.zeros((11, 11))
    impulse[5, 5] = 1
    expected = ndimage.gaussian_filter(impulse, sigma, radius=5)
    assert get_kernel("gaussian", sigma=sigma, size=11).weights == pytest.approx(expected, abs=1e-6)


def test_motion_blur_follows_its_angle():
    level = get_kernel("motion_blur", angle=0, length=5).weights
    assert level[2] == pytest.approx(np.full(5, 0.2), abs=1e-6)
    assert np.delete(level, 2, axis=0).sum() == pytest.approx(0, abs=1e-6)
    assert get_kernel("motion_blur", angle=90, length=5).weights == pytest.approx(level.T, abs=1e-6)
    rising = get_kernel("motion_blur", angle=45, length=7).weights
    # Up and to the right: rows are counted downwards.
    assert rising[1, 5] > 0.05 and rising[1, 1] == 0


def test_gabor_answers_to_its_own_stripes_only():
    y, x = np.mgrid[-5:6, -5:6]
    kernel = get_kernel("gabor", angle=0, wavelength=5.0).weights
    answers = {
        "own": (kernel * np.cos(2 * np.pi * x / 5)).sum(),
        "turned": (kernel * np.cos(2 * np.pi * y / 5)).sum(),
        "wider": (kernel * np.cos(2 * np.pi * x / 11)).sum(),
    }
    assert answers["own"] > 0.8
    assert abs(answers["turned"]) < 0.1 and abs(answers["wider"]) < 0.5


def test_random_is_repeated_by_its_seed():
    first, again, other = (get_kernel("random", seed=seed).weights for seed in (1, 1, 2))
    assert first.tolist() == again.tolist() != other.tolist()


def test_an_unknown_kernel_or_parameter_names_the_valid_ones():
    with pytest.raises(SettingInvalid, match=r"sobell.*sobel_x, sobel_y"):
        get_kernel("sobell")
    with pytest.raises(SettingInvalid, match=r"no parameter size.* angle, wavelength"):
        get_kernel("gabor", size=3)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("box", {"size": 0}),
        ("box", {"size": 12}),
        # A size is a whole number, also when an address says 3.0 or yes.
        ("box", {"size": 3.0}),
        ("box", {"size": True}),
        ("gaussian", {"sigma": 0.0}),
        ("gaussian", {"sigma": float("nan")}),
        ("gaussian", {"sigma": "1"}),
        ("random", {"seed": -1}),
    ],
)
def test_a_parameter_outside_its_range_is_refused(name, values):
    with pytest.raises(SettingInvalid, match="must be a number from"):
        get_kernel(name, **values)


def test_a_kernel_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        get_kernel("box").name = "other"  # type: ignore[misc]
