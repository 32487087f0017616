"""Augmentation: random changes to a training photo that leave its class as it is.

    flips -> one affine resampling (rotation, shift and zoom together) -> contrast and brightness

Each resampling blurs, so the three movements are one matrix and one bilinear pass. What comes in over the
edges is the photo's own mirror image: black corners would be a pattern that a network learns and never
meets again. The amounts are those of Keras's ``RandomRotation``, ``RandomTranslation``, ``RandomZoom``,
``RandomBrightness`` and ``RandomContrast``.
"""

import math
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tl_core.checks import Config, check_range
from tl_core.images import Pixels
from tl_core.images.grids import grid

VERSION = 1
"""Goes up whenever the same settings give other pixels; part of the key of cached features."""
ACROSS = 3
"""Variants in a row, and below each other."""
LARGEST_SHARE = 0.5
LARGEST_ROTATION = 180.0


@dataclass(frozen=True, kw_only=True)
class Augmentation(Config):
    """How far a photo may be changed; every photo draws its own amounts, up to these.

    Args:
        rotation: degrees either way, 0..180, default 0.
        shift: share of the width and of the height, either way, 0..0.5, default 0.
        zoom: share smaller or larger, width and height together, 0..0.5, default 0.
        flip_horizontal: left and right change places in half of the photos.
        flip_vertical: up and down change places in half of the photos.
        brightness: share of 255 that is added or taken away, 0..0.5, default 0.
        contrast: share by which the distance from the photo's mean shrinks or grows, 0..0.5, default 0.

    Raises:
        SettingInvalid: if a value is out of range.
    """

    rotation: float = 0.0
    shift: float = 0.0
    zoom: float = 0.0
    flip_horizontal: bool = False
    flip_vertical: bool = False
    brightness: float = 0.0
    contrast: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("rotation", self.rotation, 0, LARGEST_ROTATION)
        for name in ("shift", "zoom", "brightness", "contrast"):
            check_range(name, getattr(self, name), 0, LARGEST_SHARE)

    @property
    def active(self) -> bool:
        """Whether anything is changed at all."""
        return self != Augmentation()

    @property
    def id(self) -> str:
        """Text that changes whenever the pixels would; ``none`` when nothing is changed.

        Example:
            >>> Augmentation(rotation=20, flip_horizontal=True).id
            'v1 rotation=20.0 flip_horizontal=1.0'
        """
        numbers = [f"{name}={float(value)!r}" for name, value in asdict(self).items() if value]
        return " ".join([f"v{VERSION}", *numbers]) if numbers else "none"


def augment(pixels: Pixels, augmentation: Augmentation, *seed: int) -> Pixels:
    """Return one variant of a photo: the same photo, settings and seed give the same pixels.

    Args:
        pixels: ``(h, w, 3) uint8 0..255``; unchanged.
        augmentation: how far it may be changed.
        *seed: whole numbers from 0, such as the run's seed, the epoch and the photo's position; nothing
            else decides what is drawn.

    Returns:
        ``(h, w, 3) uint8 0..255``, maybe read-only; `pixels` itself when nothing is changed.

    Example:
        >>> pixels = np.zeros((160, 160, 3), np.uint8)
        >>> augment(pixels, Augmentation(rotation=20, zoom=0.1), 0, 7).shape
        (160, 160, 3)
    """
    if not augmentation.active:
        return pixels
    # All amounts are drawn, in one order, so that switching one change on leaves the others alone.
    generator = np.random.default_rng(seed)
    amounts = dict(zip(_DRAWN, generator.uniform(-1.0, 1.0, len(_DRAWN)).tolist(), strict=True))
    across, upright = generator.random(2) < 0.5
    if augmentation.flip_horizontal and across:
        pixels = pixels[:, ::-1]
    if augmentation.flip_vertical and upright:
        pixels = pixels[::-1]
    if augmentation.rotation or augmentation.shift or augmentation.zoom:
        height, width = pixels.shape[:2]
        pixels = moved(
            pixels,
            degrees=augmentation.rotation * amounts["rotation"],
            right=augmentation.shift * amounts["right"] * width,
            down=augmentation.shift * amounts["down"] * height,
            factor=1 + augmentation.zoom * amounts["zoom"],
        )
    if augmentation.brightness or augmentation.contrast:
        pixels = relit(
            pixels,
            brighter=augmentation.brightness * amounts["brightness"],
            factor=1 + augmentation.contrast * amounts["contrast"],
        )
    return np.ascontiguousarray(pixels)


