"""The table of kernels: adding one is one entry."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tl_core.convolution import kernel_shapes as shapes
from tl_core.errors import SettingInvalid
from tl_core.wording import N_


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A number that a preset lets one choose; a whole number if its default is one."""

    name: str
    title: str
    default: int | float
    minimum: int | float
    maximum: int | float
    step: int | float = 1

    def check(self, value: Any) -> None:
        """Raise SettingInvalid unless `value` is a number of the right kind in the range."""
        kinds = (int, np.integer) if isinstance(self.default, int) else (int, float, np.number)
        usable = isinstance(value, kinds) and not isinstance(value, bool)
        if not usable or not self.minimum <= value <= self.maximum:
            raise SettingInvalid(
                "{name} must be a number from {minimum} to {maximum}, received {value}.",
                name=self.name,
                minimum=self.minimum,
                maximum=self.maximum,
                value=value,
            )


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A named kernel and what can be set on it; ``make`` returns the weights, or two for a magnitude."""

    name: str
    title: str
    description: str
    make: Callable[..., tuple[Any, ...]]
    parameters: tuple[Parameter, ...] = ()


def _fixed(*parts: NDArray[Any] | list[list[float]]) -> Callable[[], tuple[Any, ...]]:
    return lambda: parts


_SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
_PREWITT = np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]])
_SCHARR = np.array([[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]])
_HORIZONTAL_LINE = np.array([[-1] * 4, [1] * 4, [1] * 4, [-1] * 4])
_VERTICAL_LINE = np.array([[-1, 0, 2, 0, -1]] * 5)

_SIZE = Parameter(name="size", title=N_("Size"), default=3, minimum=1, maximum=11)
_ANGLE = Parameter(
    name="angle", title=N_("Angle in degrees"), default=0, minimum=0, maximum=180, step=5
)

PRESETS = (
    Preset(
        name="identity",
        title=N_("Identity"),
        description=N_("A single one in the middle: the image comes out as it went in."),
        make=_fixed([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
    ),
    Preset(
        name="box",
        title=N_("Box blur"),
        description=N_("All weights are the same, so each pixel becomes the mean of its patch."),
        make=shapes.box,
        parameters=(_SIZE,),
    ),
    Preset(
        name="gaussian",
        title=N_("Gaussian blur"),
        description=N_("A mean that trusts near pixels more: a softer blur than the box."),
        make=shapes.gaussian,
        parameters=(
            Parameter(
                name="sigma",
                title=N_("Sigma in pixels"),
                default=1.0,
                minimum=0.3,
                maximum=5.0,
                step=0.1,
            ),
            Parameter(name="size", title=N_("Size"), default=5, minimum=1, maximum=11),
        ),
    ),
    Preset(
        name="sharpen",
        title=N_("Sharpen"),
        description=N_("Adds to each pixel what sets it apart from its four neighbours."),
        make=_fixed([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    ),
    Preset(
        name="emboss",
        title=N_("Emboss"),
        description=N_(
            "Dark to bright along the diagonal looks like a relief lit from one corner."
        ),
        make=_fixed([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]),
    ),
    Preset(
        name="outline",
        title=N_("Outline"),
        description=N_(
            "Blurs and finds edges in one step: thicker lines than a Laplacian, and soft edges stand "
            "out more from noise."
        ),
        make=_fixed(
            [
                [0, 0, -1, 0, 0],
                [0, -1, -2, -1, 0],
                [-1, -2, 16, -2, -1],
                [0, -1, -2, -1, 0],
                [0, 0, -1, 0, 0],
            ]
        ),
    ),
    Preset(
        name="sobel_x",
        title=N_("Sobel x"),
        description=N_(
            "Right minus left, the middle row counting double: answers to vertical edges."
        ),
        make=_fixed(_SOBEL),
    ),
    Preset(
        name="sobel_y",
        title=N_("Sobel y"),
        description=N_(
            "Below minus above: the same kernel turned, so it answers to horizontal edges."
        ),
        make=_fixed(_SOBEL.T),
    ),
    Preset(
        name="sobel_magnitude",
        title=N_("Sobel magnitude"),
        description=N_(
            "The length of the arrow made of Sobel x and Sobel y: edges of every direction."
        ),
        make=_fixed(_SOBEL, _SOBEL.T),
    ),
    Preset(
        name="prewitt_x",
        title=N_("Prewitt x"),
        description=N_("Right minus left with all three rows alike: plainer than Sobel x."),
        make=_fixed(_PREWITT),
    ),
    Preset(
        name="prewitt_y",
        title=N_("Prewitt y"),
        description=N_("Below minus above with all three columns alike."),
        make=_fixed(_PREWITT.T),
    ),
    Preset(
        name="prewitt_magnitude",
        title=N_("Prewitt magnitude"),
        description=N_("Prewitt x and Prewitt y together: edges of every direction."),
        make=_fixed(_PREWITT, _PREWITT.T),
    ),
    Preset(
        name="scharr_x",
        title=N_("Scharr x"),
        description=N_(
            "Like Sobel x; together with Scharr y more even for stripes of every direction."
        ),
        make=_fixed(_SCHARR),
    ),
    Preset(
        name="scharr_y",
        title=N_("Scharr y"),
        description=N_(
            "Like Sobel y; together with Scharr x more even for stripes of every direction."
        ),
        make=_fixed(_SCHARR.T),
    ),
    Preset(
        name="scharr_magnitude",
        title=N_("Scharr magnitude"),
        description=N_(
            "Scharr x and Scharr y together: nearly equally strong for stripes of every direction."
        ),
        make=_fixed(_SCHARR, _SCHARR.T),
    ),
    Preset(
        name="laplacian_4",
        title=N_("Laplacian, 4 neighbours"),
        description=N_(
            "Each pixel against its four neighbours: zero on flat areas and even slopes."
        ),
        make=_fixed([[0, -1, 0], [-1, 4, -1], [0, -1, 0]]),
    ),
    Preset(
        name="laplacian_8",
        title=N_("Laplacian, 8 neighbours"),
        description=N_(
            "Each pixel against all eight neighbours: answers to edges and corners of every direction."
        ),
        make=_fixed([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
    ),
    Preset(
        name="horizontal_line",
        title=N_("Horizontal line, 4 × 4"),
        description=N_("Looks like what it finds: a bright horizontal line, two pixels thick."),
        make=_fixed(_HORIZONTAL_LINE),
    ),
    Preset(
        name="vertical_line",
        title=N_("Vertical line, 5 × 5"),
        description=N_("Looks like what it finds: a bright vertical line, one pixel thick."),
        make=_fixed(_VERTICAL_LINE),
    ),
    Preset(
        name="both_lines",
        title=N_("Sum of both line kernels"),
        description=N_(
            "The two line kernels added: without padding, its result is the sum of their results."
        ),
        make=_fixed(np.pad(_HORIZONTAL_LINE, ((0, 1), (0, 1))) + _VERTICAL_LINE),
    ),
    Preset(
        name="motion_blur",
        title=N_("Motion blur"),
        description=N_(
            "The mean along a line, as if the camera had moved while the shutter was open."
        ),
        make=shapes.motion_blur,
        parameters=(
            _ANGLE,
            Parameter(
                name="length", title=N_("Length in pixels"), default=9, minimum=1, maximum=11
            ),
        ),
    ),
    Preset(
        name="gabor",
        title=N_("Gabor"),
        description=N_(
            "A wave under a bell: answers most to stripes of about one direction and one width."
        ),
        make=shapes.gabor,
        parameters=(
            _ANGLE,
            Parameter(
                name="wavelength",
                title=N_("Wavelength in pixels"),
                default=5.0,
                minimum=2.0,
                maximum=11.0,
                step=0.5,
            ),
        ),
    ),
    Preset(
        name="random",
        title=N_("Random"),
        description=N_(
            "Random numbers, as in a new layer before it has learned anything; there they are smaller."
        ),
        make=shapes.random,
        parameters=(
            Parameter(name="seed", title=N_("Seed"), default=0, minimum=0, maximum=9999),
            _SIZE,
        ),
    ),
)
