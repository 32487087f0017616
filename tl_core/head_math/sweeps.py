"""How the weights of each head grow when one number of a set-up changes."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tl_core.backbones import MAX_INPUT_SIZE, get_backbone
from tl_core.checks import check_choice
from tl_core.head_math.heads import POOLINGS
from tl_core.head_math.setups import HeadSetup
from tl_core.head_math.stacks import totals

AXES = ("size", "channels", "units")
LARGEST_SIDE = 64
SIZE_STEP = 8
POWERS = tuple(2**power for power in range(13))
"""1, 2, 4 ... 4096: channels and units that are looked at."""


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """Weights of every head along one axis; `current` is the index of the set-up itself."""

    values: tuple[int, ...]
    weights: Mapping[str, tuple[int, ...]]
    current: int


@functools.lru_cache(maxsize=256)
def sweep(setup: HeadSetup, axis: str) -> Sweep:
    """Return the weights of the heads for many values of one number, the set-up's own among them.

    Args:
        setup: everything else stays as it is here.
        axis: ``size`` (input side in pixels, or the side of a free map), ``channels``, or ``units`` (of the
            first hidden Dense layer; a set-up without one gets one).

    Raises:
        SettingInvalid: there is no such axis.

    Example:
        >>> found = sweep(HeadSetup(config=HeadConfig(), free_map=(7, 7, 512)), "channels")
        >>> found.weights["gap"][found.current]
        1026
    """
    check_choice("axis", axis, AXES)
    own, others = _values(setup, axis)
    values = tuple(sorted({own, *others}))
    changed = [_changed(setup, axis, value) for value in values]
    weights = {
        pooling: tuple(totals(one.rows(pooling)).parameters for one in changed)
        for pooling in POOLINGS
    }
    return Sweep(values=values, weights=weights, current=values.index(own))


def _values(setup: HeadSetup, axis: str) -> tuple[int, tuple[int, ...]]:
    """Return the set-up's own value, and the others to look at."""
    if axis == "channels":
        return setup.feature_map[2], POWERS
    if axis == "units":
        return (setup.config.units or (1,))[0], POWERS
    if setup.backbone:
        least = get_backbone(setup.backbone).min_size
        return setup.size, (*range(least, MAX_INPUT_SIZE, SIZE_STEP), MAX_INPUT_SIZE)
    return setup.feature_map[0], tuple(range(1, LARGEST_SIDE + 1))


def _changed(setup: HeadSetup, axis: str, value: int) -> HeadSetup:
    height, width, channels = setup.feature_map
    if axis == "units":
        units = (value, *setup.config.units[1:])
        return replace(setup, config=replace(setup.config, units=units))
    if axis == "channels":
        return HeadSetup(config=setup.config, free_map=(height, width, value))
    if setup.backbone:
        return replace(setup, size=value)
    return replace(setup, free_map=(value, value, channels))
