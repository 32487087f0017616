"""Ways to look at a signed result: why the same numbers look black, grey or coloured."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tl_core.checks import look_up
from tl_core.convolution.arrays import Doubles, Image, Integers, Pixels
from tl_core.wording import N_

# The ends of the signed scale and its middle, RGB: blue below zero, white at zero, red above.
# From ColorBrewer's RdBu, which colour-blind people can read too.
SIGNED_COLOURS = ((33, 102, 172), (255, 255, 255), (178, 24, 43))
_STEPS = 255
SIGNED_TABLE: Pixels = np.stack(
    [
        np.rint(np.interp(np.arange(-_STEPS, _STEPS + 1), (-_STEPS, 0, _STEPS), colours))
        for colours in zip(*SIGNED_COLOURS, strict=True)
    ],
    axis=-1,
).astype(np.uint8)
"""The signed scale in 255 steps on each side of zero, (511, 3) uint8; looking up is ten times faster than
interpolating. The browser looks its colours up in it too."""


@dataclass(frozen=True, kw_only=True)
class View:
    """One way to turn a result into 0..255."""

    name: str
    title: str
    description: str
    show: Callable[[Image], Pixels]


@dataclass(frozen=True, kw_only=True, eq=False)
class Histogram:
    """How the values of a result are spread, in pixel units.

    Attributes:
        edges: (bins + 1,) float64, from the smallest to the largest value.
        counts: (bins,) numbers of values.
        negative: share of values below 0, which clipping turns black.
        too_bright: share of values above 255, which clipping turns white.
    """

    edges: Doubles
    counts: Integers
    negative: float
    too_bright: float


def list_views() -> tuple[View, ...]:
    """Return all views, in the order in which a page shows them."""
    return _VIEWS


def get_view(name: str) -> View:
    """Return the view `name`; raises SettingInvalid if there is none."""
    known = {view.name: view for view in _VIEWS}
    return look_up(known, name, N_("There is no view {name}. Choose one of {valid}."))


def clipped(result: Image) -> Pixels:
    """Cut everything outside 0..255; the result keeps its shape, uint8."""
    pixels: Pixels = np.rint(np.clip(result, 0, 255)).astype(np.uint8)
    return pixels


def absolute(result: Image) -> Pixels:
    """Drop the sign, then clip; the result keeps its shape, uint8."""
    return clipped(np.abs(result))


def rescaled(result: Image) -> Pixels:
    """Stretch the smallest value to 0 and the largest to 255; a constant result becomes middle grey."""
    low, high = float(result.min()), float(result.max())
    if low == high:
        return np.full(result.shape, 128, np.uint8)
    return clipped((result - low) * (255 / (high - low)))


def relu(result: Image) -> Pixels:
    """Set negative values to 0 and stretch the largest to 255, as a feature map is shown."""
    positive = np.maximum(result, 0)
    largest = float(positive.max())
    return clipped(positive * (255 / largest) if largest else positive)


def signed(result: Image, limit: float | None = None) -> Pixels:
    """Colour a result: blue below zero, white at zero, red above, both sides on one scale.

    Args:
        result: (h, w), or (h, w, channels), of which the mean is shown.
        limit: the absolute value that gets the full colour; default the largest in the result.

    Returns:
        (h, w, 3) uint8 0..255.
    """
    values = result if result.ndim == 2 else result.mean(axis=2)
    limit = limit or float(np.abs(values).max()) or 1.0
    steps = np.rint(np.clip(values * (_STEPS / limit), -_STEPS, _STEPS)).astype(np.intp)
    return SIGNED_TABLE[steps + _STEPS]


def histogram(result: Image, bins: int = 64) -> Histogram:
    """Count the values of a result in `bins` equal steps from its smallest to its largest value."""
    counts, edges = np.histogram(result, bins)
    return Histogram(
        edges=edges.astype(np.float64),
        counts=counts,
        negative=float(np.mean(np.asarray(result) < 0)),
        too_bright=float(np.mean(np.asarray(result) > 255)),
    )


_VIEWS = (
    View(
        name="clipped",
        title=N_("Clipped"),
        description=N_("What a photo editor shows: below 0 is black, above 255 is white."),
        show=clipped,
    ),
    View(
        name="absolute",
        title=N_("Absolute"),
        description=N_(
            "The sign is dropped: edges from dark to bright and from bright to dark are both bright."
        ),
        show=absolute,
    ),
    View(
        name="rescaled",
        title=N_("Rescaled"),
        description=N_(
            "The smallest value is black, the largest white: zero may be any shade, or none."
        ),
        show=rescaled,
    ),
    View(
        name="signed",
        title=N_("Signed"),
        description=N_(
            "Blue is negative, white is zero, red is positive: both signs can be seen. Of colours the mean "
            "is shown."
        ),
        show=signed,
    ),
    View(
        name="relu",
        title=N_("After ReLU"),
        description=N_(
            "What a ReLU passes on, scaled so that the largest is white: negative values are gone for good."
        ),
        show=relu,
    ),
)
