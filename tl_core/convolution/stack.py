"""Layers in a row, as the playground sets them: convolution, ReLU and pooling.

Each layer knows how to `apply` itself to a feature map and which `geometry` it has, so one chain gives the
feature maps, their sizes, their receptive fields and their code.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from tl_core.convolution.arrays import Array, Image
from tl_core.convolution.engine import convolve
from tl_core.convolution.geometry import Geometry, Pair
from tl_core.convolution.kernels import Kernel
from tl_core.convolution.pooling import pool, pooling_geometry


@dataclass(frozen=True, kw_only=True, eq=False)
class ConvolutionLayer:
    """A kernel slid over the image.

    Args:
        kernel: what is slid; three channels of weights are always summed over the image's channels.
        geometry: stride, dilation, padding and fill, for that kernel's size.
        summed: sum over the channels of a colour image, as a layer does; otherwise each is on its own.
        flip: mathematical convolution instead of cross-correlation.
        bias: added to every sum, in pixel units; a magnitude has none.
    """

    kernel: Kernel
    geometry: Geometry
    summed: bool = False
    flip: bool = False
    bias: float = 0.0

    def apply(self, image: Image) -> Array:
        """Return the feature map, (oh, ow) or (oh, ow, channels) float32; raises as `convolve`."""
        results = [
            convolve(image, self.weights(part, image.shape[2:]), self.geometry, flip=self.flip)
            for part in self.kernel.parts
        ]
        if len(results) == 1:
            return results[0] + np.float32(self.bias) if self.bias else results[0]
        length: Array = np.sqrt(np.square(results[0]) + np.square(results[1]))
        return length

    def weights(self, part: Array, channels: tuple[int, ...]) -> Array:
        """Return `part` for an image of shape (h, w, *channels): repeated if channels are summed."""
        if self.summed and channels and part.ndim == 2:
            return np.repeat(part[:, :, None], channels[0], axis=2)
        return part


@dataclass(frozen=True, kw_only=True)
class ReluLayer:
    """Negative values become 0."""

    @property
    def geometry(self) -> Geometry:
        """One pixel in, one pixel out."""
        return Geometry(kernel=(1, 1))

    def apply(self, image: Image) -> Array:
        """Return an array of the same shape, float32."""
        return np.maximum(np.asarray(image, np.float32), 0)


@dataclass(frozen=True, kw_only=True)
class PoolingLayer:
    """The largest or the mean value of each window; the arguments are those of `pool`."""

    mode: str
    window: Pair
    stride: Pair | None = None
    padding: str = "valid"

    @property
    def geometry(self) -> Geometry:
        """The window as a kernel."""
        return pooling_geometry(self.window, self.stride, self.padding)

    def apply(self, image: Image) -> Array:
        """Return the pooled feature map; raises as `pool`."""
        return pool(image, self.mode, self.window, self.stride, self.padding)


Layer: TypeAlias = ConvolutionLayer | ReluLayer | PoolingLayer
