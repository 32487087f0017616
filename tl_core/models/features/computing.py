"""The features of a training: computed by all workers, kept in the store, and read as rows to fit on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tl_core.answers.extraction import read_pixels
from tl_core.answers.networks import frozen_network
from tl_core.backbones import get_backbone
from tl_core.datasets.dataset import Dataset
from tl_core.engine.spread import PARTS_PER_WORKER, spread
from tl_core.features.quota import make_room
from tl_core.features.store import FeatureEntry
from tl_core.head_math.costs import FLOAT32
from tl_core.models.features.rows import Labels, LiveRows, Part, Rows, joined
from tl_core.models.networks.engines import settled
from tl_core.runs import Run
from tl_core.runs.reporting import Reporter, check_cancel
from tl_core.training import TrainingConfig
from tl_core.training.kept_features import feature_entries, network_of, precision_for, sides_of
from tl_core.training.preprocessing import preprocessing_of
from tl_core.wording import N_, Sentence


@dataclass(frozen=True, kw_only=True)
class Sides:
    """What one phase is fitted and judged on.

    Args:
        train: what an epoch goes over: with changed copies, or changed live.
        seen: the training images as they are.
        validation: the images that judge every epoch.
        test: the images that judge the result, or None.
    """

    train: Rows
    seen: Rows
    validation: Rows
    test: Rows | None


def ensure_features(run: Run, dataset: Dataset, config: TrainingConfig) -> tuple[FeatureEntry, int]:
    """Compute the features that are not in the store yet, on all workers.

    Returns:
        The complete entry that the head learns on, and how many images had to be computed, changed copies
        counted too.
    """
    settled(network_of(config))  # what follows depends on it
    precision = precision_for(config)
    copies = range(config.copies + 1)
    views = [feature_entries(dataset, config, copy, precision) for copy in copies]
    total = sum(len(entries[0].images) for entries in views)
    # One call for all: making room for one entry must not remove another one of this training.
    make_room(sum(map(partial(expected_bytes, config), views)), keep=[e for v in views for e in v])
    parts = [part for copy, entries in enumerate(views) for part in _missing(entries, copy)]
    computed = sum(len(views[copy][0].shard_images(shard)) for copy, shard in parts)
    done = total - computed
    if done:
        template = N_("Features of {reused} of {total} images were there already.")
        note = Sentence(template=template, values={"reused": done, "total": total})
        run.append("note", **note.to_json())
    report = Reporter(run, "features", total, done)
    beside = min(PARTS_PER_WORKER, len(parts))
    same = {"config": config.as_json(), "precision": precision, "beside": beside}
    arguments = [{**same, "shard": shard, "copy": copy} for copy, shard in parts]
    for index, _ in spread("extract", arguments, partial(check_cancel, run)):
        copy, shard = parts[index]
        done += len(views[copy][0].shard_images(shard))
        report(done, total)
    for entry in (entry for entries in views for entry in entries):
        if not entry.complete:
            entry.finish()
    return views[0][0], computed


def images_needed(dataset: Dataset, config: TrainingConfig) -> int:
    """Return how many images `ensure_features` looks after, changed copies counted too."""
    copies = range(config.copies + 1)
    return sum(len(feature_entries(dataset, config, copy)[0].images) for copy in copies)


def _missing(entries: Sequence[FeatureEntry], copy: int) -> list[tuple[int, int]]:
    """Return (copy, shard) of what neither this training's entries nor others of their kind hold."""
    for entry in entries:
        if not entry.complete:
            entry.borrow()
    # A finished entry is checked too: what the disk has damaged is computed again.
    return [(copy, shard) for shard in sorted({s for e in entries for s in e.missing_shards()})]


def expected_bytes(config: TrainingConfig, entries: Sequence[FeatureEntry]) -> int:
    """Return the disk space of complete entries, without the few hundred bytes of their records."""
    spec = get_backbone(config.backbone)
    numbers = 0
    for entry, unfrozen in zip(entries, (0, config.unfrozen), strict=False):
        height, width, channels = spec.cut_shape(unfrozen, config.size)
        positions = 1 if entry.transform.pooling == "gap" else height * width
        numbers += positions * channels
    return len(entries[0].images) * numbers * FLOAT32


