"""What a training will take before it starts: time from measured rates, memory and disk from its shapes."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import ceil, prod

import psutil

from tl_core import settings
from tl_core.backbones import get_backbone
from tl_core.head_math import describe_head, totals
from tl_core.head_math.costs import FLOAT32
from tl_core.training.config import TrainingConfig
from tl_core.training.layer_tables import head_config
from tl_core.wording import N_, Sentence

EPOCH_SECONDS = 0.15
"""To judge, record and keep an epoch, whatever its size."""
GOOD_FOR, AGAIN_AFTER = 900.0, 60.0
"""Seconds that a measurement is good for, and one that something disturbed."""
STEP_SECONDS = 0.002
STEP_SECONDS_PER_WEIGHT = 4e-9
"""To update one weight of a head with Adam; a head is too small to be worth timing."""
FORWARD_SHARE = 1 / 3
"""Of the time of a training step that judging an image takes: the backward pass costs about twice."""
OPTIMIZER_COPIES = 4
"""Arrays as large as the weights that learn: themselves, their gradients and Adam's two moments."""
WORKER_BYTES = 800_000_000
"""A worker with TensorFlow and a small network, before it trains."""
SMALLER = (224, 192, 160, 128, 96)
"""Image sizes that are tried where a training does not fit, in pixels."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many images a training has.

    Args:
        train: to learn from.
        held_out: for validation and test.
        classes: of the dataset.
        kept: whose features are there already, changed copies counted too.
    """

    train: int
    held_out: int
    classes: int
    kept: int = 0


@dataclass(frozen=True, kw_only=True)
class Rates:
    """How fast this machine is, as timed on a few batches.

    Args:
        images_per_second: through the frozen backbone; above 0.
        fine_images_per_second: through the blocks that learn, there and back; 0 when none does.
        start_seconds: until their first step is over: building them, and laying out the computation.
        disturbed: whether other programs had much of the processor meanwhile.
    """

    images_per_second: float
    fine_images_per_second: float = 0.0
    start_seconds: float = 0.0
    disturbed: bool = False

    @property
    def good_for(self) -> float:
        """Seconds after which it is worth while to measure again."""
        return AGAIN_AFTER if self.disturbed else GOOD_FOR


@dataclass(frozen=True, kw_only=True)
class Space:
    """Bytes that a training takes.

    Args:
        disk: of cached features.
        memory: beyond what a worker takes anyway.
    """

    disk: int
    memory: int


@dataclass(frozen=True, kw_only=True)
class Times:
    """Seconds of each phase; the first is 0 where the features are there already."""

    features: float
    head: float
    fine: float

    @property
    def total(self) -> float:
        """All phases together."""
        return self.features + self.head + self.fine


@dataclass(frozen=True, kw_only=True)
class Fix:
    """A change that makes a training fit.

    Args:
        advice: what to do.
        config: the training with the change.
    """

    advice: Sentence
    config: TrainingConfig


def times(config: TrainingConfig, counts: Counts, rates: Rates) -> Times:
    """Return how long each phase takes, if nobody else computes anything.

    Example:
        >>> counts = Counts(train=230, held_out=57, classes=3)
        >>> round(times(TrainingConfig(dataset="emoji"), counts, Rates(images_per_second=100)).features, 2)
        2.87
    """
    live = _changes_live(config)
    again = counts.train / rates.images_per_second if live else 0.0
    rows = images_to_learn(config, counts)
    unknown = max(images_to_see(config, counts) - counts.kept, 0) if reads_features(config) else 0
    features = unknown / rates.images_per_second
    step = STEP_SECONDS + STEP_SECONDS_PER_WEIGHT * head_weights(config, counts.classes)
    head_epoch = ceil(rows / config.batch) * step + again + EPOCH_SECONDS
    fine = 0.0
    if config.unfrozen and rates.fine_images_per_second:
        judged = counts.held_out * FORWARD_SHARE
        again = again if config.cached else 0.0  # the rate is from the pixels on
        epoch = (rows + judged) / rates.fine_images_per_second + again + EPOCH_SECONDS
        fine = rates.start_seconds + config.fine_epochs * epoch
    return Times(features=features, head=config.epochs * head_epoch, fine=fine)


def images_to_learn(config: TrainingConfig, counts: Counts) -> int:
    """Return over how many images an epoch goes, stored copies counted too."""
    return counts.train * (1 + (0 if _changes_live(config) else config.copies))


def images_to_see(config: TrainingConfig, counts: Counts) -> int:
    """Return of how many images there must be features, stored copies counted too."""
    return images_to_learn(config, counts) + counts.held_out


def _changes_live(config: TrainingConfig) -> bool:
    return config.live or (config.copies > 0 and not config.cached)


