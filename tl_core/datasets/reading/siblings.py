"""Finds photos that were made from one photo: turned, mirrored or cut, and saved beside it."""

import re
from collections import Counter
from collections.abc import Sequence

from tl_core.datasets.reading.listing import Listed

DERIVED = 0.3
"""Share of a class's photos that must have been made from others before any are kept together."""
LEAST_GROUPS = 5
MOST_TOGETHER = 50
"""Photos of one group; more is a way of counting, such as ``img.jpg``, ``img_1.jpg``, ``img_2.jpg``."""

_ROBOFLOW = re.compile(r"(.+)\.rf\.[0-9a-zA-Z]+")
_CHANGE = re.compile(
    r"(.+?)[\s._-]+\(?((aug|augmented|flip|flipped|mirror|mirrored|rot|rotated?|bright|dark|noise|noisy|blur|crop|zoom|"
    r"shift|shear|hflip|vflip|lr|ud|증강)?[\s._-]*\d*)\)?",
    re.IGNORECASE,
)


def siblings(photos: Sequence[Listed]) -> dict[str, str]:
    """Return name of a photo -> the photo that it was made from, for all photos of one class or none.

    Example:
        >>> siblings(photos)  # 0.jpg, 0_0.jpg, 0_1.jpg, 1.jpg, 1_0.jpg, ...
        {'leaf/0.jpg': 'leaf/0', 'leaf/0_0.jpg': 'leaf/0', ...}
    """
    stems = {"/".join((*photo.trail, photo.stem)) for photo in photos}
    origin = {photo.name: _origin("/".join((*photo.trail, photo.stem)), stems) for photo in photos}
    often = Counter(origin.values())
    derived = len(origin) - len(often)
    if derived < DERIVED * len(origin) or len(often) < LEAST_GROUPS:
        return {}
    return origin if max(often.values()) <= MOST_TOGETHER else {}


def _origin(stem: str, stems: set[str]) -> str:
    """Return the stem of the photo that one was made from; its own if that is not there."""
    if match := _ROBOFLOW.fullmatch(stem):
        return match[1]
    match = _CHANGE.fullmatch(stem)
    return match[1] if match and match[1] in stems else stem
