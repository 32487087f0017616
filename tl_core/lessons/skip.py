"""Why ResNet trains: the same deep network with and without its skip connections, and what that shows.

Both networks learn side by side from the same batches. Nothing hides the effect: no BatchNormalization, and
the first weights that Keras takes when nobody says otherwise. Source of the idea: He et al., Deep residual
learning for image recognition, 2015, https://arxiv.org/abs/1512.03385.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import log
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from tl_core.backbones import DEFAULT_BACKBONE, get_backbone
from tl_core.checks import JobConfig, Json, check_range
from tl_core.statistics import Proportion
from tl_core.wording import N_, Sentence

RESULT = "skip.json"
DATASET = "emoji"
NETWORKS = ("plain", "skip")
TITLES = {"plain": N_("Without skip connections"), "skip": N_("With skip connections")}
LEAST_BLOCKS, MOST_BLOCKS = 2, 16
RESIDUAL_SIDE = 384
"""Pixels a side of the photo that goes through a residual block: more than in a training, for more to see."""
RESIDUAL_CHANNELS = 8
"""Channels that are shown of a residual block."""
LEARNED = 0.95
"""A network has learned something once its loss is below this share of the loss of `knowing_shares`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class BlockParts:
    """What goes into a residual block for a photo, and what the block adds, in its clearest channels.

    Args:
        x: what goes in, ``(n, h, w) float32``.
        change: F(x), ``(n, h, w) float32``; the block gives on the sum of both.
        channels: their n numbers, clearest first.
        total: how many channels there are.
        share: the norm of all of F(x) over that of all of x.
    """

    x: NDArray[np.float32]
    change: NDArray[np.float32]
    channels: tuple[int, ...]
    total: int
    share: float


@dataclass(frozen=True, kw_only=True)
class SkipConfig(JobConfig):
    """Two networks that differ in their skip connections alone.

    Args:
        blocks: of two convolutions each, 2..16.
        epochs: passes over the training images, 1..100.
        batch: images a step, 1..256.
        learning_rate: of SGD with Nesterov momentum 0.9, above 0 to 1.
        seed: of the split, the first weights and the order of the images.

    Raises:
        SettingInvalid: if a value is out of range.
    """

    KIND: ClassVar[str] = "skip"

    blocks: int = 12
    epochs: int = 25
    batch: int = 16
    learning_rate: float = 0.005
    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("blocks", self.blocks, LEAST_BLOCKS, MOST_BLOCKS)
        check_range("epochs", self.epochs, 1, 100)
        check_range("batch", self.batch, 1, 256)
        check_range("learning_rate", self.learning_rate, 1e-7, 1)
        check_range("seed", self.seed, 0, 2**31 - 1)


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """One network at the end of an epoch; epoch 0 is before the first step.

    Args:
        loss: mean over the epoch's training steps.
        accuracy: share of held-out images that it gets right, 0..1.
        gradients: norm of the loss's gradient in each block, from the photo's side.
    """

    loss: float
    accuracy: float
    gradients: tuple[float, ...]

    def as_json(self) -> Json:
        """Return plain JSON values, as they stand in the run book's epochs under the network's name."""
        return asdict(self)


def story(epochs: Sequence[Mapping[str, Any]], network: str) -> list[Epoch]:
    """Return a network's epochs, from epoch 0 on, out of those of the run book."""
    return [
        Epoch(
            loss=float(epoch[network]["loss"]),
            accuracy=float(epoch[network]["accuracy"]),
            gradients=tuple(float(norm) for norm in epoch[network]["gradients"]),
        )
        for epoch in epochs
    ]


@dataclass(frozen=True, kw_only=True)
class Worth:
    """How often a network is right on its own training images, and on those that were held out."""

    train: Proportion
    validation: Proportion


@dataclass(frozen=True, kw_only=True)
class Worths:
    """What both networks are worth at the end.

    Args:
        networks: by their names, `NETWORKS`.
        majority: how often the most frequent class is right on the held-out images.
    """

    networks: Mapping[str, Worth]
    majority: Proportion

    def as_json(self) -> Json:
        """Return plain JSON values, as they stand in a run's `RESULT`."""
        worths = {
            name: {part: share.as_json() for part, share in vars(worth).items()}
            for name, worth in self.networks.items()
        }
        return worths | {"majority": self.majority.as_json()}

    @classmethod
    def from_json(cls, values: Json) -> Self:
        """Return what `as_json` wrote; see `Run.read`."""
        networks = {
            name: Worth(
                train=Proportion.from_json(values[name]["train"]),
                validation=Proportion.from_json(values[name]["validation"]),
            )
            for name in NETWORKS
        }
        return cls(networks=networks, majority=Proportion.from_json(values["majority"]))


def fade(epoch: Epoch) -> float:
    """Return how many times weaker the gradient is in the first block than in the last."""
    return epoch.gradients[-1] / max(epoch.gradients[0], 1e-30)


def knowing_shares(counts: Iterable[int]) -> float:
    """Return the loss of a network that has not looked: it answers every image with the classes' shares.

    It is the entropy of the shares, ``-sum(p * ln(p))``.

    Args:
        counts: images of each class.

    Example:
        >>> round(knowing_shares([10, 10]), 3)
        0.693
    """
    known = [count for count in counts if count]
    return -sum(count / sum(known) * log(count / sum(known)) for count in known)


def verdict(plain: Sequence[Epoch], skip: Sequence[Epoch], shares: float) -> Sentence:
    """Return which of the two learned, and what the gradient says.

    Args:
        plain: the epochs of a finished run, from epoch 0 on.
        skip: the same of the other network.
        shares: see `knowing_shares`.
    """
    values = {
        "plain": f"{plain[-1].loss:.2f}",
        "skip": f"{skip[-1].loss:.2f}",
        "shares": f"{shares:.2f}",
        "plain_fade": _times(fade(plain[0])),
        "skip_fade": _times(fade(skip[0])),
    }
    match tuple(one[-1].loss < LEARNED * shares for one in (plain, skip)):
        case False, True:
            template = N_(
                "Without skip connections the loss ends at {plain}: knowing only how many images each class "
                "has gives {shares}. With them it falls to {skip}. Before the first step the gradient of the "
                "plain network is {plain_fade} times weaker in its first block than in its last; with skip "
                "connections {skip_fade} times."
            )
        case True, True:
            template = N_(
                "At this depth both networks learn (loss {plain} without skip connections, {skip} with "
                "them): the plain gradient is {plain_fade} times weaker in the first block than in the "
                "last. Take more blocks, and look again."
            )
        case True, False:
            template = N_(
                "Here only the network without skip connections has learned (loss {plain} against {skip}): "
                "with so few images that can happen. Try another seed before you conclude anything."
            )
        case _:
            template = N_(
                "Neither network has learned (loss {plain} without skip connections, {skip} with them). "
                "Take fewer blocks or another seed."
            )
    return Sentence(template=template, values=values)


def residual_blocks() -> tuple[str, ...]:
    """Return the blocks of EfficientNet-Lite0 that end in a sum, from the photo's side."""
    blocks = get_backbone(DEFAULT_BACKBONE).blocks
    return tuple(block.name for block in blocks if block.last_layer.endswith("_add"))


def _times(times: float) -> str:
    return f"{times:,.1f}" if times < 10 else f"{float(f'{times:.2g}'):,.0f}"
