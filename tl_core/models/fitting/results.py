"""What a training leaves in the run book: scores, the head, and a few pictures of each class."""

import csv
import io
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tl_core import files, images, runs
from tl_core.datasets.dataset import Dataset
from tl_core.models.arrays import array_of, write_arrays
from tl_core.models.features.computing import Sides
from tl_core.models.features.extraction import sides_of, transform_of
from tl_core.models.features.rows import Rows
from tl_core.models.fitting.phase import Fitted, judge
from tl_core.models.networks.learner import tail_arrays
from tl_core.results import scores
from tl_core.runs.snapshots import snapshot
from tl_core.training import TrainingConfig

THUMBNAILS_PER_CLASS = 3


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What a training has come to.

    Args:
        head: the trained head.
        tail: the trained blocks below it, or None when only the head learned.
        fitted: which epoch was kept, and what it makes of the validation images.
        model: `head`, or `tail` and `head` in one.
        sides: what it was fitted and judged on.
    """

    head: keras.Model
    tail: keras.Model | None
    fitted: Fitted
    model: keras.Model
    sides: Sides


def write_results(
    run: runs.Run,
    config: TrainingConfig,
    dataset: Dataset,
    trained: Trained,
    *,
    facts: Mapping[str, Any],
) -> None:
    """Write everything that pages read of a run; ``metrics.json`` is the last file.

    A run that was stopped is judged on its validation images alone: their outputs are known already, and
    Stop must not take long.

    Args:
        run: where to.
        config: what was trained.
        dataset: what it was trained on.
        trained: what came out.
        facts: further JSON values for ``metrics.json``.
    """
    names, sides, fitted = dataset.class_names, trained.sides, trained.fitted
    _write_history(run)
    _write_model(run, config, names, trained)
    outputs = {"validation": (fitted.outputs, sides.validation)}
    metrics: dict[str, Any] = {"best_epoch": fitted.epoch, "stopped": fitted.stopped, **facts}
    if not fitted.stopped:
        metrics["train"] = evaluate(trained.model, sides.seen, names)
        if sides.test is not None:
            outputs["test"] = (judge(trained.model, sides.test), sides.test)
    parts = sides_of(dataset, config)
    predictions = {}
    for part, (found, rows) in outputs.items():
        shares = scores.probabilities(found)
        predictions[part] = {
            "images": [dataset.images[index].sha256 for index in getattr(parts, part)],
            "labels": rows.labels.tolist(),
            "probabilities": np.round(shares, 6).tolist(),
        }
        metrics[part] = _summary(shares, rows.labels, names)
    files.write_json(run.folder / "predictions.json", predictions)
    files.write_json(run.folder / runs.METRICS, metrics)


def evaluate(model: keras.Model, rows: Rows, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the accuracies of a model on `rows`, see `scores.summarize`."""
    return _summary(scores.probabilities(judge(model, rows)), rows.labels, names)


def _summary(
    shares: NDArray[np.float64], labels: NDArray[np.int64], names: tuple[str, ...]
) -> dict[str, Any]:
    confusion = scores.confusion_matrix(labels, shares.argmax(axis=1), len(names))
    return scores.summarize(confusion, names)


def _write_model(
    run: runs.Run, config: TrainingConfig, names: tuple[str, ...], trained: Trained
) -> None:
    weights = {f"weight_{i}": array_of(weight) for i, weight in enumerate(trained.head.weights)}
    write_arrays(run.folder / "head.safetensors", weights)
    if trained.tail is not None:
        write_arrays(run.folder / "tail.safetensors", tail_arrays(trained.tail))
    files.write_json(
        run.folder / "model.json",
        {
            "class_names": names,
            "features": trained.head.input_shape[1:],
            "unfrozen": 0 if trained.tail is None else config.unfrozen,
            "weights_sha256": transform_of(config).weights,
            "parameters": trained.head.count_params(),
            "learned": sum(int(np.prod(v.shape)) for v in trained.model.trainable_variables),
            "versions": {
                "python": platform.python_version(),
                "keras": keras.__version__,
                "tensorflow": tf.__version__,
                "numpy": np.__version__,
            },
        },
    )


def _write_history(run: runs.Run) -> None:
    epochs = snapshot(run).epochs
    if not epochs:
        return
    text = io.StringIO()
    writer = csv.DictWriter(text, list(epochs[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(epochs)
    files.write_bytes(run.folder / "history.csv", text.getvalue().encode())


def write_thumbnails(run: runs.Run, dataset: Dataset) -> None:
    """Keep a few pictures of each class, so that a run can be shown after its dataset is gone."""
    for label in range(len(dataset.class_names)):
        of_class = [image for image in dataset.images if image.label == label]
        for number, image in enumerate(of_class[:THUMBNAILS_PER_CLASS]):
            with images.opened(dataset.read(image), image.path) as file:
                picture = file.shrunk(images.THUMBNAIL_SIDE)
            path = run.folder / "thumbnails" / f"{label}-{number}.webp"
            files.write_bytes(path, images.thumbnail_webp(picture))
