"""MixUp and CutMix: training images that are two at once, with a label that says how much of each.

Zhang et al., mixup, 2018, https://arxiv.org/abs/1710.09412, and Yun et al., CutMix, 2019,
https://arxiv.org/abs/1905.04899; drawn for each image of a batch, as Keras's ``MixUp`` and ``CutMix`` do.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

ALPHA = {"mixup": 0.2, "cutmix": 1.0}
"""Both parameters of the beta distribution that a share is drawn from: those of the papers."""
DRAWN_FOR_MIXING = 7
"""At the end of the seed: NumPy fills short seeds with zeros, and that of an epoch's order is a short one."""


class Mix(NamedTuple):
    """With what each image of a batch is mixed."""

    partners: NDArray[np.int32]
    """``(b,)``: position of the other image in the batch; maybe its own."""
    shares: NDArray[np.float32]
    """``(b,)``: of the image itself, 0..1; the rest is the other one's."""
    boxes: NDArray[np.int32]
    """``(b, 4)``: top, left, bottom and right of what CutMix takes of the other one, in pixels."""


def mix_of_batch(kind: str, count: int, side: int, seed: tuple[int, int, int]) -> Mix:
    """Return what is mixed with what in one batch.

    Args:
        kind: ``mixup`` or ``cutmix``.
        count: images in the batch.
        side: of the images in pixels.
        seed: the run's seed, the epoch and the number of the batch in it: nothing else decides.

    Example:
        >>> mix_of_batch("mixup", 3, 160, (0, 4, 2)).partners.tolist()
        [0, 2, 1]
    """
    random = np.random.default_rng((*seed, DRAWN_FOR_MIXING))
    partners = random.permutation(count).astype(np.int32)
    shares = random.beta(ALPHA[kind], ALPHA[kind], count)
    boxes = np.zeros((count, 4), np.int32)
    if kind == "cutmix":
        lengths = np.rint(side * np.sqrt(1 - shares))
        starts = np.rint(random.random((2, count)) * (side - lengths))
        boxes = np.stack([*starts, *(starts + lengths)], axis=1).astype(np.int32)
        shares = 1 - (lengths / side) ** 2
    return Mix(partners, shares.astype(np.float32), boxes)


def cut_in(
    pixels: NDArray[np.uint8], partners: NDArray[np.int32], boxes: NDArray[np.int32]
) -> NDArray[np.uint8]:
    """Return a batch in which each image has a piece of its partner in the same place.

    Args:
        pixels: ``(b, h, w, 3) uint8``; unchanged.
        partners: see `Mix`.
        boxes: see `Mix`.
    """
    mixed = pixels.copy()
    for image, partner, (top, left, bottom, right) in zip(mixed, partners, boxes, strict=True):
        image[top:bottom, left:right] = pixels[partner, top:bottom, left:right]
    return mixed


def mixed_up(
    values: NDArray[np.float32], partners: NDArray[np.int32], shares: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return ``share * own + (1 - share) * partner's`` of each row of a batch: of features, or of labels.

    Args:
        values: ``(b, ...) float32``.
        partners: see `Mix`.
        shares: see `Mix`.
    """
    own = shares.reshape(-1, *[1] * (values.ndim - 1))
    return own * values + (1 - own) * values[partners]
