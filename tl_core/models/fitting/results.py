"""What a training leaves in the run book: scores, the head, and a few pictures of each class."""

import platform
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tl_core import files, images, runs
from tl_core.datasets.dataset import Dataset
from tl_core.errors import JobCancelled
from tl_core.models.arrays import array_of, write_arrays
from tl_core.models.features.computing import Sides
from tl_core.models.features.rows import Rows
from tl_core.models.fitting.phase import Fitted, answered, judge
from tl_core.models.networks.learner import tail_arrays
from tl_core.results import scores
from tl_core.results.metrics import Judged, Metrics, Spent, TrainedModel, write_metrics
from tl_core.runs.progress import history_csv
from tl_core.runs.reporting import OnProgress, Reporter
from tl_core.runs.snapshots import snapshot
from tl_core.training import TrainingConfig
from tl_core.training.kept_features import sides_of, transform_of
from tl_core.wording import N_

JUDGING = N_("Judge the result")
"""The phase behind the last epoch."""
THUMBNAILS = "thumbnails"
"""The folder of the pictures in a run's folder."""
THUMBNAILS_PER_CLASS = 4


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
    spent: Spent,
) -> None:
    """Write everything that pages read of a run; ``metrics.json`` is the last file.

    A run that was stopped is judged on its validation images alone: their outputs are known already, and
    Stop must not take long.

    Args:
        run: where to.
        config: what was trained.
        dataset: what it was trained on.
        trained: what came out.
        spent: what it took.
    """
    names, sides, fitted = dataset.class_names, trained.sides, trained.fitted
    _write_history(run)
    _write_model(run, config, names, trained)
    outputs = {"validation": (fitted.outputs, sides.validation)}
    judged: dict[str, Judged] = {}
    if not fitted.stopped:
        report = _report(run)
        judged["train"] = evaluate(config, trained.model, sides.seen, report)
        if sides.test is not None:
            outputs["test"] = (judge(trained.model, sides.test, report), sides.test)
    parts = sides_of(dataset, config)
    predictions = {}
    for part, (found, rows) in outputs.items():
        shares = answered(config, found)
        predictions[part] = {
            "images": [dataset.images[index].sha256 for index in getattr(parts, part)],
            "labels": rows.labels.tolist(),
            "probabilities": np.round(shares, 6).tolist(),
        }
        judged[part] = _judged(shares, rows.labels)
    if "one-unit" in config.mistakes:
        shares = scores.probabilities(fitted.outputs)
        judged["behind"] = _judged(shares, sides.validation.labels)
    files.write_json(run.folder / runs.PREDICTIONS, predictions)
    metrics = Metrics(
        **vars(spent),
        best_epoch=fitted.epoch,
        stopped=fitted.stopped,
        validation=judged["validation"],
        test=judged.get("test"),
        train=judged.get("train"),
        behind=judged.get("behind"),
    )
    write_metrics(run, metrics)


def _report(run: runs.Run) -> OnProgress:
    """Return what tells of the judging; whoever stops it now gets the result all the same: it is trained."""
    reporter = Reporter(run, JUDGING)

    def report(done: int, total: int, message: str) -> None:
        with suppress(JobCancelled):
            reporter(done, total, message)

    return report


def evaluate(
    config: TrainingConfig, model: keras.Model, rows: Rows, report: OnProgress | None = None
) -> Judged:
    """Return how a model judges `rows`; `report` as for `judge`."""
    return _judged(answered(config, judge(model, rows, report)), rows.labels)


def _judged(shares: NDArray[np.float64], labels: NDArray[np.int64]) -> Judged:
    guesses, classes = shares.argmax(axis=1), shares.shape[1]
    return Judged.of(scores.confusion_matrix(labels, guesses, classes))


def _write_model(
    run: runs.Run, config: TrainingConfig, names: tuple[str, ...], trained: Trained
) -> None:
    weights = {f"weight_{i}": array_of(weight) for i, weight in enumerate(trained.head.weights)}
    write_arrays(run.folder / runs.HEAD_ARRAYS, weights)
    if trained.tail is not None:
        write_arrays(run.folder / runs.TAIL_ARRAYS, tail_arrays(trained.tail))
    transform = transform_of(config)
    model = TrainedModel(
        class_names=names,
        features=trained.head.input_shape[1:],
        unfrozen=0 if trained.tail is None else config.unfrozen,
        weights_sha256=transform.weights,
        parameters=trained.head.count_params(),
        learned=sum(int(np.prod(v.shape)) for v in trained.model.trainable_variables),
        precision=transform.precision,
        versions={
            "python": platform.python_version(),
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
            "numpy": np.__version__,
        },
    )
    files.write_json(run.folder / runs.MODEL, model.as_json())


def _write_history(run: runs.Run) -> None:
    if epochs := snapshot(run).epochs:
        files.write_bytes(run.folder / runs.HISTORY, history_csv(epochs))


def write_thumbnails(run: runs.Run, dataset: Dataset, learned: Sequence[int]) -> None:
    """Keep a few pictures of each class, so that a run can be shown after its dataset is gone.

    Args:
        run: the training.
        dataset: what it is trained on.
        learned: the images that it learns from: the pictures are shown as what the network has seen.
    """
    images_learned = [dataset.images[index] for index in learned]
    for label in range(len(dataset.class_names)):
        of_class = [image for image in images_learned if image.label == label]
        for number, image in enumerate(of_class[:THUMBNAILS_PER_CLASS]):
            picture = images.load_shrunk(dataset.read(image), image.shown, images.THUMBNAIL_SIDE)
            path = run.folder / THUMBNAILS / f"{label}-{number}.webp"
            files.write_bytes(path, images.thumbnail_webp(picture))
