"""Finds photos that were made from one photo, or in one go: turned, cut into tiles, taken from one film."""

import re
from collections import Counter
from collections.abc import Sequence

from tl_core.datasets.reading.listing import Listed

DERIVED = 0.3
"""Share of a class's photos that must have been made from others before any are kept together."""
LEAST_GROUPS = 5
LEAST_FILMS = 2
MOST_TOGETHER = 50
"""Photos of one group; more is a way of counting, such as ``img.jpg``, ``img_1.jpg``, ``img_2.jpg``."""

_ROBOFLOW = re.compile(r"(.+)\.rf\.[0-9a-zA-Z]+")
_WORDS = (
    "augmented|aug|flipped|flip|mirrored|mirror|rotated|rotate|rot|bright|dark|noise|noisy|blur|crop|zoom|shift|shear|"
    "hflip|vflip|lr|ud|증강"
)
_CHANGE = re.compile(rf"(.+?)[\s._-]+\(?((?:{_WORDS})?[\s._-]*\d*)\)?", re.IGNORECASE)
_NAMED_CHANGE = re.compile(rf"(.+?)[\s._-]+\(?(?:{_WORDS})[\s._-]*\d*\)?", re.IGNORECASE)
_FRAME = re.compile(r"(.+?)[\s._-]*(?:frame|frm|프레임)[\s._-]*\d+", re.IGNORECASE)
_TWO_NUMBERS = re.compile(r"(.*?(?<!\d)\d{1,6})[_-]\d{1,7}")
"""Keras' ``_0_4711``, a tile, a track and its picture; not a date and a time."""


def siblings(photos: Sequence[Listed]) -> dict[str, str]:
    """Return name of a photo -> what it was made from, for all photos of one class or none.

    Example:
        >>> siblings(photos)  # 0.jpg, 0_0.jpg, 0_1.jpg, 1.jpg, 1_0.jpg, ...
        {'leaf/0.jpg': 'leaf/0', 'leaf/0_0.jpg': 'leaf/0', ...}
    """
    paths = {photo.name: ("/".join(photo.trail), photo.stem) for photo in photos}
    known = set(paths.values())
    for origins, least in (
        ({name: _origin(*path, known) for name, path in paths.items()}, LEAST_GROUPS),
        ({name: _matched(_FRAME, *path) for name, path in paths.items()}, LEAST_FILMS),
        ({name: _matched(_TWO_NUMBERS, *path) for name, path in paths.items()}, LEAST_GROUPS),
    ):
        often = Counter(origins.values())
        derived = len(origins) - len(often)
        enough = derived >= DERIVED * len(origins) and len(often) >= least
        if enough and max(often.values()) <= MOST_TOGETHER:
            return origins
    return {}


def made_from(stem: str) -> str:
    """Return the stem of the photo that one says it was made from; empty if it does not.

    Example:
        >>> made_from("7_flipped"), made_from("7_jpg.rf.0a"), made_from("7_1")
        ('7', '7_jpg', '')
    """
    match = _ROBOFLOW.fullmatch(stem) or _NAMED_CHANGE.fullmatch(stem)
    return match[1] if match else ""


def _origin(folder: str, stem: str, known: set[tuple[str, str]]) -> str:
    """Return the path of the photo that one was made from; its own if that is not there."""
    if match := _ROBOFLOW.fullmatch(stem):
        return f"{folder}/{match[1]}"
    match = _CHANGE.fullmatch(stem)
    return f"{folder}/{match[1] if match and (folder, match[1]) in known else stem}"


def _matched(pattern: re.Pattern[str], folder: str, stem: str) -> str:
    match = pattern.fullmatch(stem)
    return f"{folder}/{match[1] if match else stem}"
