"""Tells which pictures show the same: the same file saved again, shrunk, cropped a little, or the next frame.

Two steps. A 64-bit perceptual hash finds pairs in a few milliseconds a thousand images; a comparison of small
colour pictures then sorts out those that only have like shapes in the same places. Measured on 800 photos of
cats and dogs and on the 287 emoji: no false pair (by the hash alone 14 and 55). Of 272 of them changed on
purpose all were found that had been saved at JPEG quality 30, halved in size or turned by 2 degrees, 99 % of
those 15 % brighter or cropped by 3 % a side, 93 % of those shifted by 2 %, 63 % of those cropped by 6 %.

Source of the hash: C. Zauner, Implementation and benchmarking of perceptual image hash functions, 2010 (the
DCT hash, there of 64 coefficients against their median).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tl_core.images import Picture, Pixels

HASH_SIDE = 32
FREQUENCIES = 8
MOST_BITS = 14
"""Bits of 64 in which the hashes of one picture may differ."""
THUMB_SIDE = 16
MOST_DIFFERENCE = 20.0
"""Mean difference of the small pictures, of 0..255, once both have the same brightness."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What is remembered of a picture.

    Args:
        hash: 64 bits, alike for alike pictures.
        mirrored: the hash of its mirror image, left and right exchanged.
        thumb: ``(16 * 16 * 3,) int16``, the small picture with its mean brightness taken away.
        shortest: its shorter side, in pixels; exact below `images.opened`'s ``at_least``.
    """

    hash: int
    mirrored: int
    thumb: NDArray[np.int16]
    shortest: int


def look_into(file: Picture) -> Look:
    """Return what is remembered of an opened picture."""
    colours = file.resized(THUMB_SIDE, THUMB_SIDE).astype(np.int16).ravel()
    square = file.resized(HASH_SIDE, HASH_SIDE)
    return Look(
        hash=perceptual_hash(square),
        mirrored=perceptual_hash(square[:, ::-1]),
        thumb=colours - np.int16(colours.mean()),
        shortest=min(file.height, file.width),
    )


def perceptual_hash(square: Pixels) -> int:
    """Return 64 bits: which low frequencies of the grey picture are stronger than their median.

    Args:
        square: the picture, squashed to ``(32, 32, 3) uint8 0..255``.

    Returns:
        0 to 2**64 - 1; the first bit, the mean brightness, is always 0.
    """
    grey = np.asarray(Image.fromarray(square).convert("L"), np.float64)
    strength = (_COSINES @ grey @ _COSINES.T).ravel().round(3)  # a plain picture has no frequencies
    bits = strength > np.median(strength[1:])
    bits[0] = False
    return int(np.packbits(bits).view(">u8")[0])


def alike(looks: Sequence[Look]) -> list[list[int]]:
    """Return the groups of pictures that show the same, directly or by way of others in the group.

    Args:
        looks: the pictures.

    Returns:
        Groups of two or more ascending indices, ordered by their first.

    Example:
        >>> alike([photo, another, smaller_photo])
        [[0, 2]]
    """
    hashes = np.array([look.hash for look in looks], np.uint64)
    thumbs = np.array([look.thumb for look in looks], np.int16)
    group = np.arange(len(looks))
    for place in range(len(looks)):
        # What is in the same group already needs no comparison: a burst of 1,000 frames costs one row.
        near = np.bitwise_count(hashes[place + 1 :] ^ hashes[place]) <= MOST_BITS
        others = place + 1 + np.flatnonzero(near & (group[place + 1 :] != group[place]))
        difference = np.abs(thumbs[others] - thumbs[place]).mean(axis=1, dtype=np.float64)
        same = others[difference <= MOST_DIFFERENCE]
        if len(same):
            group[np.isin(group, group[same])] = group[place]
    members: defaultdict[int, list[int]] = defaultdict(list)
    for place, number in enumerate(group.tolist()):
        members[number].append(place)
    return [found for found in members.values() if len(found) > 1]


def mirror_images(looks: Sequence[Look], labels: Sequence[int]) -> list[tuple[int, int]]:
    """Return the pairs of pictures of two classes of which one is the mirror image of the other.

    Args:
        looks: the pictures.
        labels: the class of each.

    Returns:
        Pairs of ascending indices, ordered; not those that look alike without a mirror too.
    """
    hashes = np.array([look.hash for look in looks], np.uint64)
    thumbs = np.array([look.thumb for look in looks], np.int16)
    classes = np.array(labels)
    shape = (THUMB_SIDE, THUMB_SIDE, 3)
    pairs = []
    for place, look in enumerate(looks):
        turned = look.thumb.reshape(shape)[:, ::-1].ravel()
        near = np.bitwise_count(hashes[place + 1 :] ^ np.uint64(look.mirrored)) <= MOST_BITS
        others = place + 1 + np.flatnonzero(near & (classes[place + 1 :] != classes[place]))
        mirrored = np.abs(thumbs[others] - turned).mean(axis=1, dtype=np.float64)
        plain = np.abs(thumbs[others] - look.thumb).mean(axis=1, dtype=np.float64)
        found = others[(mirrored <= MOST_DIFFERENCE) & (mirrored < plain)]
        pairs += [(place, int(other)) for other in found]
    return pairs


def _cosines() -> NDArray[np.float64]:
    """Return the rows of the discrete cosine transform (type II) for the lowest frequencies."""
    frequency = np.arange(FREQUENCIES)[:, None]
    place = np.arange(HASH_SIDE)[None]
    return np.asarray(np.cos(np.pi * frequency * (2 * place + 1) / (2 * HASH_SIDE)))


_COSINES = _cosines()
