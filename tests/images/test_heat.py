"""A heat map can be seen on things of every colour, and leaves the picture to be seen."""

import numpy as np
import pytest

from tl_core.images.heat import FAINTEST, STRENGTH, TABLE, Heat, covered, hottest, scale

GREY = np.full((80, 160, 3), 100, np.uint8)
LUMA = np.array([0.299, 0.587, 0.114])
"""How bright red, green and blue look (ITU-R BT.601)."""


def spot(value: float = 7.0) -> Heat:
    heat = np.zeros((4, 8), np.float32)
    heat[0, 0] = value
    return heat


def test_the_hottest_place_is_yellow_and_the_coldest_is_tinted_least() -> None:
    shown = covered(GREY, spot())
    assert shown.shape == GREY.shape and shown.dtype == np.uint8
    wanted = (1 - STRENGTH) * 100 + STRENGTH * TABLE[-1]
    assert np.abs(shown[0, 0] - wanted).max() <= 1
    cold = (1 - STRENGTH * FAINTEST) * 100 + STRENGTH * FAINTEST * TABLE[0]
    assert np.abs(shown[60:, 100:] - cold).max() <= 1
    assert (GREY == 100).all()


@pytest.mark.parametrize(
    "colour",
    [
        *((255, 40, 0), (200, 20, 20), (255, 0, 0)),  # tomatoes, fire engines
        *((253, 231, 37), (255, 255, 0), (68, 1, 84)),  # bananas; the ends of the scale themselves
        *((0, 160, 0), (20, 60, 200), (0, 0, 0), (255, 255, 255), (128, 128, 128)),
    ],
    ids=str,
)
def test_hot_is_told_from_cold_on_things_of_every_colour(colour: tuple[int, int, int]) -> None:
    shown = covered(np.full((80, 160, 3), colour, np.uint8), spot()).astype(float)
    assert (shown[0, 0] - shown[-1, -1]) @ LUMA > 20  # of 255: hot is brighter
    assert np.abs(shown[0, 0] - shown[-1, -1]).max() > 50


def test_every_step_of_the_scale_is_brighter_than_the_one_before() -> None:
    assert (np.diff(TABLE @ LUMA) > -0.5).all()  # half a step is rounding
    assert np.diff((TABLE @ LUMA)[::8]).min() > 2


@pytest.mark.parametrize("factor", [1e-3, 1.0, 1e6])
def test_only_the_proportions_of_the_heat_count(factor: float) -> None:
    assert (covered(GREY, spot(7 * factor)) == covered(GREY, spot())).all()


def test_the_strength_goes_from_the_picture_to_the_scale_alone() -> None:
    assert np.abs(covered(GREY, spot(), 0.0).astype(int) - 100).max() <= 1
    assert np.array_equal(covered(GREY, spot(), 1.0)[0, 0], TABLE[-1])


@pytest.mark.parametrize("heat", [np.zeros((4, 8), np.float32), -spot()])
def test_a_map_without_heat_leaves_the_picture(heat: Heat) -> None:
    assert np.array_equal(covered(GREY, heat), GREY)


def test_the_legend_goes_from_cold_to_hot() -> None:
    strip = scale(120, 10)
    assert strip.shape == (10, 120, 3)
    assert np.array_equal(strip[5, 0], TABLE[0]) and np.array_equal(strip[5, -1], TABLE[-1])


@pytest.mark.parametrize(
    ("place", "shape", "part"),
    [
        ((0, 0), (5, 5), (0, 0)),
        ((2, 2), (5, 5), (1, 1)),
        ((4, 4), (5, 5), (2, 2)),
        ((1, 3), (5, 5), (0, 2)),
        ((0, 0), (1, 1), (1, 1)),  # one place is the middle
        ((0, 1), (2, 2), (0, 2)),
        ((159, 80), (160, 160), (2, 1)),
    ],
)
def test_the_hottest_place_is_found_in_thirds(
    place: tuple[int, int], shape: tuple[int, int], part: tuple[int, int]
) -> None:
    heat = np.zeros(shape, np.float32)
    heat[place] = 1
    assert hottest(heat, 3) == part
