"""The job behind "What did transfer buy?": the same head on three kinds of features.

    runs/<id>/transfer.json    all fits so far; written anew after each, so that a page can draw them at once

A fit takes about a second, so a run that goes on begins the one that was cut off again. The three kinds are
treated alike: centred on the mean of the training images, and divided by one spread of all their numbers. A
head that takes so few steps would otherwise lose with features that are large, or small, or all alike.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tl_core import files, images
from tl_core.backbones import ensure_weights
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.splits import split
from tl_core.errors import RunNotFound
from tl_core.lessons.transfer import PIXELS_SIDE, RESULT, SOURCES, Fit, TransferConfig, sizes
from tl_core.models.features.computing import ensure_features, labels_of
from tl_core.models.features.rows import Part
from tl_core.models.fitting.training import check_config
from tl_core.models.networks.heads import build_head, compile_head
from tl_core.runs import Run
from tl_core.runs.reporting import Reporter, check_cancel
from tl_core.statistics import Proportion
from tl_core.training import TrainingConfig
from tl_core.training.kept_features import feature_entry
from tl_core.wording import N_

PHASE = N_("Train the head on every kind of features")


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The images of one seed.

    Args:
        train: rows of each class in random order, as indices into the dataset's images; the first ones of a
            class are used first, so that more images always contain the fewer.
        validation: indices of the held-out images.
    """

    train: tuple[tuple[int, ...], ...]
    validation: tuple[int, ...]

    def first(self, count: int) -> list[int]:
        """Return the first `count` images of each class, or all of them where there are fewer."""
        return [index for of_class in self.train for index in of_class[:count]]


def run_transfer_lesson(run: Run) -> None:
    """Train every head that is not there yet.

    Raises:
        JobCancelled: somebody pressed Stop.
        LabError: the configuration, the dataset or the weights cannot be used.
    """
    config = TransferConfig.from_json(run.config)
    dataset = get_dataset(config.dataset)
    check_config(config.training("imagenet", config.seeds[0]), dataset)
    ensure_weights(config.backbone, Reporter(run, "weights"))
    for source in ("imagenet", "random"):
        ensure_features(run, dataset, config.training(source, config.seeds[0]))
    chosen = {seed: choose(dataset, config, seed) for seed in config.seeds}
    counts = sizes(max(len(of_class) for one in chosen.values() for of_class in one.train))
    majority = _majority(dataset, list(chosen.values()))
    fits = _fits_so_far(run)
    total = len(config.seeds) * len(SOURCES) * len(counts)
    report = Reporter(run, PHASE, total, len(fits))
    for seed in config.seeds:
        for source in SOURCES:
            done = {fit.images for fit in fits if (fit.seed, fit.source) == (seed, source)}
            missing = [count for count in counts if count not in done]
            for fit in _fits(run, config, dataset, chosen[seed], source, seed, missing):
                fits.append(fit)
                kept = [one.as_json() for one in fits]
                record = {"majority": majority.as_json(), "fits": kept}
                files.write_json(run.folder / RESULT, record)
                report(len(fits), total)


def choose(dataset: Dataset, config: TransferConfig, seed: int) -> Chosen:
    """Return the images that every fit of one seed takes from."""
    sides = split(dataset, validation=config.validation, seed=seed)
    order = np.random.default_rng(seed).permutation(sides.train)
    classes: list[list[int]] = [[] for _ in dataset.class_names]
    for index in order:
        classes[dataset.images[index].label].append(int(index))
    return Chosen(train=tuple(map(tuple, classes)), validation=sides.validation)


def _fits_so_far(run: Run) -> list[Fit]:
    try:
        return run.read(RESULT, lambda found: [Fit.from_json(fit) for fit in found["fits"]])
    except RunNotFound:
        return []


def _majority(dataset: Dataset, chosen: Sequence[Chosen]) -> Proportion:
    """Return how often the most frequent class is right, the seeds added up."""
    counts = [np.bincount(labels_of(dataset, one.validation)) for one in chosen]
    return Proportion.sum(Proportion(correct=int(c.max()), n=int(c.sum())) for c in counts)


def _fits(
    run: Run,
    config: TransferConfig,
    dataset: Dataset,
    chosen: Chosen,
    source: str,
    seed: int,
    counts: list[int],
) -> Iterator[Fit]:
    """Yield the fits of one seed and kind of features; the features are read once."""
    if not counts:
        return
    training = config.training(source, seed)
    rows = chosen.first(max(counts))
    place = {index: number for number, index in enumerate(rows)}
    known = _features(run, dataset, training, source, rows)
    judged = _features(run, dataset, training, source, chosen.validation)
    truth = labels_of(dataset, chosen.validation)
    for count in counts:
        indices = chosen.first(count)
        features = known[[place[index] for index in indices]]
        centre, spread = features.mean(axis=0), float(features.std()) or 1.0
        train = Part(features=(features - centre) / spread, labels=labels_of(dataset, indices))
        head = _head(run, training, train, config.steps, len(dataset.class_names))
        guesses = np.asarray(head((judged - centre) / spread, training=False)).argmax(axis=1)
        yield Fit(
            source=source,
            seed=seed,
            images=count,
            trained_on=len(indices),
            correct=int((guesses == truth).sum()),
            n=len(truth),
        )


def _features(
    run: Run, dataset: Dataset, training: TrainingConfig, source: str, indices: Sequence[int]
) -> NDArray[np.float32]:
    """Return ``(n, numbers) float32``: one row an image."""
    chosen = [dataset.images[index] for index in indices]
    if source != "pixels":
        return feature_entry(dataset, training).read([image.sha256 for image in chosen])
    rows = []
    for image in chosen:
        check_cancel(run)
        rows.append(images.model_input(dataset.read(image), image.shown, PIXELS_SIDE).ravel())
    return (np.stack(rows) / 255).astype(np.float32)


def _head(run: Run, training: TrainingConfig, train: Part, steps: int, classes: int) -> keras.Model:
    """Return a head after `steps` steps: as many for few images as for many."""
    head = build_head(training, train.features.shape[1:], classes)
    compile_head(head, training)
    step = _compiled(head)
    for number, rows in enumerate(_batches(len(train.labels), training, steps)):
        if number % 10 == 0:
            check_cancel(run)
        step(train.features[rows], train.labels[rows])
    return head


def _batches(count: int, training: TrainingConfig, steps: int) -> Iterator[NDArray[np.int64]]:
    """Yield the rows of each step; every epoch has an order of its own."""
    taken = epoch = 0
    while taken < steps:
        order = np.random.default_rng((training.seed, epoch)).permutation(count)
        for start in range(0, count, training.batch)[: steps - taken]:
            yield order[start : start + training.batch]
            taken += 1
        epoch += 1


def _compiled(head: keras.Model) -> Any:
    """Return one step of the optimizer as a graph: `fit` would take longer to begin than to learn."""
    head.optimizer.build(head.trainable_variables)

    @tf.function(
        input_signature=[
            tf.TensorSpec((None, *head.input_shape[1:]), tf.float32),
            tf.TensorSpec((None,), tf.int64),
        ],
        jit_compile=False,
        autograph=False,
    )
    def step(features: Any, labels: Any) -> None:
        with tf.GradientTape() as tape:
            loss = head.compute_loss(y=labels, y_pred=head(features, training=True))
        slopes = tape.gradient(loss, head.trainable_variables)
        head.optimizer.apply(slopes, head.trainable_variables)

    return step
