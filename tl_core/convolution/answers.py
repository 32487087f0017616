"""What the engine answers to the convolution page: learned filters, and a convolution done twice."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class FirstFilters:
    """The filters of a backbone's first convolution.

    Args:
        weights: ``(n, kh, kw, 3) float32``, channels RGB.
    """

    weights: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class FirstLayer:
    """A backbone's first convolution at work on a photo.

    A normalisation behind it is multiplied into weights and bias: they give what the network computes.

    Args:
        weights: ``(n, kh, kw, 3) float32``, channels RGB; they meet pixels as the network's preprocessing
            scales them.
        biases: ``(n,) float32``.
        sums: ``(n, h, w) float16``, the sum of the products of every filter, before the bias; a large map
            is reduced.
        cap: what the activation cuts off above, such as 6 for ReLU6; None for ReLU.
    """

    weights: NDArray[np.float32]
    biases: NDArray[np.float32]
    sums: NDArray[np.float16]
    cap: float | None

    def with_bias(self, index: int) -> NDArray[np.float32]:
        """Return the map of one filter, from 0, with its bias: ``(h, w) float32``."""
        biased: NDArray[np.float32] = self.sums[index].astype(np.float32) + self.biases[index]
        return biased

    def activated(self, index: int) -> NDArray[np.float32]:
        """Return the map of one filter after the activation, ``(h, w) float32``, 0 and above."""
        return np.clip(self.with_bias(index), 0, self.cap)


@dataclass(frozen=True, kw_only=True, eq=False)
class Depth:
    """What a photo has become at one depth of a backbone.

    Args:
        layer: name of the block.
        shape: height, width and channels of the whole feature map.
        channels: numbers of those that are shown.
        maps: ``(channels, h, w) uint8 0..255``, each stretched on its own; a large one is reduced.
    """

    layer: str
    shape: tuple[int, int, int]
    channels: tuple[int, ...]
    maps: NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, eq=False)
class PhotoMaps:
    """What a photo becomes inside a backbone: a few depths, from the photo inwards."""

    depths: tuple[Depth, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Liked:
    """A picture that was changed until a channel of a network answered strongly.

    Args:
        pixels: ``(side, side, 3) uint8 0..255``.
        before: mean of the channel for the noise that it began with.
        after: mean of the channel for the picture; equal to `before` where no change moves it.
    """

    pixels: NDArray[np.uint8]
    before: float
    after: float


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How far the lab's convolution and Keras' are apart.

    Args:
        largest: absolute difference; None where the two results differ in size.
        largest_value: of the lab's result, absolute.
        numpy: shape of the lab's result.
        keras: shape of Keras' result.
    """

    largest: float | None
    largest_value: float
    numpy: tuple[int, ...]
    keras: tuple[int, ...]
