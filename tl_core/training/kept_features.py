"""Which image a training uses for what, and under which names the feature store keeps what it reads."""

from collections.abc import Sequence
from dataclasses import replace

from tl_core import settings
from tl_core.backbones import get_backbone, weights_sha256
from tl_core.datasets.dataset import Dataset, LabeledImage
from tl_core.datasets.splits import Split, split
from tl_core.features.store import FeatureEntry, Transform
from tl_core.inference.choice import precision_of
from tl_core.inference.exported import FrozenName
from tl_core.training.config import TrainingConfig
from tl_core.training.preprocessing import preprocessing_of


def network_of(config: TrainingConfig) -> FrozenName:
    """Return which network is the frozen one of a training."""
    return FrozenName(backbone=config.backbone, weights=config.weights, size=config.size)


def exact(config: TrainingConfig) -> bool:
    """Whether the features of a training are float32, whatever was chosen for its network.

    So it is where blocks are to learn, because what rounding does was measured for heads alone; unless
    ``TL_PRECISION`` asks for another precision.
    """
    return bool(config.unfrozen) and settings.current().precision == "auto"


def precision_for(config: TrainingConfig) -> str:
    """Return how exactly the features of a training are computed on this machine."""
    return "float32" if exact(config) else precision_of(network_of(config))


def transform_of(config: TrainingConfig, copy: int = 0, precision: str = "") -> Transform:
    """Return what names the features that the head of `config` learns on.

    Args:
        config: the training.
        copy: 0 for the images as they are, or the number of a changed copy.
        precision: how exactly they are computed; empty for `precision_for`.
    """
    changes = f"{config.augmentation.id} seed {config.seed} copy {copy}" if copy else "none"
    return Transform(
        weights=weights_sha256(config.backbone, config.weights),
        cut=get_backbone(config.backbone).cut,
        pooling="gap" if config.pooling == "gap" else "none",
        size=config.size,
        preprocessing=preprocessing_of(config).version,
        precision=precision or precision_for(config),
        augmentation=changes,
    )


def transforms_of(
    config: TrainingConfig, copy: int = 0, precision: str = ""
) -> tuple[Transform, ...]:
    """Return `transform_of`, and that of the activations which the unfrozen blocks read.

    There is no second one when nothing is unfrozen, or everything: then the pixels are read.
    """
    end = transform_of(config, copy, precision)
    if not config.unfrozen or not config.cached:
        return (end,)
    return end, replace(end, cut=config.cut.layer, pooling="none")


def sides_of(dataset: Dataset, config: TrainingConfig) -> Split:
    """Return which image is used for what in a training."""
    sides = split(dataset, validation=config.validation, test=config.test, seed=config.seed)
    if "leak" in config.mistakes:
        return replace(sides, train=tuple(sorted(sides.train + sides.validation)))
    return sides


def feature_entries(
    dataset: Dataset, config: TrainingConfig, copy: int = 0, precision: str = ""
) -> tuple[FeatureEntry, ...]:
    """Return the places in the store of `transforms_of`; a changed copy has the training images alone."""
    rows: Sequence[LabeledImage] = dataset.images
    if copy:
        rows = [dataset.images[index] for index in sides_of(dataset, config).train]
    hashes = [image.sha256 for image in rows]
    return tuple(
        FeatureEntry(transform, hashes) for transform in transforms_of(config, copy, precision)
    )


def feature_entry(dataset: Dataset, config: TrainingConfig, precision: str = "") -> FeatureEntry:
    """Return the place in the store of the features that the head learns on."""
    return feature_entries(dataset, config, precision=precision)[0]


def count_kept(dataset: Dataset, config: TrainingConfig) -> int:
    """Return how many images need not go through the network again, changed copies counted too.

    What other versions of the dataset hold counts; what the disk has damaged meanwhile counts as well.
    """
    views = (feature_entries(dataset, config, copy) for copy in range(config.copies + 1))
    return sum(min(entry.count_kept() for entry in entries) for entries in views)