def space(config: TrainingConfig, counts: Counts) -> Space:
    """Return the disk that a training needs besides what is kept already, and its memory."""
    spec = get_backbone(config.backbone)
    copies = 0 if config.live or not config.cached else config.copies
    rows = counts.train * (1 + copies) + counts.held_out
    head, cut = feature_numbers(config)
    learned = spec.learned_weights(config.unfrozen) + head_weights(config, counts.classes)
    step = config.batch * _activations(config) * FLOAT32
    # A phase holds its rows twice: as read, and as the tensor that batches are taken from.
    rows_bytes = 2 * rows * max(head, cut) * FLOAT32
    weights = (spec.parameters + OPTIMIZER_COPIES * learned) * FLOAT32
    new = max(rows - counts.kept, 0)
    return Space(disk=new * (head + cut) * FLOAT32, memory=rows_bytes + weights + step)


def reads_features(config: TrainingConfig) -> bool:
    """Whether a training reads anything from the feature store: not where everything learns at once."""
    return config.epochs > 0 or config.cached


def feature_numbers(config: TrainingConfig) -> tuple[int, int]:
    """Return the numbers that are stored of an image: for the head, and for the blocks behind the cut."""
    spec = get_backbone(config.backbone)
    height, width, channels = spec.feature_shape(config.size)
    head = channels if config.pooling == "gap" else height * width * channels
    if not reads_features(config):
        head = 0
    fine_tunes = config.unfrozen and config.cached
    return head, prod(spec.cut_shape(config.unfrozen, config.size)) if fine_tunes else 0


def head_weights(config: TrainingConfig, classes: int) -> int:
    """Return how many weights the head has."""
    shape = get_backbone(config.backbone).feature_shape(config.size)
    return totals(describe_head(shape, head_config(config, classes))).trainable


def room() -> Space:
    """Return the bytes that a training may take on this machine."""
    current = settings.current()
    current.data_dir.mkdir(parents=True, exist_ok=True)
    quota = current.feature_quota_mb * 1_000_000
    memory = psutil.virtual_memory().available
    if current.profile == "cloud":
        memory = min(memory, settings.CLOUD_WORKER_BYTES - WORKER_BYTES)
    return Space(disk=min(quota, shutil.disk_usage(current.data_dir).free), memory=memory)


def fits(needed: Space, given: Space) -> bool:
    """Whether there is room for both."""
    return needed.disk <= given.disk and needed.memory <= given.memory


def cheapest_fix(config: TrainingConfig, counts: Counts, given: Space) -> Fix | None:
    """Return the first change, least loss first, with which the training fits; None if none helps."""
    counts = replace(counts, kept=0)  # another training has other features
    return next((fix for fix in _fixes(config) if fits(space(fix.config, counts), given)), None)


def _fixes(config: TrainingConfig) -> Iterator[Fix]:
    changes: list[tuple[str, Callable[[], Iterator[tuple[dict[str, int], TrainingConfig]]]]] = [
        (N_("Keep {copies} changed copies of each image."), lambda: _fewer_copies(config)),
        (N_("Use GAP instead of Flatten."), lambda: _pooled(config)),
        (N_("Let fewer blocks learn: the last {blocks}."), lambda: _later_cut(config)),
        (N_("Choose smaller images: {size} px."), lambda: _smaller(config)),
    ]
    for advice, changed in changes:
        for values, other in changed():
            yield Fix(advice=Sentence(template=advice, values=values), config=other)


def _fewer_copies(config: TrainingConfig) -> Iterator[tuple[dict[str, int], TrainingConfig]]:
    for copies in range(config.copies - 1, 0, -1):
        yield {"copies": copies}, replace(config, copies=copies)


def _pooled(config: TrainingConfig) -> Iterator[tuple[dict[str, int], TrainingConfig]]:
    if config.pooling == "flatten":
        yield {}, replace(config, pooling="gap")


def _later_cut(config: TrainingConfig) -> Iterator[tuple[dict[str, int], TrainingConfig]]:
    for blocks in range(config.unfrozen - 1, 0, -1):
        yield {"blocks": blocks}, replace(config, unfrozen=blocks)


def _smaller(config: TrainingConfig) -> Iterator[tuple[dict[str, int], TrainingConfig]]:
    least = get_backbone(config.backbone).min_size
    for size in SMALLER:
        if least <= size < config.size:
            yield {"size": size}, replace(config, size=size)


def _activations(config: TrainingConfig) -> int:
    """Return about how many numbers an image leaves behind in the blocks that learn, for the way back.

    The output of each block, times the six layers or so that a block has.
    """
    spec = get_backbone(config.backbone)
    first = len(spec.blocks) - config.unfrozen
    shapes = [spec.block_shape(index, config.size) for index in range(first, len(spec.blocks))]
    return 6 * sum(map(prod, shapes))
