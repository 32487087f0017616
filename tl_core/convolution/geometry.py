"""Where a kernel goes: sizes, padding, stride and dilation, without a single pixel value.

Everything in two dimensions is the product of two independent axes, so an `Axis` knows all of it for one
direction and a `Geometry` puts two together. Convolution and pooling, engine and page share these classes.
"""

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from tl_core.checks import check_choice
from tl_core.convolution.arrays import Integers
from tl_core.convolution.axis import Axis
from tl_core.errors import SettingInvalid

Pair: TypeAlias = tuple[int, int]
Sides: TypeAlias = tuple[int, int, int, int]

PADDINGS = ("valid", "same", "full")
FILLS = ("zeros", "constant", "reflect", "replicate", "wrap")
MOST_KERNEL = 1024
MOST_STRIDE = 32
MOST_PADDING = 256


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """How a kernel is slid over any image; pairs are (vertical, horizontal).

    Args:
        kernel: weights, or a pooling window, (height, width).
        stride: pixels from one position to the next, 1 to 32.
        dilation: pixels from one weight to the next, 1 to 32; 1 leaves no gaps.
        padding: ``valid`` (none), ``same`` (output = input / stride, as Keras does it, one pixel more at the
            end where it cannot be even), ``full`` (every overlap of at least one pixel), pixels on each side,
            or (top, bottom, left, right).
        fill: what the padding holds: ``zeros``, ``constant``, ``reflect`` (mirrored without repeating the
            border pixel), ``replicate`` (the border pixel) or ``wrap`` (the opposite side).
        constant: the value for the fill ``constant``, in pixel units.

    Raises:
        SettingInvalid: if a value is outside its range.

    Example:
        >>> Geometry(kernel=(3, 3), stride=(2, 2), padding="same").output_size((7, 8))
        (4, 4)
    """

    kernel: Pair
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: str | int | Sides = "valid"
    fill: str = "zeros"
    constant: float = 0.0

    def __post_init__(self) -> None:
        for name, most in (
            ("kernel", MOST_KERNEL),
            ("stride", MOST_STRIDE),
            ("dilation", MOST_STRIDE),
        ):
            _check_numbers(name, getattr(self, name), 2, 1, most)
        if isinstance(self.padding, str):
            check_choice("padding", self.padding, PADDINGS)
        elif isinstance(self.padding, tuple):
            _check_numbers("padding", self.padding, 4, 0, MOST_PADDING)
        else:
            _check_numbers("padding", (self.padding,), 1, 0, MOST_PADDING)
        check_choice("fill", self.fill, FILLS)
        if not isinstance(self.constant, int | float) or not math.isfinite(self.constant):
            raise SettingInvalid(
                "The constant for the padding must be a finite number, received {value}.",
                value=self.constant,
            )

    @property
    def keras_can(self) -> bool:
        """Whether a Keras layer accepts it: Keras refuses a stride together with a dilation."""
        return self.stride == (1, 1) or self.dilation == (1, 1)

    def axes(self, image_size: Pair) -> tuple[Axis, Axis]:
        """Return the vertical and the horizontal axis on an image of (height, width) pixels.

        Raises:
            SettingInvalid: if this geometry cannot exist on that image.
        """
        check(self, image_size)
        return _axis(self, image_size, 0), _axis(self, image_size, 1)

    def output_size(self, image_size: Pair) -> Pair:
        """Return (height, width) of the result; raises as `axes` does."""
        vertical, horizontal = self.axes(image_size)
        return vertical.output, horizontal.output

    def sides(self, image_size: Pair) -> Sides:
        """Return the padding in pixels, (top, bottom, left, right); raises as `axes` does."""
        vertical, horizontal = self.axes(image_size)
        return vertical.before, vertical.after, horizontal.before, horizontal.after

    def usage_map(self, image_size: Pair) -> Integers:
        """Return how often each image pixel enters a product, shape (h, w); raises as `axes` does.

        A pixel that the padding copies (reflect, replicate, wrap) counts for its copies too.
        """
        vertical, horizontal = self.axes(image_size)
        return np.outer(vertical.usage(self.fill), horizontal.usage(self.fill))


def check(geometry: Geometry, image_size: Pair) -> None:
    """Raise SettingInvalid, with what to change, if `geometry` cannot exist on (height, width) pixels."""
    for direction in (0, 1):
        if image_size[direction] < 1:
            raise SettingInvalid("The image has no pixels left. Choose a larger image.")
        axis = _axis(geometry, image_size, direction)
        if axis.output == 0:
            raise SettingInvalid(
                "A kernel that covers {reach} pixels does not fit on {padded}, the image with its padding. "
                "Choose a smaller kernel or dilation, or more padding.",
                reach=axis.reach,
                padded=axis.padded,
            )
        if geometry.fill == "reflect" and max(axis.before, axis.after) >= axis.size:
            raise SettingInvalid(
                "A side of {size} pixels has no {padding} pixels to reflect. "
                "Choose less padding or another fill.",
                size=axis.size,
                padding=max(axis.before, axis.after),
            )


def formula(geometry: Geometry, image_size: Pair) -> tuple[tuple[str, dict[str, int]], ...]:
    """Return the size formula, vertical and horizontal, each as a template and the numbers for it.

    The rule is the one of https://arxiv.org/abs/1603.07285 (Dumoulin and Visin, "A guide to convolution
    arithmetic"); for ``same`` it is shorter.

    Example:
        >>> template, values = formula(Geometry(kernel=(3, 3), stride=(2, 2)), (8, 8))[0]
        >>> template.format(**values)
        '⌊(8 + 0 + 0 − 3) / 2⌋ + 1 = 3'
    """
    template = "⌊({size} + {before} + {after} − {kernel}) / {stride}⌋ + 1 = {output}"
    if geometry.padding == "same":
        template = "⌈{size} / {stride}⌉ = {output}"
    elif geometry.dilation != (1, 1):
        template = template.replace("{kernel}", "({dilation} × ({kernel} − 1) + 1)")
    names = ("size", "before", "after", "kernel", "dilation", "stride", "output")
    vertical, horizontal = (
        {name: getattr(axis, name) for name in names} for axis in geometry.axes(image_size)
    )
    return (template, vertical), (template, horizontal)


def _axis(geometry: Geometry, image_size: Pair, direction: int) -> Axis:
    size, kernel = image_size[direction], geometry.kernel[direction]
    stride, dilation = geometry.stride[direction], geometry.dilation[direction]
    before, after = _padding(geometry.padding, size, dilation * (kernel - 1) + 1, stride, direction)
    return Axis(
        size=size, kernel=kernel, stride=stride, dilation=dilation, before=before, after=after
    )


def _padding(
    padding: str | int | Sides, size: int, reach: int, stride: int, direction: int
) -> Pair:
    if isinstance(padding, tuple):
        return padding[2 * direction], padding[2 * direction + 1]
    if isinstance(padding, int):
        return padding, padding
    if padding == "full":
        return reach - 1, reach - 1
    if padding == "valid":
        return 0, 0
    total = max(0, (-(-size // stride) - 1) * stride + reach - size)
    return total // 2, total - total // 2


def _check_numbers(name: str, values: Any, count: int, least: int, most: int) -> None:
    right = isinstance(values, tuple) and len(values) == count
    if not right or not all(type(value) is int and least <= value <= most for value in values):
        raise SettingInvalid(
            "{name} needs {count} whole numbers from {least} to {most}, received {value}.",
            name=name,
            count=count,
            least=least,
            most=most,
            value=values,
        )
