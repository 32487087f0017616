"""A few pictures of each class in a row, to see what a dataset is about."""

import numpy as np
from numpy.typing import NDArray

from tl_core import images
from tl_core.datasets.dataset import Dataset

GAP = 4
"""White pixels between two pictures."""


def class_strip(
    dataset: Dataset, label: int, *, count: int = 6, side: int = 96
) -> NDArray[np.uint8]:
    """Return pictures of one class in a row, evenly spaced through the dataset.

    Args:
        dataset: where from.
        label: index of the class.
        count: most pictures.
        side: height and width of each, in pixels; a picture is squashed as for training.

    Returns:
        ``(side, width, 3) uint8``, with as many pictures as the class has, up to `count`.
    """
    of_class = [image for image in dataset.images if image.label == label]
    shown = of_class[:: max(1, len(of_class) // count)][:count]
    white = np.full((side, GAP, 3), 255, np.uint8)
    parts: list[NDArray[np.uint8]] = []
    for image in shown:
        parts += [images.model_input(dataset.read(image), image.path, side), white]
    return np.hstack(parts[:-1]) if parts else white
