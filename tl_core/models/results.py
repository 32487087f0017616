"""What a training leaves in the run book: scores, the head, and a few pictures of each class."""

import csv
import io
import platform
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from safetensors import numpy as safetensors

from tl_core import files, images, runs, scores
from tl_core.datasets.dataset import Dataset
from tl_core.models.extraction import transform_of
from tl_core.snapshots import snapshot
from tl_core.training import TrainingConfig

Rows = tuple[NDArray[np.float32], NDArray[np.int64]]

THUMBNAILS_PER_CLASS = 3


def write_results(
    run: runs.Run,
    config: TrainingConfig,
    dataset: Dataset,
    head: keras.Model,
    *,
    train: Rows,
    validation: Rows,
    facts: Mapping[str, Any],
) -> None:
    """Write everything that pages read of a finished run; ``metrics.json`` is the last file.

    Args:
        run: where to.
        config: what was trained.
        dataset: what it was trained on.
        head: the trained head.
        train: ``(n, ...)`` features and ``(n,)`` labels.
        validation: the same of the held-out images.
        facts: further JSON values for ``metrics.json``.
    """
    names = dataset.class_names
    _write_history(run)
    _write_thumbnails(run, dataset)
    weights = {f"weight_{i}": np.asarray(w.numpy()) for i, w in enumerate(head.weights)}
    files.write_bytes(run.folder / "head.safetensors", safetensors.save(weights))
    files.write_json(
        run.folder / "model.json",
        {
            "class_names": names,
            "features": head.input_shape[1:],
            "weights_sha256": transform_of(config).weights,
            "parameters": head.count_params(),
            "versions": {
                "python": platform.python_version(),
                "keras": keras.__version__,
                "tensorflow": tf.__version__,
                "numpy": np.__version__,
            },
        },
    )
    metrics = {
        "validation": evaluate(head, validation, names),
        "train": evaluate(head, train, names),
        **facts,
    }
    files.write_json(run.folder / "metrics.json", metrics)


def evaluate(head: keras.Model, rows: Rows, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the accuracies of a head on `rows`, see `scores.summarize`."""
    features, labels = rows
    guesses = scores.probabilities(head.predict(features, verbose=0)).argmax(axis=1)
    return scores.summarize(scores.confusion_matrix(labels, guesses, len(names)), names)


def _write_history(run: runs.Run) -> None:
    epochs = snapshot(run).epochs
    if not epochs:
        return
    text = io.StringIO()
    writer = csv.DictWriter(text, list(epochs[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(epochs)
    files.write_bytes(run.folder / "history.csv", text.getvalue().encode())


def _write_thumbnails(run: runs.Run, dataset: Dataset) -> None:
    """Keep a few pictures of each class, so that a run can be shown after its dataset is gone."""
    for label in range(len(dataset.class_names)):
        of_class = [image for image in dataset.images if image.label == label]
        for number, image in enumerate(of_class[:THUMBNAILS_PER_CLASS]):
            picture = images.load_rgb(dataset.read(image), image.path)
            path = run.folder / "thumbnails" / f"{label}-{number}.webp"
            files.write_bytes(path, images.thumbnail_webp(picture))
