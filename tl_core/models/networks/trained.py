"""What a run has learned as Keras models, for exports and tables: no question about a photo needs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import keras
from safetensors import SafetensorError
from safetensors import numpy as safetensors

from tl_core import runs
from tl_core.errors import RunNotFound
from tl_core.models.networks.backbones import build_backbone
from tl_core.models.networks.heads import build_head
from tl_core.models.networks.learner import (
    build_learner,
    build_tail,
    load_tail_arrays,
    unfrozen_blocks,
)
from tl_core.results.metrics import read_model
from tl_core.training import Training


def load_learned(run: Training) -> tuple[int, keras.Model]:
    """Return the part of a run that learned, built from the run's description and its arrays.

    Returns:
        How many blocks of the backbone it holds, and a model from what they read to what `build_head` says.

    Raises:
        RunNotFound: the run is not trained, or its files are damaged.
        WeightsMissing: its backbone's weights are not on this machine.
    """
    with _readable(run):
        model = read_model(run)
        config = replace(run.settings, unfrozen=model.unfrozen)
        head = build_head(config, model.features, len(model.class_names))
        arrays = safetensors.load_file(run.folder / runs.HEAD_ARRAYS)
        head.set_weights([arrays[f"weight_{i}"] for i in range(len(head.weights))])
        if not model.unfrozen:
            return 0, head
        tail = build_tail(config)
        load_tail_arrays(tail, safetensors.load_file(run.folder / runs.TAIL_ARRAYS))
        return model.unfrozen, build_learner(tail, head, config)


def trained_backbone(run: Training) -> keras.Model:
    """Return the backbone of a run, with the numbers of the blocks that learned.

    Raises:
        RunNotFound, WeightsMissing: see `load_learned`.
    """
    config = run.settings
    backbone = build_backbone(config.backbone, config.size, config.weights)
    with _readable(run):
        if unfrozen := read_model(run).unfrozen:
            tail = unfrozen_blocks(backbone, replace(config, unfrozen=unfrozen))
            load_tail_arrays(tail, safetensors.load_file(run.folder / runs.TAIL_ARRAYS))
    return backbone


@contextmanager
def _readable(run: Training) -> Iterator[None]:
    """Raise `RunNotFound` for what the files of a run that cannot be read raise."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise RunNotFound(
            "Run {id} has no trained network that can be read. Train it again.", id=run.id
        ) from error
