"""One direction of a sliding window: sizes, padding, stride and dilation, without a single pixel value.

Coordinates: *image* coordinates start at the first real pixel (padding before it is negative), *padded*
coordinates start at the first pixel of the padding.
"""

from dataclasses import dataclass

import numpy as np

from tl_core.convolution.arrays import Integers


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One direction of a sliding window: all sizes in pixels.

    Example:
        >>> Axis(size=7, kernel=3, stride=2, before=1, after=1).output
        4
    """

    size: int
    """Pixels of the image along this axis."""
    kernel: int
    """Weights of the kernel along this axis."""
    stride: int = 1
    dilation: int = 1
    before: int = 0
    """Padding above or to the left."""
    after: int = 0
    """Padding below or to the right."""

    @property
    def reach(self) -> int:
        """From the first to the last pixel that a dilated kernel covers."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def padded(self) -> int:
        """Image and padding together."""
        return self.before + self.size + self.after

    @property
    def output(self) -> int:
        """Positions that the kernel can take; 0 if it does not fit."""
        return max(0, (self.padded - self.reach) // self.stride + 1)

    @property
    def dropped(self) -> int:
        """Pixels at the end of the padded axis that the last step of the stride does not reach."""
        return self.padded - ((self.output - 1) * self.stride + self.reach)

    @property
    def dropped_from_image(self) -> int:
        """The part of `dropped` that is image, not padding."""
        return min(max(0, self.dropped - self.after), self.size)

    def seen_by(self, tap: int) -> slice:
        """Return the padded coordinates that meet one weight, over all outputs."""
        first = tap * self.dilation
        return slice(first, first + (self.output - 1) * self.stride + 1, self.stride)

    def source(self, fill: str) -> Integers:
        """Return which image coordinate each padded pixel copies, shape (padded,); -1 for a constant."""
        position = np.arange(-self.before, self.size + self.after)
        if fill == "replicate":
            return position.clip(0, self.size - 1)
        if fill == "wrap":
            return position % self.size
        if fill == "reflect":
            period = max(1, 2 * (self.size - 1))
            position = position % period
            return np.minimum(position, period - position)
        return np.where((position >= 0) & (position < self.size), position, -1)

    def usage(self, fill: str = "zeros") -> Integers:
        """Return how often each image pixel is used, shape (size,), copies in the padding included."""
        starts = np.arange(self.output)[:, None] * self.stride
        seen = (starts + np.arange(self.kernel) * self.dilation).ravel()
        source = self.source(fill)[seen]
        return np.bincount(source[source >= 0], minlength=self.size)
