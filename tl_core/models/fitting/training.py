"""A training job: features once, then a head, then maybe the blocks below it, then what it is worth."""

import time
from dataclasses import replace

import keras

from tl_core import housekeeping, runs
from tl_core.backbones import ensure_weights, get_backbone
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.dataset import Dataset
from tl_core.errors import DatasetRefused, JobCancelled, SettingInvalid
from tl_core.models.features.computing import ensure_features, head_sides, images_needed, tail_sides
from tl_core.models.features.rows import Part
from tl_core.models.fitting import checkpoint
from tl_core.models.fitting.phase import Phase, fit
from tl_core.models.fitting.results import Trained, write_results, write_thumbnails
from tl_core.models.networks.heads import build_head
from tl_core.models.networks.learner import build_learner, build_tail
from tl_core.results.metrics import Spent
from tl_core.runs.reporting import Reporter
from tl_core.training import Training, TrainingConfig
from tl_core.training.forecast import reads_features
from tl_core.training.kept_features import sides_of

HEAD, TAIL = "head", "tail"
"""The two phases, as progress and checkpoints name them."""


def run_training(run: runs.Run) -> None:
    """Train what the run's configuration says; goes on from the last whole shard or epoch.

    Stop keeps the best epoch so far: its results are written before the job ends.

    Raises:
        JobCancelled: somebody pressed Stop.
        LabError: the configuration, the dataset or the weights cannot be used.
    """
    config = Training.of(run).settings
    dataset = get_dataset(config.dataset)
    check_config(config, dataset)
    housekeeping.check_run_room()
    began = time.monotonic()
    if config.weights == "imagenet":
        ensure_weights(config.backbone, Reporter(run, "weights"))
    computed = reused = 0
    if reads_features(config):
        _, computed = ensure_features(run, dataset, config)
        reused = images_needed(dataset, config) - computed
    extracted = time.monotonic()
    # Not at the end: Stop must not take long.
    write_thumbnails(run, dataset, sides_of(dataset, config).train)
    trained = train_phases(run, config, dataset)
    spent = Spent(
        images_computed=computed,
        images_reused=reused,
        seconds_features=extracted - began,
        seconds_head=time.monotonic() - extracted,
    )
    write_results(run, config, dataset, trained, spent=spent)
    if trained.fitted.stopped:
        raise JobCancelled("This job was stopped.")
    checkpoint.remove(run)


def check_config(config: TrainingConfig, dataset: Dataset) -> None:
    """Refuse what only the dataset and the backbone together can tell.

    Raises:
        DatasetRefused: the dataset has changed since the run was set up.
        SettingInvalid: one unit for more than two classes, or an image size or a number of blocks that the
            backbone does not have.
    """
    if config.fingerprint and config.fingerprint != dataset.fingerprint:
        raise DatasetRefused(
            "{title} has changed since this run was set up. Start it again with the data as it is now.",
            title=dataset.title,
        )
    classes = len(dataset.class_names)
    if config.one_unit and classes != 2:
        raise SettingInvalid(
            "A head with one unit is for two classes and {title} has {classes}. Choose softmax.",
            title=dataset.title,
            classes=classes,
        )
    spec = get_backbone(config.backbone)
    spec.feature_size(config.size)
    spec.check_unfrozen(config.unfrozen)


def train_phases(run: runs.Run, config: TrainingConfig, dataset: Dataset) -> Trained:
    """Train the head, then the unfrozen blocks with it.

    Raises:
        JobCancelled: somebody pressed Stop before the first epoch was over.
    """
    head = _new_head(config, len(dataset.class_names))
    trained = None
    if config.epochs:
        sides = head_sides(dataset, config)
        phase = Phase(name=HEAD, epochs=config.epochs, rate=config.learning_rate)
        fitted = fit(run, config, phase, head, train=sides.train, validation=sides.validation)
        trained = Trained(head=head, tail=None, fitted=fitted, model=head, sides=sides)
        if not config.unfrozen or fitted.stopped:
            return trained
    try:
        return _train_tail(run, config, dataset, head, trained.fitted.epochs if trained else 0)
    except JobCancelled:
        if trained is None:
            raise
        checkpoint.restore_best(run, HEAD, head)  # part of an epoch may have changed it
        return replace(trained, fitted=replace(trained.fitted, stopped=True))


def _train_tail(
    run: runs.Run, config: TrainingConfig, dataset: Dataset, head: keras.Model, before: int
) -> Trained:
    tail = build_tail(config)
    model = build_learner(tail, head, config)
    sides = tail_sides(dataset, config)
    phase = Phase(
        name=TAIL,
        epochs=config.fine_epochs,
        rate=config.fine_rate,
        before=before,
        unfrozen=config.unfrozen,
    )
    fitted = fit(run, config, phase, model, train=sides.train, validation=sides.validation)
    return Trained(head=head, tail=tail, fitted=fitted, model=model, sides=sides)


def fit_head(
    run: runs.Run, config: TrainingConfig, train: Part, validation: Part, *, classes: int
) -> keras.Model:
    """Return a head trained on features that are at hand; what a lesson with many small fits calls.

    Raises:
        JobCancelled: somebody pressed Stop; the next call goes on from the last epoch.
    """
    head = build_head(config, train.features.shape[1:], classes)
    phase = Phase(name=HEAD, epochs=config.epochs, rate=config.learning_rate)
    if fit(run, config, phase, head, train=train, validation=validation).stopped:
        raise JobCancelled("This job was stopped.")
    return head


def _new_head(config: TrainingConfig, classes: int) -> keras.Model:
    shape = get_backbone(config.backbone).feature_shape(config.size)
    return build_head(config, shape[-1:] if config.pooling == "gap" else shape, classes)
