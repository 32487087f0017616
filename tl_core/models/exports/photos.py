"""The photos of a run that an export shows, calibrates with or is measured on."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tl_core import images
from tl_core.answers.extraction import read_pixels
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.splits import Split
from tl_core.errors import DatasetRefused
from tl_core.training import Training
from tl_core.training.kept_features import sides_of


def photos_of_run(
    run: Training, choose: Callable[[Split], Sequence[int]], kept: str
) -> list[NDArray[np.uint8]]:
    """Return photos as a run's training sees them: ``(size, size, 3)`` each.

    Args:
        run: the training.
        choose: which images of the dataset, given those of each side.
        kept: pattern of the small pictures that the run has kept, which take their place when the dataset is
            gone.

    Raises:
        DatasetRefused: the dataset is gone, and no picture was kept.
    """
    config = run.settings
    try:
        dataset = get_dataset(config.dataset)
    except DatasetRefused:
        paths = sorted((run.folder / "thumbnails").glob(kept))
        if not paths:
            raise
        return [images.model_input(path.read_bytes(), path.name, config.size) for path in paths]
    chosen = choose(sides_of(dataset, config))
    return [read_pixels(dataset, dataset.images[index], config) for index in chosen]
