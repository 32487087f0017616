"""What is on the page: an image, a kernel, and how the one is slid over the other."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tl_core.convolution.arrays import Array, Pixels
from tl_core.convolution.geometry import Geometry, Pair
from tl_core.convolution.kernels import Kernel
from tl_core.convolution.stack import ConvolutionLayer
from tl_core.ui.redrawing import want_page

Drawn: TypeAlias = Callable[[], Pixels]
"""Draws a picture, ``(h, w) or (h, w, 3) uint8``."""


@dataclass(frozen=True, kw_only=True, eq=False)
class WorkingImage:
    """The image as the kernel meets it.

    Attributes:
        name: what the pixels are determined by; the key of anything cached about them.
        title: for people, in the session's language.
        pixels: `(h, w) or (h, w, 3) uint8 0..255`, read-only.
        colour: `(h, w, 3) uint8 0..255`, the same image with all its channels, read-only.
        summed: add the channels up, as a layer does.
    """

    name: str
    title: str
    pixels: NDArray[np.uint8]
    colour: NDArray[np.uint8]
    summed: bool = False

    @property
    def size(self) -> Pair:
        """Height and width in pixels."""
        return self.pixels.shape[0], self.pixels.shape[1]


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """Everything that the shared controls say; each section draws it in its own way."""

    image: WorkingImage
    kernel: Kernel
    geometry: Geometry
    flip: bool
    """Convolution in the mathematical sense, with the kernel turned by 180 degrees."""
    bias: float = 0.0
    """What is added to every sum, in pixel units."""
    offered: list[Drawn] = field(default_factory=list)
    """What the section has drawn that can be taken home as a picture; the last holds."""

    def offer(self, draw: Drawn) -> None:
        """Say what the button for the result's picture gives; drawn only when somebody presses it."""
        self.offered.append(draw)

    @property
    def layer(self) -> ConvolutionLayer:
        """The kernel and its geometry as a layer."""
        return ConvolutionLayer(
            kernel=self.kernel,
            geometry=self.geometry,
            summed=self.image.summed,
            flip=self.flip,
            bias=self.bias,
        )

    def result(self) -> Array:
        """Return what the kernel makes of the image, `(oh, ow) or (oh, ow, 3) float32`."""
        return self.layer.apply(self.image.pixels)


@dataclass
class Latest:
    """What was drawn last: what is made at a click is made of it."""

    scene: Scene
    picture: Drawn | None = None
    """The result's picture; the last one where a scene has none, as long as there is a button for it."""
    has_button: bool | None = None
    """Whether there is one; None before that is known."""

    def take(self, scene: Scene) -> None:
        """Take over a scene that was drawn; the page is drawn again if the button must come or go."""
        self.scene = scene
        if scene.offered:
            self.picture = scene.offered[-1]
        if self.has_button not in (None, bool(scene.offered)):
            want_page()
