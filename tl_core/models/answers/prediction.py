"""One photo through a trained run."""

import functools
import time
from collections.abc import Callable
from dataclasses import replace

import keras
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors import numpy as safetensors

from tl_core import runs
from tl_core.errors import RunNotFound
from tl_core.models.networks.frozen import frozen_network
from tl_core.models.networks.heads import build_head
from tl_core.models.networks.learner import build_learner, build_tail, load_tail_arrays
from tl_core.models.passes import images_at_once
from tl_core.results import scores
from tl_core.results.answers import ClassScores
from tl_core.results.metrics import read_model
from tl_core.training import Training, get_training
from tl_core.training.preprocessing import preprocessing_of

NETWORKS_KEPT = 8

Network = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""``(n, size, size, 3) uint8 0..255`` -> logits, ``(n, classes)`` or ``(n, 1)``."""


def predict(run_id: str, pixels: NDArray[np.uint8]) -> ClassScores:
    """Return how sure a trained run is of every class.

    Args:
        run_id: id of a run that is done.
        pixels: ``(size, size, 3) uint8`` at the run's input size, from `images.model_input`.

    Raises:
        RunNotFound: the run is not there, or not trained.
        WeightsMissing: its backbone's weights are not on this machine.
    """
    network = trained_network(get_training(run_id))
    start = time.perf_counter()
    outputs = network(pixels[np.newaxis])
    return ClassScores(
        shares=tuple(scores.probabilities(outputs)[0].tolist()),
        logits=tuple(outputs[0].tolist()),
        milliseconds=(time.perf_counter() - start) * 1000,
    )


def trained_network(run: Training, precision: str = "") -> Network:
    """Return a trained run as one function from pixels to its outputs; parts that are cached stay cached.

    Args:
        run: a training that has results.
        precision: of its frozen part; empty for the one that it was trained with.

    Raises:
        RunNotFound: the run is not trained, or its files are damaged.
        WeightsMissing: its backbone's weights are not on this machine.
    """
    config = run.settings
    unfrozen, learned = learned_part(run)
    outputs = (replace(config, unfrozen=unfrozen).cut,)
    at_once = images_at_once(learned)
    precision = precision or read_model(run).precision

    def network(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        # Looked up each time: kept here, a run that nobody asks for would hold its backbone.
        frozen = frozen_network(config.backbone, config.weights, config.size, precision)
        (features,) = frozen.features(pixels, outputs, preprocessing_of(config))
        starts = range(0, len(features), at_once)
        passes = [learned(features[start : start + at_once], training=False) for start in starts]
        return np.concatenate([np.asarray(logits) for logits in passes])

    return network


def learned_part(run: Training) -> tuple[int, keras.Model]:
    """Return what `load_learned` does, from memory if it was asked for before; not to be trained on."""
    return _learned(run, _version(run))


def _version(run: Training) -> int:
    """Return what changes when a stopped run has gone on and is trained further."""
    try:
        return (run.folder / runs.METRICS).stat().st_mtime_ns
    except OSError:
        return 0


@functools.lru_cache(NETWORKS_KEPT)
def _learned(run: Training, version: int) -> tuple[int, keras.Model]:
    return load_learned(run)


def load_learned(run: Training) -> tuple[int, keras.Model]:
    """Return the part of a run that learned, built from the run's description and its arrays.

    Returns:
        How many blocks of the backbone it holds, and a model from what they read to logits.

    Raises:
        RunNotFound: the run is not trained, or its files are damaged.
        WeightsMissing: its backbone's weights are not on this machine.
    """
    try:
        model = read_model(run)
        config = replace(run.settings, unfrozen=model.unfrozen)
        head = build_head(config, model.features, len(model.class_names))
        arrays = safetensors.load_file(run.folder / runs.HEAD_ARRAYS)
        head.set_weights([arrays[f"weight_{i}"] for i in range(len(head.weights))])
        if not model.unfrozen:
            return 0, head
        tail = build_tail(config)
        load_tail_arrays(tail, safetensors.load_file(run.folder / runs.TAIL_ARRAYS))
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise RunNotFound(
            "Run {id} has no trained network that can be read. Train it again.", id=run.id
        ) from error
    return model.unfrozen, build_learner(tail, head, config)
