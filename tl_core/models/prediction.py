"""One photo through a trained run."""

import functools
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors import numpy as safetensors

from tl_core import runs, scores
from tl_core.errors import RunNotFound
from tl_core.models.extraction import extractor
from tl_core.models.heads import build_head
from tl_core.training import TrainingConfig

HEADS_KEPT = 32


def predict(run_id: str, pixels: NDArray[np.uint8]) -> list[float]:
    """Return the probability of every class of a trained run, in the order of its class names.

    Args:
        run_id: id of a run that is done.
        pixels: ``(size, size, 3) uint8`` at the run's input size, from `images.model_input`.

    Raises:
        RunNotFound: the run is not there, or not trained.
        WeightsMissing: its backbone's weights are not on this machine.
    """
    run = runs.get_run(run_id)
    config = TrainingConfig.from_json(run.config)
    network = extractor(config.backbone, config.weights, config.size, config.pooling)
    logits = _head(run)(network(pixels[np.newaxis]), training=False)
    shares: list[float] = scores.probabilities(np.asarray(logits))[0].tolist()
    return shares


@functools.lru_cache(HEADS_KEPT)
def _head(run: runs.Run) -> Any:
    return load_head(run)


def load_head(run: runs.Run) -> keras.Model:
    """Return a trained head, built from the run's description and its arrays.

    Raises:
        RunNotFound: the run is not trained, or its files are damaged.
    """
    try:
        description = run.result("model.json")
        arrays = safetensors.load_file(run.folder / "head.safetensors")
        head = build_head(
            TrainingConfig.from_json(run.config),
            tuple(description["features"]),
            len(description["class_names"]),
        )
        head.set_weights([arrays[f"weight_{i}"] for i in range(len(head.weights))])
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise RunNotFound(
            "Run {id} has no trained head that can be read. Train it again.", id=run.id
        ) from error
    return head