def head_sides(dataset: Dataset, config: TrainingConfig) -> Sides:
    """Return what the head learns on: features at the end of the frozen backbone."""
    of_head = replace(config, unfrozen=0, epochs=max(config.epochs, 1))
    return _sides(dataset, of_head, precision_for(config))


def tail_sides(dataset: Dataset, config: TrainingConfig) -> Sides:
    """Return what the unfrozen blocks and the head learn on: activations at the cut, or pixels."""
    return _sides(dataset, config, precision_for(config))


def _sides(dataset: Dataset, config: TrainingConfig, precision: str) -> Sides:
    sides = sides_of(dataset, config)
    train = told_labels(dataset, config, sides.train)
    groups = [sides.train, sides.validation]
    if sides.test:
        groups.append(sides.test)
    labels = [train, *(labels_of(dataset, group) for group in groups[1:])]
    rows: Sequence[Rows]
    fitted: Rows
    if config.cached:
        rows = parts = _cached(dataset, config, precision, groups, labels)
        copies = range(1, config.copies + 1)
        changed = [
            _cached(dataset, config, precision, groups[:1], labels[:1], copy)[0] for copy in copies
        ]
        fitted = joined([parts[0], *changed])
    else:
        pairs = zip(groups, labels, strict=True)
        rows = [_live(dataset, config, precision, *pair, changed=False) for pair in pairs]
    if config.live or not config.cached:
        fitted = _live(dataset, config, precision, sides.train, train, changed=True)
    seen, validation, *test = rows
    return Sides(train=fitted, seen=seen, validation=validation, test=test[0] if test else None)


def labels_of(dataset: Dataset, indices: Sequence[int]) -> NDArray[np.int64]:
    """Return the labels of some images: ``(n,) int64``."""
    return np.array([dataset.images[index].label for index in indices], dtype=np.int64)


def told_labels(
    dataset: Dataset, config: TrainingConfig, indices: Sequence[int]
) -> NDArray[np.int64]:
    """Return the labels that a network is told of its training images: the true ones, but for one mistake."""
    labels = labels_of(dataset, indices)
    if "shuffled-labels" in config.mistakes:
        labels = np.random.default_rng(config.seed).permutation(labels)
    return labels


def _cached(
    dataset: Dataset,
    config: TrainingConfig,
    precision: str,
    groups: Sequence[Sequence[int]],
    labels: Sequence[Labels],
    copy: int = 0,
) -> list[Part]:
    """Return some groups of images as the store has them."""
    entry = feature_entries(dataset, config, copy, precision)[-1]
    hashes = [[dataset.images[index].sha256 for index in group] for group in groups]
    pairs = zip(entry.read_groups(hashes), labels, strict=True)
    return [Part(features=features, labels=known) for features, known in pairs]


def _live(
    dataset: Dataset,
    config: TrainingConfig,
    precision: str,
    indices: Sequence[int],
    labels: Labels,
    *,
    changed: bool,
) -> LiveRows:
    """Return images that are read anew; `changed` live, or into as many kept copies as there are to be."""
    chosen = [dataset.images[index] for index in indices]
    copies = config.copies if changed else 0

    def read(epoch: int, row: int) -> NDArray[np.uint8]:
        copy, place = divmod(row, len(chosen))
        change = epoch + 1 if changed and config.live else copy
        return read_pixels(dataset, chosen[place], config, change)

    network = frozen_network(config.backbone, config.weights, config.size, precision)
    scaling = preprocessing_of(config)
    return LiveRows(
        read=read,
        labels=np.tile(labels, copies + 1),
        frozen=lambda pixels: network.features(pixels, (config.cut,), scaling)[0],
        shape=network.shape(config.cut),
    )
