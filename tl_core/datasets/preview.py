"""A few pictures of each class, to see what a dataset is about."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tl_core import images
from tl_core.datasets.dataset import Dataset, LabeledImage
from tl_core.images.grids import GAP, grid

WHITE = 255


def class_images(dataset: Dataset, label: int) -> tuple[LabeledImage, ...]:
    """Return the images of one class, in the order of the dataset; a slice of it is a page."""
    return tuple(image for image in dataset.images if image.label == label)


def mosaic(
    dataset: Dataset,
    shown: Sequence[LabeledImage],
    *,
    rows: int = 1,
    columns: int = 4,
    side: int = 96,
) -> NDArray[np.uint8]:
    """Return pictures in a grid, row by row.

    Args:
        dataset: where from.
        shown: the images.
        rows: pictures below each other, at least; as many as needed.
        columns: pictures side by side, from 1.
        side: height and width of each, in pixels; a picture is squashed as for training.

    Returns:
        ``(rows * (side + 4), columns * (side + 4), 3) uint8``; places that no picture fills are white.

    Raises:
        DatasetRefused: a file is missing or was changed.
    """
    pictures = [images.model_input(dataset.read(one), one.shown, side) for one in shown]
    drawn = grid(pictures, (side, side, 3), columns, rows=rows)
    return np.pad(drawn, ((0, GAP), (0, GAP), (0, 0)), constant_values=WHITE)


def class_mosaic(
    dataset: Dataset, label: int, *, rows: int = 2, columns: int = 4, side: int = 96
) -> NDArray[np.uint8]:
    """Return pictures of one class in a grid, evenly spaced through the dataset.

    Args:
        dataset: where from.
        label: index of the class.
        rows: pictures below each other.
        columns: pictures side by side.
        side: height and width of each, in pixels; a picture is squashed as for training.

    Returns:
        ``(rows * (side + 4), columns * (side + 4), 3) uint8``; places that no picture fills are white.
    """
    of_class = class_images(dataset, label)
    count = min(len(of_class), rows * columns)
    shown = [of_class[place * len(of_class) // count] for place in range(count)]
    return mosaic(dataset, shown, rows=rows, columns=columns, side=side)
