"""A heat map over a picture: where it is hot the picture is red."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tl_core.images.picture import Pixels

Heat = NDArray[np.float32]
"""``(h, w)``, 0 and above; of any size and shape."""
STRENGTH = 0.6
"""How much of a picture the hottest place covers, 0..1."""
COLOUR = (255, 40, 0)


def covered(picture: Pixels, heat: Heat) -> Pixels:
    """Return a picture, ``(h, w, 3) uint8``, with the heat over it; its largest value becomes full heat."""
    height, width = picture.shape[:2]
    scaled = np.maximum(heat, 0) / max(float(heat.max()), 1e-9)
    smooth = Image.fromarray(scaled.astype(np.float32)).resize(
        (width, height), Image.Resampling.BILINEAR
    )
    cover = STRENGTH * np.asarray(smooth)[..., np.newaxis]
    return (picture * (1 - cover) + cover * COLOUR).astype(np.uint8)
