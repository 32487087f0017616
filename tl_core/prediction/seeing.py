"""What a network is given of a photo: the tensor, its range in every channel, and a picture of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tl_core.backbones import Preprocessing
from tl_core.convolution.display import signed
from tl_core.images import Pixels
from tl_core.images.grids import grid
from tl_core.wording import N_

CHANNELS = {
    "rgb": (N_("Red"), N_("Green"), N_("Blue")),
    "bgr": (N_("Blue"), N_("Green"), N_("Red")),
}
"""The channels of a tensor in their order, by `Preprocessing.channel_order`."""
GREY = 128
"""Between the pictures of channels: white is zero."""
LARGEST_SHOWN = 256
"""Pixels a side of one channel's picture."""

Tensor = NDArray[np.float32]
"""``(h, w, 3)``, as the first layer reads it."""


@dataclass(frozen=True, kw_only=True)
class ChannelRange:
    """One channel of a tensor.

    Args:
        title: which colour it holds, marked with `N_`.
        formula: how it was made of the pixels ``x``, 0..255.
        low, mean, high: of its numbers.
    """

    title: str
    formula: str
    low: float
    mean: float
    high: float


def tensor_of(pixels: Pixels, scaling: Preprocessing) -> Tensor:
    """Return what the first layer reads of a photo, ``(h, w, 3) uint8``, in the order of its channels."""
    tensor: Tensor = scaling.apply(pixels)
    return tensor


def channel_ranges(tensor: Tensor, scaling: Preprocessing) -> tuple[ChannelRange, ...]:
    """Return the range of each channel of a tensor that `scaling` made."""
    return tuple(
        ChannelRange(
            title=title,
            formula=formula,
            low=float(values.min()),
            mean=float(values.mean(dtype=np.float64)),
            high=float(values.max()),
        )
        for title, formula, values in zip(
            CHANNELS[scaling.channel_order],
            formulas(scaling),
            np.moveaxis(tensor, -1, 0),
            strict=True,
        )
    )


def formulas(scaling: Preprocessing) -> tuple[str, ...]:
    """Return how each channel is made of the pixels ``x``, in the order of the tensor.

    Example:
        >>> formulas(Preprocessing(mean=(127, 127, 0), scale=(128, 1, 255)))
        ('(x − 127) / 128', 'x − 127', 'x / 255')
    """
    return tuple(map(_formula, scaling.mean, scaling.scale))


def _formula(mean: float, scale: float) -> str:
    moved = f"x − {mean:.6g}" if mean else "x"
    if scale == 1:
        return moved
    return f"({moved}) / {scale:.6g}" if mean else f"{moved} / {scale:.6g}"


def tensor_picture(tensor: Tensor) -> Pixels:
    """Return the channels side by side on one signed scale: blue below zero, white at zero, red above.

    Of a channel with sides longer than `LARGEST_SHOWN` every second pixel is drawn, or every third.
    """
    limit = float(np.abs(tensor).max()) or 1.0
    step = -(-max(tensor.shape[:2]) // LARGEST_SHOWN)
    thinned = np.moveaxis(tensor[::step, ::step], -1, 0)
    pictures = [signed(values, limit) for values in thinned]
    return grid(pictures, pictures[0].shape, len(pictures), background=GREY)
