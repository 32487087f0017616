"""Weights that a person edits: checked, turned and scaled, and written as text for a URL."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tl_core.convolution.arrays import Array
from tl_core.errors import SettingInvalid
from tl_core.wording import N_

LARGEST_SIZE = 11
LARGEST_WEIGHT = 1e6
# No kernel of 11 x 11 x 3 needs more; a longer URL is refused before it is read.
LONGEST_TEXT = 8000

_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?(e-?[0-9]{1,3})?")


def check_weights(values: Any) -> Array:
    """Return `values` as weights, (kh, kw) or (kh, kw, 3) float32.

    Args:
        values: rows of numbers: nested lists or an array, 1 x 1 to 11 x 11.

    Raises:
        SettingInvalid: no numbers, ragged rows, too large, or a weight that is empty, not a number, not
            finite or beyond a million.
    """
    try:
        weights = np.array(values, np.float64)
    except (TypeError, ValueError, OverflowError):
        raise SettingInvalid(
            "Every weight must be a number, and every row must have the same number of weights."
        ) from None
    right = weights.ndim == 2 or (weights.ndim == 3 and weights.shape[2] == 3)
    if not right or not all(1 <= side <= LARGEST_SIZE for side in weights.shape[:2]):
        raise SettingInvalid(
            "A kernel has 1 x 1 to {most} x {most} weights, for one channel or three; received {shape}.",
            most=LARGEST_SIZE,
            shape=" x ".join(str(side) for side in weights.shape) or "1",
        )
    if np.isnan(weights).any():
        raise SettingInvalid("A weight is empty. Enter a number.")
    if not (np.abs(weights) <= LARGEST_WEIGHT).all():
        raise SettingInvalid(
            "A weight lies beyond ±{most}. Enter a number nearer to 0.",
            most=f"{LARGEST_WEIGHT:,.0f}",
        )
    return weights.astype(np.float32)


def weights_to_text(weights: Array) -> str:
    """Return `weights` as text that a URL carries unescaped: ``_`` between columns, ``~`` between rows.

    Three channels follow each other with ``~~`` between them. No digit is lost.

    Example:
        >>> weights_to_text(np.array([[0.1, -1], [2, 1e-20]], np.float32))
        '0.1_-1~2_1e-20'
    """
    return "~~".join(
        "~".join("_".join(map(shortest, row)) for row in plane) for plane in planes_of(weights)
    )


def planes_of(weights: Array) -> Array:
    """Return (kh, kw) or (kh, kw, 3) weights with their channels first, (1 or 3, kh, kw)."""
    return weights[None] if weights.ndim == 2 else np.moveaxis(weights, -1, 0)


def weights_from_text(text: str) -> Array:
    """Return the weights that `weights_to_text` wrote.

    Raises:
        SettingInvalid: as `check_weights`, or if `text` is not such a text.
    """
    planes = [
        [row.split("_") for row in plane.split("~")]
        for plane in text[: LONGEST_TEXT + 1].split("~~")
    ]
    numbers = [number for plane in planes for row in plane for number in row]
    if len(text) > LONGEST_TEXT or not all(_NUMBER.fullmatch(number) for number in numbers):
        raise SettingInvalid(
            "The kernel in the address cannot be read: {text}. Write weights as 1_0_-1~2_0_-2~1_0_-1.",
            text=text[:40],
        )
    try:
        weights = np.array(planes, np.float64)
    except ValueError:
        return check_weights(planes)
    return check_weights(weights[0] if len(weights) == 1 else np.moveaxis(weights, 0, -1))


def rotate(weights: Array) -> Array:
    """Turn by 90 degrees, counter-clockwise."""
    return np.rot90(weights)


def flip_horizontal(weights: Array) -> Array:
    """Swap left and right."""
    return weights[:, ::-1]


def flip_vertical(weights: Array) -> Array:
    """Swap top and bottom."""
    return weights[::-1]


def negate(weights: Array) -> Array:
    """Change every sign."""
    return 0 - weights


def normalise(weights: Array) -> Array:
    """Scale to the sum 1, which keeps the brightness; if the sum is near 0, to the absolute sum 1.

    Near means within a thousandth of the absolute sum. Weights that are all 0 stay so.
    """
    absolute = np.abs(weights).sum(dtype=np.float64)
    total = weights.sum(dtype=np.float64)
    divisor = total if abs(total) > absolute / 1000 else absolute
    return (weights / divisor).astype(np.float32) if absolute else weights


def resize(weights: Array, size: tuple[int, int]) -> Array:
    """Cut or pad with zeros to `size` (height, width), keeping the middle in the middle.

    Where it cannot be even, the extra row or column is cut or added at the end, as padding ``same`` does.
    """
    for axis, wanted in enumerate(size):
        extra = wanted - weights.shape[axis]
        before = abs(extra) // 2
        if extra >= 0:
            margin = [(0, 0)] * weights.ndim
            margin[axis] = before, extra - before
            weights = np.pad(weights, margin)
        else:
            weights = np.moveaxis(np.moveaxis(weights, axis, 0)[before : before + wanted], 0, axis)
    return weights


@dataclass(frozen=True, kw_only=True)
class Operation:
    """Something to do to the weights with one click."""

    name: str
    title: str
    description: str
    apply: Callable[[Array], Array]


_OPERATIONS = (
    Operation(
        name="rotate",
        title=N_("Rotate"),
        description=N_("Turn all weights by 90 degrees, counter-clockwise."),
        apply=rotate,
    ),
    Operation(
        name="flip_horizontal",
        title=N_("Mirror"),
        description=N_("Swap left and right."),
        apply=flip_horizontal,
    ),
    Operation(
        name="flip_vertical",
        title=N_("Upside down"),
        description=N_("Swap top and bottom."),
        apply=flip_vertical,
    ),
    Operation(
        name="negate",
        title=N_("Negate"),
        description=N_(
            "Change the sign of every weight: negative and positive results change places."
        ),
        apply=negate,
    ),
    Operation(
        name="normalise",
        title=N_("Normalise"),
        description=N_(
            "Divide by the sum, so that the image keeps its brightness; where the sum is 0, by the sum "
            "without signs."
        ),
        apply=normalise,
    ),
)


def list_operations() -> tuple[Operation, ...]:
    """Return what can be done to the weights with one click, in the order in which a page shows it."""
    return _OPERATIONS


def shortest(weight: np.float32) -> str:
    """Return the shortest text that gives this float32 back: ``1``, ``-0.1``, ``1e-20``."""
    return str(weight + np.float32(0)).removesuffix(".0").replace("+", "")
