"""Kernels by name: what each is, what can be set, and the weights that come out."""

from dataclasses import dataclass

import numpy as np

from tl_core.checks import look_up
from tl_core.convolution.arrays import Array
from tl_core.convolution.kernel_presets import PRESETS, Parameter, Preset
from tl_core.errors import SettingInvalid
from tl_core.wording import N_

_BY_NAME = {preset.name: preset for preset in PRESETS}

__all__ = ["Kernel", "Parameter", "Preset", "get_kernel", "list_kernels"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Kernel:
    """A kernel ready to use, read-only.

    Attributes:
        name: key of the preset, or ``custom``.
        title: English, translatable.
        description: one sentence, English, translatable.
        weights: (kh, kw) or (kh, kw, 3) float32.
        second: for a magnitude, the weights of the other direction; the result is then
            sqrt(first**2 + second**2). Otherwise None.
    """

    name: str
    title: str
    description: str
    weights: Array
    second: Array | None = None

    def __post_init__(self) -> None:
        for part in self.parts:
            part.setflags(write=False)

    @property
    def parts(self) -> tuple[Array, ...]:
        """The weights of one kernel, or of both directions of a magnitude."""
        return (self.weights,) if self.second is None else (self.weights, self.second)


def list_kernels() -> tuple[Preset, ...]:
    """Return all presets, in the order in which a page shows them."""
    return PRESETS


def get_kernel(name: str, **parameters: int | float) -> Kernel:
    """Return the kernel of a preset; a parameter that is not given takes its default.

    Raises:
        SettingInvalid: no such preset, no such parameter, or a value outside its range.

    Example:
        >>> get_kernel("box", size=2).weights.tolist()
        [[0.25, 0.25], [0.25, 0.25]]
    """
    preset = look_up(_BY_NAME, name, N_("There is no kernel {name}. Choose one of {valid}."))
    known = {parameter.name: parameter for parameter in preset.parameters}
    values: dict[str, int | float] = {name: parameter.default for name, parameter in known.items()}
    for key, value in parameters.items():
        if key not in known:
            raise SettingInvalid(
                "The kernel {name} has no parameter {parameter}. It has: {valid}.",
                name=name,
                parameter=key,
                valid=", ".join(known) or "-",
            )
        known[key].check(value)
        values[key] = value
    weights, *second = (np.array(part, np.float32) for part in preset.make(**values))
    return Kernel(
        name=name,
        title=preset.title,
        description=preset.description,
        weights=weights,
        second=second[0] if second else None,
    )
