"""Many kernels or maps in one picture: each in its place, each readable."""

import numpy as np
import pytest

from tl_core.convolution.display import signed
from tl_core.convolution.sheets import (
    CELL,
    GAP,
    GREY,
    MAP,
    PAIRS_ACROSS,
    SIDE,
    contact_sheet,
    filter_map_sheet,
    kernel_row,
    map_row,
    map_square,
)


def test_kernels_stand_side_by_side_on_grey_each_about_as_large() -> None:
    small, large = np.eye(3, dtype=np.float32), np.eye(7, dtype=np.float32)
    drawn = kernel_row(small, large)
    assert drawn.shape == (SIDE, 2 * SIDE + GAP, 3)
    for left, weights in ((0, small), (SIDE + GAP, large)):
        cell = SIDE // len(weights)
        middles = slice(cell // 2, cell * len(weights), cell)
        assert (drawn[middles, left:][:, middles] == signed(weights)).all()
    assert (drawn[:, SIDE : SIDE + GAP] == GREY).all()


@pytest.mark.parametrize(("side", "factor"), [(5, 19), (48, 2), (96, 1), (200, 1)])
def test_maps_stand_side_by_side_and_small_ones_are_enlarged(side: int, factor: int) -> None:
    maps = np.stack([np.full((side, side), value, np.uint8) for value in (10, 20, 30)])
    drawn = map_row(maps)
    wide = side * factor
    assert drawn.shape == (wide, 3 * wide + 2 * GAP)
    assert [int(drawn[0, place * (wide + GAP)]) for place in range(3)] == [10, 20, 30]
    assert (drawn[:, wide : wide + GAP] == 255).all()


def test_every_filter_stands_beside_its_own_map() -> None:
    filters = np.stack([np.full((3, 3, 3), sign, np.float32) for sign in (1, -1, 1, -1, 1)])
    maps = np.stack([np.full((7, 9), 50 * place, np.uint8) for place in range(5)])
    drawn = filter_map_sheet(filters, maps)
    width, height = CELL + MAP + 3 * GAP, MAP + GAP
    assert drawn.shape == (2 * height + GAP, PAIRS_ACROSS * width, 3)
    for place in range(5):
        top, left = GAP + place // PAIRS_ACROSS * height, GAP + place % PAIRS_ACROSS * width
        assert (drawn[top + 5, left + 5] == (255 if place % 2 == 0 else 0)).all()
        beside = drawn[top : top + MAP, left + CELL + GAP : left + CELL + GAP + MAP]
        assert (beside == 50 * place).all()


def test_maps_stand_in_a_square_on_grey_in_their_order() -> None:
    drawn = map_square(np.stack([np.full((48, 48), value, np.uint8) for value in (10, 20, 30, 40)]))
    assert drawn.shape == (192 + GAP, 192 + GAP)
    assert [int(drawn[y, x]) for y in (0, -1) for x in (0, -1)] == [10, 20, 30, 40]
    assert (drawn[96 : 96 + GAP] == GREY).all() and (drawn[:, 96 : 96 + GAP] == GREY).all()


def test_every_filter_is_on_the_contact_sheet_with_its_number_below_it() -> None:
    filters = np.zeros((9, 3, 3, 3), np.float32)
    filters[:, 1, 1, 0] = 1.0
    sheet = contact_sheet(filters)
    middle = CELL // 2
    for index in range(9):
        row, column = divmod(index, 8)
        top, left = GAP + row * (CELL + GAP + 14), GAP + column * (CELL + GAP)
        assert sheet[top + middle, left + middle].tolist() == [255, 128, 128]
        assert sheet[top + 1, left + 1].tolist() == [128, 128, 128]
        assert (sheet[top + CELL : top + CELL + 14, left : left + CELL] < 200).any()
    assert (sheet[-CELL:, 2 * (CELL + GAP) :] == 255).all()  # there is no tenth filter
