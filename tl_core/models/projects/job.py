"""The job behind "Open a project": arrays are believed once a network of the run's settings has taken them.

The head's shapes follow from its settings and are compared before anything is built: settings from elsewhere
may ask for a head that no memory holds. The blocks are those of a known backbone.
"""

import functools
from collections.abc import Iterator, Mapping
from contextlib import suppress
from math import prod
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from tl_core import runs
from tl_core.backbones import weights_sha256
from tl_core.datasets.catalogue import get_dataset
from tl_core.errors import DatasetRefused, RunNotFound, WeightsMissing
from tl_core.models.fitting.results import THUMBNAILS, write_thumbnails
from tl_core.models.networks.learner import build_tail, tail_arrays
from tl_core.projects.opening import open_upload, read_opened
from tl_core.projects.trainings import not_its
from tl_core.results.metrics import TrainedModel
from tl_core.runs import Run
from tl_core.runs.reporting import Reporter
from tl_core.training import Training, TrainingConfig, get_training
from tl_core.training.kept_features import sides_of
from tl_core.wording import N_

Shapes = dict[str, tuple[int, ...]]
PICTURES = N_("Make small pictures of each class")
SINGLE = "F32"
"""What safetensors calls float32."""


def run_unpack(run: Run) -> None:
    """Open what another lab gave away, see `open_upload`, and make small pictures for what is new."""
    open_upload(run, check_arrays)
    new = read_opened(run).runs
    report = Reporter(run, PICTURES)
    for done, identifier in enumerate(new):
        report(done, len(new))
        with suppress(DatasetRefused, RunNotFound):  # deleted meanwhile
            _make_pictures(get_training(identifier))


def _make_pictures(trained: Training) -> None:
    """Keep what a training keeps of its photos: they come from the dataset, and not from a file."""
    if not (trained.folder / THUMBNAILS).exists():
        dataset = get_dataset(trained.settings.dataset)
        write_thumbnails(trained, dataset, sides_of(dataset, trained.settings).train)


def check_arrays(folder: Path, config: TrainingConfig, model: TrainedModel) -> None:
    """Refuse arrays that are not those of this network.

    Args:
        folder: of the training.
        config: its settings.
        model: what it says that it made.

    Raises:
        DatasetRefused: names the file; or the backbone here has other weights than the one it learned on.
    """
    _check(folder / runs.HEAD_ARRAYS, _head_shapes(config, model))
    if model.unfrozen:
        shapes = _tail_shapes(config.backbone, config.size, model.unfrozen)
        _check(folder / runs.TAIL_ARRAYS, shapes)
    try:
        here = weights_sha256(config.backbone, config.weights)
    except WeightsMissing:  # they come when they are first needed
        return
    if model.weights_sha256 not in ("", here):
        raise DatasetRefused(
            "The training {id} in this file learned on other weights of {backbone} than this lab has, so its "
            "scores would differ here. Open it in a lab of the same version.",
            id=folder.name,
            backbone=config.backbone,
        )


def _head_shapes(config: TrainingConfig, model: TrainedModel) -> Shapes:
    inputs, shapes = prod(model.features), []
    for units in (*config.dense, 1 if config.one_unit else len(model.class_names)):
        shapes += [(inputs, units), (units,)]
        inputs = units
    return {f"weight_{number}": shape for number, shape in enumerate(shapes)}


@functools.lru_cache(maxsize=64)
def _tail_shapes(backbone: str, size: int, unfrozen: int) -> Shapes:
    # The weights may not be here yet, and the shapes are those of random ones.
    config = TrainingConfig(
        dataset="", backbone=backbone, size=size, unfrozen=unfrozen, weights="random"
    )
    return {name: np.shape(array) for name, array in tail_arrays(build_tail(config)).items()}


def _check(path: Path, expected: Mapping[str, tuple[int, ...]]) -> None:
    try:
        found = dict(_shapes(path))
    except (OSError, ValueError, SafetensorError):
        found = {}
    if found != expected:
        raise not_its(path.parent.name, path.name)


def _shapes(path: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield name and shape of the arrays in a file; raises a ValueError for one of another type."""
    with safe_open(path, framework="numpy") as file:
        for name in file.keys():  # noqa: SIM118 (it is no mapping)
            part = file.get_slice(name)
            if part.get_dtype() != SINGLE:
                raise ValueError(f"{name} is no float32")
            yield name, tuple(part.get_shape())
