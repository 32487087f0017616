"""Ways to spoil a photo, little by little: what a trained network must stand, and where it no longer does.

    pixels as the network sees them --damaged(kind, level)--> pixels of the same shape

Level 0 leaves the photo as it is. Where chance plays a part, the same seed gives the same damage, and every
level more of it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from tl_core.checks import check_range, look_up
from tl_core.images import Pixels, encode_jpeg, load_shrunk, resize
from tl_core.training.augmentation import moved
from tl_core.wording import N_

LEVELS = 10
GREY = 128
"""What covers a part of the photo, in every channel."""


@dataclass(frozen=True, kw_only=True)
class Damage:
    """One way to spoil a photo.

    Args:
        name: in links.
        title: for people, marked with `N_`.
        amount: how a level is called, marked with `N_`; ``{amount}`` in it is the level's number.
        axis: what the numbers are, with their unit, marked with `N_`.
        amounts: `LEVELS` of them; the first changes nothing.
        apply: the photo, an amount and a seed -> the spoilt photo.
        random: whether the seed counts.
    """

    name: str
    title: str
    amount: str
    axis: str
    amounts: tuple[float, ...]
    apply: Callable[[Pixels, float, int], Pixels]
    random: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Broken:
    """What a trained network says of a photo as it is spoilt.

    Args:
        shares: ``(levels, classes) float64``, each row sums to 1; the first row is the photo as it is.
    """

    shares: NDArray[np.float64]

    @property
    def guesses(self) -> tuple[int, ...]:
        """The label of the surest class at each level."""
        return tuple(int(row[-1]) for row in np.argsort(self.shares, axis=1, kind="stable"))


@dataclass(frozen=True, kw_only=True)
class Flip:
    """Where an answer changes.

    Args:
        level: the first one with another answer than the photo as it is.
        label: what is said there.
        lasting: whether that is said at all further levels too.
    """

    level: int
    label: int
    lasting: bool


def list_damages() -> tuple[Damage, ...]:
    """Return all kinds of damage, in the order in which a page shows them."""
    return _DAMAGES


def get_damage(name: str) -> Damage:
    """Return a kind of damage; raises SettingInvalid if there is none of that name."""
    known = {one.name: one for one in _DAMAGES}
    return look_up(known, name, N_("There is no damage {name}. Choose one of {valid}."))


def damaged(pixels: Pixels, kind: str, level: int, seed: int = 0) -> Pixels:
    """Return a photo, spoilt.

    Args:
        pixels: ``(h, w, 3) uint8 0..255``; unchanged.
        kind: name of a `Damage`.
        level: from 0, which returns `pixels` itself, to `LEVELS` - 1.
        seed: of chance, from 0; counts for a `Damage` that is random.

    Returns:
        ``(h, w, 3) uint8 0..255``, maybe read-only.

    Raises:
        SettingInvalid: there is no such damage or level.
    """
    damage = get_damage(kind)
    check_range("level", level, 0, LEVELS - 1)
    if not level:
        return pixels
    return damage.apply(pixels, damage.amounts[level], seed)


def first_flip(guesses: tuple[int, ...]) -> Flip | None:
    """Return where an answer changes first; None if it never does.

    Args:
        guesses: the label at each level.

    Example:
        >>> first_flip((0, 0, 1, 1))
        Flip(level=2, label=1, lasting=True)
    """
    for level, label in enumerate(guesses):
        if label != guesses[0]:
            return Flip(level=level, label=label, lasting=set(guesses[level:]) == {label})
    return None


def _rotated(pixels: Pixels, degrees: float, _: int) -> Pixels:
    return moved(pixels, degrees=degrees, right=0, down=0, factor=1)


def _blurred(pixels: Pixels, deviation: float, _: int) -> Pixels:
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(deviation)))


def _darkened(pixels: Pixels, taken: float, _: int) -> Pixels:
    return _rounded(pixels * (1 - taken / 100))


def _noisy(pixels: Pixels, deviation: float, seed: int) -> Pixels:
    noise = np.random.default_rng(seed).standard_normal(pixels.shape, np.float32)
    return _rounded(pixels + deviation * noise)


def _compressed(pixels: Pixels, quality: float, _: int) -> Pixels:
    data = encode_jpeg(pixels, int(quality))
    return load_shrunk(data, "compressed.jpg", max(pixels.shape))


def _cropped(pixels: Pixels, taken: float, _: int) -> Pixels:
    top, bottom, left, right = _middle(pixels, 1 - taken / 100)
    height, width = pixels.shape[:2]
    return resize(np.ascontiguousarray(pixels[top:bottom, left:right]), height, width)


def _covered(pixels: Pixels, side: float, _: int) -> Pixels:
    top, bottom, left, right = _middle(pixels, side / 100)
    covered = pixels.copy()
    covered[top:bottom, left:right] = GREY
    return covered


def _middle(pixels: Pixels, share: float) -> tuple[int, int, int, int]:
    """Return the edges of the middle part: top, bottom, left, right."""
    height, width = pixels.shape[:2]
    down, across = (max(1, round(length * share)) for length in (height, width))
    top, left = (height - down) // 2, (width - across) // 2
    return top, top + down, left, left + across


def _rounded(values: NDArray[np.floating]) -> Pixels:
    pixels: Pixels = np.rint(values.clip(0, 255)).astype(np.uint8)
    return pixels


_DAMAGES = (
    Damage(
        name="rotate",
        title=N_("Rotate"),
        amount=N_("a turn of {amount}°"),
        axis=N_("Turned by (degrees)"),
        amounts=(0, 20, 40, 60, 80, 100, 120, 140, 160, 180),
        apply=_rotated,
    ),
    Damage(
        name="blur",
        title=N_("Blur"),
        amount=N_("a blur of {amount} px"),
        axis=N_("Standard deviation of the blur (pixels)"),
        amounts=(0, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 12),
        apply=_blurred,
    ),
    Damage(
        name="darken",
        title=N_("Darken"),
        amount=N_("{amount} % less light"),
        axis=N_("Light taken away (%)"),
        amounts=(0, 10, 20, 30, 40, 50, 60, 70, 80, 90),
        apply=_darkened,
    ),
    Damage(
        name="noise",
        title=N_("Noise"),
        amount=N_("noise of {amount}"),
        axis=N_("Standard deviation of the noise (of 255)"),
        amounts=(0, 5, 10, 20, 30, 40, 60, 80, 100, 140),
        apply=_noisy,
        random=True,
    ),
    Damage(
        name="jpeg",
        title=N_("JPEG quality"),
        amount=N_("JPEG quality {amount}"),
        axis=N_("JPEG quality (100: as it is)"),
        amounts=(100, 90, 80, 60, 40, 30, 20, 10, 5, 1),
        apply=_compressed,
    ),
    Damage(
        name="crop",
        title=N_("Crop"),
        amount=N_("a crop of {amount} %"),
        axis=N_("Cut off width and height (%)"),
        amounts=(0, 10, 20, 30, 40, 50, 60, 70, 80, 90),
        apply=_cropped,
    ),
    Damage(
        name="cover",
        title=N_("Cover the middle"),
        amount=N_("a cover of {amount} %"),
        axis=N_("Covered of width and height (%)"),
        amounts=(0, 10, 20, 30, 40, 50, 60, 70, 80, 90),
        apply=_covered,
    ),
)
