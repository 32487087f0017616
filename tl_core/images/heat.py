"""A heat map over a picture, in a scale that can be told from things of every colour."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tl_core.images.picture import Pixels

Heat = NDArray[np.float32]
"""``(h, w)``, 0 and above; of any size and shape."""
STRENGTH = 0.6
"""How much of a picture the hottest place covers, 0..1."""
FAINTEST = 0.5
"""How strong the cover of the coldest place is, as a share of that of the hottest: were there none, the
yellow of a hot banana would look like the banana."""
# From matplotlib's viridis (CC0): every step is brighter than the one before, in grey and to colour-blind
# people too, so that hot is bright on whatever lies below.
COLOURS = (
    *((68, 1, 84), (72, 40, 120), (62, 74, 137), (49, 104, 142), (38, 130, 142)),
    *((31, 158, 137), (53, 183, 121), (109, 205, 89), (180, 222, 44), (253, 231, 37)),
)
TABLE: Pixels = np.stack(
    [
        np.rint(np.interp(np.linspace(0, 1, 256), np.linspace(0, 1, len(COLOURS)), channel))
        for channel in zip(*COLOURS, strict=True)
    ],
    axis=-1,
).astype(np.uint8)
"""The scale, ``(256, 3)``, from cold to hot."""


def covered(picture: Pixels, heat: Heat, strength: float = STRENGTH) -> Pixels:
    """Return a picture, ``(h, w, 3) uint8``, with the heat over it; its largest value becomes full heat.

    Without any heat the picture stays as it is.

    Args:
        picture: what lies below.
        heat: what is negative counts as cold.
        strength: how much of the picture the hottest place covers, 0..1.
    """
    if not heat.max() > 0:
        return picture.copy()
    shares = (np.maximum(heat, 0) / float(heat.max())).astype(np.float32)
    scaled = _smooth(shares, picture.shape[:2])
    colours = TABLE[np.rint(255 * scaled).astype(np.uint8)]
    cover = (strength * (FAINTEST + (1 - FAINTEST) * scaled))[..., np.newaxis]
    shown: Pixels = (picture * (1 - cover) + cover * colours).astype(np.uint8)
    return shown


def _smooth(heat: Heat, shape: tuple[int, ...]) -> Heat:
    height, width = shape
    image = Image.fromarray(heat).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(image).clip(0, 1)


def scale(width: int, height: int) -> Pixels:
    """Return the scale as a strip, ``(height, width, 3)``: cold on the left, hot on the right."""
    return np.tile(TABLE[np.linspace(0, 255, width).round().astype(int)], (height, 1, 1))


def hottest(heat: Heat, parts: int) -> tuple[int, int]:
    """Return in which row and column the hottest place is, of `parts` along each side."""
    row, column = np.unravel_index(int(heat.argmax()), heat.shape)
    height, width = heat.shape
    return int((2 * row + 1) * parts // (2 * height)), int((2 * column + 1) * parts // (2 * width))
