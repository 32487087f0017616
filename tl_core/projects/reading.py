"""One training that comes from another lab: everything of it is read and checked, and nothing is believed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tl_core import runs
from tl_core.backbones import get_backbone
from tl_core.checks import Json
from tl_core.datasets.bringing.carrying import Files, read_object
from tl_core.datasets.bringing.entries import Entry
from tl_core.datasets.bringing.foreign_json import read_within
from tl_core.datasets.bringing.projects import CONFIG
from tl_core.datasets.dataset import Dataset, is_name
from tl_core.errors import DatasetRefused, LabError
from tl_core.projects.trainings import ARRAYS, ENDED, CarriedRun, not_its
from tl_core.results.metrics import Judged, Metrics, TrainedModel
from tl_core.results.predictions import parse_parts
from tl_core.run_book import LABEL, Label, clean_label
from tl_core.runs.progress import CURVES, Phase, Snapshot, told
from tl_core.training import TrainingConfig

MOST_JSON_BYTES = 64 * 10**6
MOST_PROGRESS_BYTES = 8 * 10**6
MOST_EPOCHS = 2000
MOST_FIGURES = 20
"""Numbers of an epoch, and packages whose versions are kept."""
LONGEST_TEXT = 64
PHASES = ("weights", "features", "head", "tail")
"""Phases of a training; others are left out."""

DatasetOf = Callable[[str], Dataset | None]
"""Returns the dataset with an id, or None."""


def read_run(archive: Files, folder: str, dataset_of: DatasetOf) -> CarriedRun:
    """Return the training that a folder of an archive holds; its arrays are not read.

    Args:
        archive: all files of the archive.
        folder: where its files are, with a slash at the end.
        dataset_of: finds what it may have learned from.

    Raises:
        DatasetRefused: something of it is missing, damaged, or does not follow from the rest.
    """
    return _Reading(archive, folder, dataset_of).run()


class _Reading:
    """The reading of one training: `name` is the file that is at fault if something raises."""

    def __init__(self, archive: Files, folder: str, dataset_of: DatasetOf) -> None:
        self._archive = archive
        self._folder = folder
        self._dataset_of = dataset_of
        self._id = folder.rstrip("/").rpartition("/")[2]
        self.name = CONFIG

    def run(self) -> CarriedRun:
        try:
            return self._run()
        except DatasetRefused:
            raise
        except (LabError, RecursionError, *runs.WRONG_SHAPE) as error:
            raise not_its(self._id[:40], self.name) from error

    def _run(self) -> CarriedRun:
        record = self._object(CONFIG)
        config = self._config(record)
        dataset = self._dataset(config)
        model = self._model(config, dataset)
        return CarriedRun(
            id=self._id,
            record={name: record[name] for name in ("kind", "created", "config")},
            config=config,
            shot=self._shot(),
            metrics=self._metrics(dataset),
            model=model,
            predictions=self._predictions(dataset),
            label=self._label(),
            arrays=self._arrays(model),
        )

    def _object(self, name: str) -> Json:
        self.name = name
        found = read_object(self._archive, self._folder + name, MOST_JSON_BYTES)
        return found or {}

    def _config(self, record: Json) -> TrainingConfig:
        if runs.run_id(str(record["kind"]), record["config"]) != self._id:
            raise DatasetRefused(
                "The id {id} of a training in this file does not follow from its settings: something in the "
                "file was changed. Take the training home again.",
                id=self._id[:40],
            )
        runs.read_time(record["created"])
        config = TrainingConfig.from_json(record["config"])
        if record["kind"] != config.KIND:
            raise ValueError("no training")
        spec = get_backbone(config.backbone)
        spec.check_size(config.size)
        spec.check_unfrozen(config.unfrozen)
        return config

    def _dataset(self, config: TrainingConfig) -> Dataset:
        dataset = self._dataset_of(config.dataset)
        if dataset is None or config.fingerprint not in ("", dataset.fingerprint):
            raise DatasetRefused(
                "The training {id} in this file learned from the dataset {dataset}, which is neither in the "
                "file nor here in the same version. Take it home again with its dataset.",
                id=self._id,
                dataset=config.dataset[:40],
            )
        if config.one_unit and len(dataset.class_names) != 2:
            raise ValueError("one unit for two classes")
        return dataset

    def _model(self, config: TrainingConfig, dataset: Dataset) -> TrainedModel:
        model = TrainedModel.from_json(self._object(runs.MODEL))
        shape = get_backbone(config.backbone).feature_shape(config.size)
        expected = shape[-1:] if config.pooling == "gap" else shape
        texts = (model.weights_sha256, *model.versions, *model.versions.values())
        wrong = (
            model.class_names != dataset.class_names,
            model.features != expected,
            model.unfrozen not in (0, config.unfrozen),
            len(model.versions) > MOST_FIGURES,
            any(len(text) > LONGEST_TEXT or not is_name(text) for text in texts),
        )
        if any(wrong):
            raise ValueError("another network")
        return model

    def _metrics(self, dataset: Dataset) -> Metrics:
        metrics = Metrics.from_json(self._object(runs.METRICS))
        classes = len(dataset.class_names)
        for judged in filter(
            None, (metrics.validation, metrics.test, metrics.train, metrics.behind)
        ):
            _check_confusion(judged, classes)
        return metrics

    def _predictions(self, dataset: Dataset) -> Json | None:
        if self._folder + runs.PREDICTIONS not in self._archive:
            return None  # an earlier version of the lab kept none
        content = self._object(runs.PREDICTIONS)
        parts = parse_parts(content, dataset.class_names)
        if any(one not in dataset.by_sha256 for part in parts.values() for one in part.images):
            raise ValueError("photos of another dataset")
        names = ("images", "labels", "probabilities")
        return {part: {name: content[part][name] for name in names} for part in parts}

    def _label(self) -> Label:
        if self._folder + LABEL not in self._archive:
            return Label()
        found = self._object(LABEL)
        return clean_label(str(found["title"]), str(found["note"]))

    def _shot(self) -> Snapshot:
        """Return the epochs; of the lines of a progress file nothing else is believed."""
        self.name = runs.PROGRESS
        entry = self._archive[self._folder + runs.PROGRESS]
        with read_within(entry, MOST_PROGRESS_BYTES) as data:
            shot, _ = told(data, TrainingConfig.KIND)
        if shot.state not in ENDED or len(shot.epochs) > MOST_EPOCHS:
            raise ValueError("no end, or too many epochs")
        return replace(
            shot,
            epochs=tuple(map(_figures, shot.epochs)),
            phases=tuple(_phase(one) for one in shot.phases if one.name in PHASES),
            notes=(),
            error=None,
        )

    def _arrays(self, model: TrainedModel) -> Mapping[str, Entry]:
        wanted = ARRAYS if model.unfrozen else (runs.HEAD_ARRAYS,)
        found = {}
        for self.name in wanted:
            found[self.name] = self._archive[self._folder + self.name]
        return found


def _check_confusion(judged: Judged, classes: int) -> None:
    rows = judged.confusion
    right = sum(rows[label][label] for label in range(min(classes, len(rows))))
    whole = (judged.correct, judged.n) == (right, sum(map(sum, rows)))
    if not whole or [len(row) for row in rows] != [classes] * classes:
        raise ValueError("no table of these classes")


def _figures(epoch: Mapping[str, Any]) -> Mapping[str, float]:
    figures = {
        name: one
        for name, one in epoch.items()
        if isinstance(one, int | float) and not isinstance(one, bool) and is_name(name)
    }
    if len(figures) > MOST_FIGURES or not {*CURVES, "epoch"} <= set(figures):
        raise ValueError("no figures of an epoch")
    return figures


def _phase(phase: Phase) -> Phase:
    message = phase.message if len(phase.message) < LONGEST_TEXT else ""
    return replace(phase, message=message if is_name(message) else "")
