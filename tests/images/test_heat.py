"""A heat map makes a picture red where it is hot, and leaves the rest."""

import numpy as np
import pytest

from tl_core.images.heat import COLOUR, STRENGTH, Heat, covered

GREY = np.full((80, 160, 3), 100, np.uint8)


def spot(value: float = 7.0) -> Heat:
    heat = np.zeros((4, 8), np.float32)
    heat[0, 0] = value
    return heat


def test_the_hottest_place_is_red_and_what_is_cold_stays_as_it_is() -> None:
    shown = covered(GREY, spot())
    assert shown.shape == GREY.shape and shown.dtype == np.uint8
    wanted = (1 - STRENGTH) * 100 + STRENGTH * np.array(COLOUR)
    assert np.abs(shown[0, 0] - wanted).max() <= 1
    assert (shown[60:, 100:] == 100).all()
    assert (GREY == 100).all()


@pytest.mark.parametrize("factor", [1e-3, 1.0, 1e6])
def test_only_the_proportions_of_the_heat_count(factor: float) -> None:
    assert (covered(GREY, spot(7 * factor)) == covered(GREY, spot())).all()


@pytest.mark.parametrize("heat", [np.zeros((4, 8), np.float32), -spot()])
def test_a_map_without_heat_leaves_the_picture(heat: Heat) -> None:
    assert np.abs(covered(GREY, heat).astype(int) - 100).max() <= 1