def variants(pixels: Pixels, augmentation: Augmentation, *seed: int) -> Pixels:
    """Return nine changed variants of one image in a square of three by three.

    Args:
        pixels: ``(h, w, 3) uint8 0..255``.
        augmentation: what may change.
        *seed: of all of them; each variant has its number behind it.

    Returns:
        ``(3 h + 8, 3 w + 8, 3) uint8``, white between them.
    """
    changed = [augment(pixels, augmentation, *seed, number) for number in range(ACROSS * ACROSS)]
    return grid(changed, pixels.shape, ACROSS)


_DRAWN = ("rotation", "right", "down", "zoom", "brightness", "contrast")


def moved(pixels: Pixels, *, degrees: float, right: float, down: float, factor: float) -> Pixels:
    """Turn a photo about its centre, enlarge it, then shift it; its mirror image fills the edges.

    The point that is seen at `p` comes from ``centre + M (p - centre - shift)`` with
    ``M = rotation(-degrees) / factor``: pixels are looked up, none is left empty.

    Args:
        pixels: ``(h, w, 3) uint8 0..255``.
        degrees: counter-clockwise.
        right: shift in pixels.
        down: shift in pixels.
        factor: of the size, above 0; 2 shows everything twice as large.

    Returns:
        ``(h, w, 3) uint8 0..255``, bilinear.
    """
    height, width = pixels.shape[:2]
    turn = math.radians(degrees)
    cosine, sine = math.cos(turn) / factor, math.sin(turn) / factor
    matrix = np.array([[cosine, -sine], [sine, cosine]])  # y grows downwards
    centre = np.array([width / 2, height / 2])
    offset = centre - matrix @ (centre + np.array([right, down]))
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]]) @ matrix.T + offset
    # Only what is looked at is laid out, with a pixel more for the interpolation.
    left, top = np.floor(corners.min(axis=0)).astype(int) - 1
    columns = _mirrored(left, int(np.ceil(corners[:, 0].max())) + 1, width)
    rows = _mirrored(top, int(np.ceil(corners[:, 1].max())) + 1, height)
    laid_out = Image.fromarray(pixels[:, columns][rows])
    (a, b), (c, d) = matrix.tolist()
    coefficients = (a, b, float(offset[0] - left), c, d, float(offset[1] - top))
    return np.asarray(
        laid_out.transform(
            (width, height), Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR
        )
    )


def relit(pixels: Pixels, *, brighter: float, factor: float) -> Pixels:
    """Change contrast about the mean of each channel, then brightness; values stay within 0..255.

    ``(x - mean) * factor + mean + 255 * brighter``, as in Keras's ``RandomContrast`` and
    ``RandomBrightness``.

    Args:
        pixels: ``(h, w, 3) uint8 0..255``.
        brighter: share of 255 that is added, -1..1.
        factor: of the distance from the mean, from 0.

    Returns:
        ``(h, w, 3) uint8 0..255``.
    """
    means = pixels.mean(axis=(0, 1), dtype=np.float64)
    values = np.arange(256)[:, np.newaxis]
    table = np.rint((values - means) * factor + means + 255 * brighter).clip(0, 255)
    # 256 answers a channel, looked up: four times as fast as computing each pixel.
    return np.asarray(Image.fromarray(pixels).point(table.T.ravel().astype(int).tolist()))


def _mirrored(start: int, end: int, length: int) -> NDArray[np.intp]:
    """Return the positions `start` to below `end`, folded back at 0 and at `length`: 1 0 | 0 1 2 | 2 1."""
    around = np.arange(start, end) % (2 * length)
    return np.minimum(around, 2 * length - 1 - around)
