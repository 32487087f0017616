"""A histogram as a picture: many times cheaper than a chart that answers to the mouse."""

import numpy as np
from numpy.typing import NDArray

from tl_core.convolution.display import SIGNED_COLOURS, Histogram
from tl_core.ui.pictures import show_picture

HEIGHT, BAR = 120, 5
"""Pixels of the picture, and of the width of one bar."""
BACKGROUND, LINE = (255, 255, 255), (110, 110, 110)
INSIDE = (14, 147, 132)


def show_histogram(counts: Histogram, *, alt: str, caption: str) -> None:
    """Draw the counts as bars: blue below 0, red above 255, green what a screen can show."""
    show_picture(draw(counts), alt=alt, caption=caption)


def draw(counts: Histogram) -> NDArray[np.uint8]:
    """Return the picture, `(HEIGHT, bins * BAR, 3) uint8`; the height is the square root of the count."""
    bins = len(counts.counts)
    # The square root: beside a kernel's many zeros every other value would vanish.
    shares = np.sqrt(counts.counts / max(1, counts.counts.max()))
    heights = np.repeat(np.ceil(shares * (HEIGHT - 4)).astype(int), BAR)
    centres = np.repeat((counts.edges[:-1] + counts.edges[1:]) / 2, BAR)
    colours = np.where((centres < 0)[:, None], SIGNED_COLOURS[0], INSIDE)
    colours = np.where((centres > 255)[:, None], SIGNED_COLOURS[2], colours)
    picture = np.full((HEIGHT, bins * BAR, 3), BACKGROUND, np.uint8)
    filled = np.arange(HEIGHT)[::-1, None] < heights
    picture[filled] = np.broadcast_to(colours, picture.shape)[filled]
    span = float(counts.edges[-1] - counts.edges[0]) or 1.0
    for value in (0.0, 255.0):
        column = int((value - counts.edges[0]) / span * (bins * BAR - 1))
        if 0 <= column < bins * BAR:
            picture[:, column] = LINE
    return picture
