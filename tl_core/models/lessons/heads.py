"""The job behind "Measure it": both heads, several seeds, the same cached feature maps.

    runs/<id>/gap-0/ ... flatten-2/   one folder a fit: checkpoint while it runs, fit.json when it is done
              comparison.json         all fits; the last file

A run that goes on skips the fits that are done and takes the one that was cut off from its last epoch.
"""

import time
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import keras

from tl_core import files
from tl_core.backbones import ensure_weights
from tl_core.checks import Json
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.dataset import Dataset
from tl_core.errors import RunNotFound
from tl_core.lessons.heads import POOLINGS, RESULT, ComparisonConfig, outcome
from tl_core.models.features.computing import ensure_features, head_sides
from tl_core.models.features.rows import Part
from tl_core.models.fitting import checkpoint
from tl_core.models.fitting.results import evaluate
from tl_core.models.fitting.training import check_config, fit_head
from tl_core.runs import Run
from tl_core.runs.reporting import Reporter, check_cancel
from tl_core.training import TrainingConfig
from tl_core.wording import N_

FIT = "fit.json"
PHASE = N_("Train both heads with every seed")
STEPS_TIMED = 12
STEPS_TO_WARM_UP = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Fit(Run):
    """One training inside a comparison: its own folder and epochs, the comparison's progress and Stop.

    Args:
        whole: the comparison.
        name: of the folder.
        before: epochs that the fits before this one have.
        epochs: those of this fit.
        total: epochs of all fits.
    """

    whole: Run
    name: str
    before: int
    epochs: int
    total: int

    @property
    def folder(self) -> Path:
        """Where this fit is kept."""
        return self.whole.folder / self.name

    @property
    def cancel_requested(self) -> bool:
        """Whether somebody has asked the whole comparison to stop."""
        return self.whole.cancel_requested

    def append(self, event: str, **values: Any) -> None:
        """Tell the comparison of the progress; everything else stays in this fit's folder."""
        if event == "progress":
            done = self.before + self.epochs * values["done"] // values["total"]
            self.whole.append("progress", phase=PHASE, done=done, total=self.total)
        else:
            super().append(event, **values)


def run_comparison(run: Run) -> None:
    """Train what the run's configuration says; goes on from the last whole shard or epoch.

    Raises:
        JobCancelled: somebody pressed Stop.
        LabError: the configuration, the dataset or the weights cannot be used.
    """
    config = ComparisonConfig.from_json(run.config)
    dataset = get_dataset(config.dataset)
    maps = config.training("flatten", config.seeds[0])
    check_config(maps, dataset)
    ensure_weights(config.backbone, Reporter(run, "weights"))
    ensure_features(run, dataset, maps)
    total = len(config.seeds) * len(POOLINGS) * config.epochs
    Reporter(run, PHASE, total)
    fits = [
        fit
        for number, seed in enumerate(config.seeds)
        for fit in _fits_of_seed(run, config, dataset, seed, number, total)
    ]
    files.write_json(run.folder / RESULT, {"images": len(dataset.images), "fits": fits})


def _fits_of_seed(
    run: Run,
    config: ComparisonConfig,
    dataset: Dataset,
    seed: int,
    number: int,
    total: int,
) -> list[Json]:
    """Return both heads' fits for one seed; the maps are read once, and only if a fit is missing."""
    fits = {
        pooling: Fit(
            **vars(run),
            whole=run,
            name=f"{pooling}-{seed}",
            before=(number * len(POOLINGS) + place) * config.epochs,
            epochs=config.epochs,
            total=total,
        )
        for place, pooling in enumerate(POOLINGS)
    }
    missing = [pooling for pooling, fit in fits.items() if _record_of(fit) is None]
    if missing:
        sides = head_sides(dataset, config.training("flatten", seed))
        kept = tuple(
            _kept_channels(side, config.channels)
            for side in (sides.train, sides.validation)
            if isinstance(side, Part)
        )
        for pooling in missing:
            _train(fits[pooling], config.training(pooling, seed), kept, dataset)
    return [record for fit in fits.values() if (record := _record_of(fit))]


def _record_of(fit: Fit) -> Json | None:
    """Return what a fit that is done has come to; None makes it anew, also where the disk has lost it."""

    def checked(record: Json) -> Json:
        outcome([record])
        return record

    try:
        return fit.read(FIT, checked)
    except RunNotFound:
        return None


def _kept_channels(part: Part, channels: int) -> Part:
    return replace(part, features=part.features[..., :channels]) if channels else part


def _pooled(part: Part, pooling: str) -> Part:
    return replace(part, features=part.features.mean(axis=(1, 2))) if pooling == "gap" else part


def _train(fit: Fit, config: TrainingConfig, maps: tuple[Part, ...], dataset: Dataset) -> None:
    fit.folder.mkdir(exist_ok=True)
    names = dataset.class_names
    train, validation = (_pooled(side, config.pooling) for side in maps)
    head = fit_head(fit, config, train, validation, classes=len(names))
    scores: Json = {
        name: evaluate(config, head, side).share.as_json()
        for name, side in (("train", train), ("validation", validation))
    }
    record = {
        "pooling": config.pooling,
        "seed": config.seed,
        "parameters": head.count_params(),
        **scores,
        "seconds": _seconds(head, config, train, fit),
    }
    files.write_json(fit.folder / FIT, record)
    checkpoint.remove(fit)


def _seconds(head: keras.Model, config: TrainingConfig, train: Part, fit: Fit) -> float:
    """Return the time of a training's steps: the median step, timed by itself, times their number.

    Epochs are not timed as they run: they also hold validation and the checkpoint, and an interrupted
    training has only some of them. Changes the head's weights.
    """
    features, labels = train.features[: config.batch], train.labels[: config.batch]
    times = []
    for _ in range(STEPS_TO_WARM_UP + STEPS_TIMED):
        check_cancel(fit)
        began = time.perf_counter()
        head.train_on_batch(features, labels)
        times.append(time.perf_counter() - began)
    steps = -(-len(train.labels) // config.batch)
    return median(times[STEPS_TO_WARM_UP:]) * steps * config.epochs
