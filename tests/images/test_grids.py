"""Pictures in a grid stand in order, apart, and nowhere else."""

import numpy as np
import pytest

from tl_core.images.grids import grid


def plain(value: int, *shape: int) -> np.ndarray:
    return np.full(shape or (2, 3), value, np.uint8)


def test_pictures_stand_row_by_row_with_the_background_between_them() -> None:
    drawn = grid([plain(1), plain(2), plain(3)], (2, 3), 2, gap=1, background=9)
    assert drawn.tolist() == [
        [1, 1, 1, 9, 2, 2, 2],
        [1, 1, 1, 9, 2, 2, 2],
        [9, 9, 9, 9, 9, 9, 9],
        [3, 3, 3, 9, 9, 9, 9],
        [3, 3, 3, 9, 9, 9, 9],
    ]


def test_a_smaller_picture_stands_at_the_top_left_of_its_place() -> None:
    drawn = grid([plain(1, 1, 1), plain(2)], (2, 3), 2, gap=0, background=0)
    assert drawn.tolist() == [[1, 0, 0, 2, 2, 2], [0, 0, 0, 2, 2, 2]]


@pytest.mark.parametrize(
    ("count", "rows", "height"), [(0, 1, 2), (0, 3, 14), (4, 1, 2), (5, 1, 8), (5, 3, 14)]
)
def test_there_are_as_many_rows_as_needed_and_as_asked(count: int, rows: int, height: int) -> None:
    drawn = grid([plain(1)] * count, (2, 3), 4, rows=rows)
    assert drawn.shape == (height, 4 * 3 + 3 * 4)
    assert (drawn == 1).sum() == 6 * count and set(np.unique(drawn)) <= {1, 255}


def test_colours_and_opacity_are_kept() -> None:
    drawn = grid([plain(7, 2, 2, 4)], (2, 2, 4), 2, gap=0, background=0)
    assert drawn.shape == (2, 4, 4)
    assert (drawn[:, :2] == 7).all() and (drawn[:, 2:] == 0).all()
