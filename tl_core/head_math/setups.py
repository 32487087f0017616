"""A set-up of the calculator: what two heads stand on, and everything that they share."""

import re
from dataclasses import dataclass
from functools import lru_cache

from tl_core.backbones import get_backbone
from tl_core.errors import SettingInvalid
from tl_core.head_math.heads import HeadConfig, check_feature_map, describe_head
from tl_core.head_math.layers import LayerRow, Shape

MAX_HIDDEN = 4
"""Hidden Dense layers that the calculator's controls take."""
MAX_HIDDEN_UNITS = 4096
MAX_TEXT = 120

BIASES = {
    "all": (True, True),
    "hidden": (True, False),
    "last": (False, True),
    "none": (False, False),
}
"""Which Dense layers have a bias -> (the hidden ones, the last one)."""
_BIAS_NAMES = {flags: name for name, flags in BIASES.items()}


@dataclass(frozen=True, kw_only=True)
class HeadSetup:
    """Heads on a backbone at an input size, or on a free feature map when `backbone` is empty.

    The pooling of `config` is the one that the set-up is known for; `rows` takes any.

    Example:
        >>> setup = HeadSetup(config=HeadConfig(units=(256,)), backbone="vgg16", size=224)
        >>> setup.text
        'vgg16-224_256_2_softmax_all_0'
        >>> sum(row.parameters for row in setup.rows("gap"))
        131842
    """

    config: HeadConfig
    backbone: str = ""
    size: int = 0
    free_map: Shape = ()

    @property
    def feature_map(self) -> Shape:
        """`(h, w, channels)` that the heads stand on."""
        return _feature_map(self.backbone, self.size) if self.backbone else self.free_map

    @property
    def frozen(self) -> int:
        """Weights of the backbone, which stay as they are; 0 for a free feature map."""
        return get_backbone(self.backbone).parameters if self.backbone else 0

    def with_pooling(self, pooling: str) -> HeadConfig:
        """Return the head with another pooling."""
        return HeadConfig(**{**vars(self.config), "pooling": pooling})

    def rows(self, pooling: str) -> tuple[LayerRow, ...]:
        """Return one row a layer of the head with `pooling`, see `describe_head`."""
        return describe_head(self.feature_map, self.with_pooling(pooling))

    @property
    def text(self) -> str:
        """The set-up as short text for a URL, without the pooling; `read_setup` reads it."""
        place = (
            f"{self.backbone}-{self.size}" if self.backbone else "x".join(map(str, self.free_map))
        )
        units = ".".join(map(str, self.config.units))
        shared = (self.config.classes, self.config.activation, bias_name(self.config))
        return "_".join(map(str, (place, units, *shared, f"{self.config.dropout:g}")))


@lru_cache(256)
def _feature_map(backbone: str, size: int) -> Shape:
    return get_backbone(backbone).feature_shape(size)


def read_setup(text: str) -> HeadSetup:
    """Return the set-up that `HeadSetup.text` wrote.

    Raises:
        SettingInvalid: the text is not of that form, or a value is out of range.
    """
    try:
        place, units, classes, activation, bias, dropout = text[:MAX_TEXT].split("_")
        hidden, last = BIASES[bias]
        config = HeadConfig(
            units=tuple(map(int, units.split("."))) if units else (),
            classes=int(classes),
            activation=activation,
            use_bias=hidden,
            output_bias=last,
            dropout=float(dropout),
        )
        backbone, _, size = place.rpartition("-")
        if backbone:
            setup = HeadSetup(config=config, backbone=backbone, size=int(size))
        else:
            setup = HeadSetup(config=config, free_map=tuple(map(int, place.split("x"))))
    except (ValueError, KeyError):
        raise SettingInvalid(
            "The set-up {text} of this link cannot be read. Keep a set-up for comparison again.",
            text=text[:MAX_TEXT],
        ) from None
    check_feature_map(setup.feature_map)
    return setup


def bias_name(config: HeadConfig) -> str:
    """Return which layers of a head have a bias: a key of `BIASES`."""
    return _BIAS_NAMES[config.use_bias, config.output_bias]


def read_units(text: str) -> tuple[int, ...]:
    """Return hidden Dense layers written as text, first to last; an empty text is none.

    Raises:
        SettingInvalid: more than 4 layers, or one that is not a whole number from 1 to 4096.

    Example:
        >>> read_units("256, 64")
        (256, 64)
    """
    parts = [part for part in re.split(r"[\s,;]+", text.strip()) if part]
    numbers = [int(part) for part in parts if re.fullmatch(r"\d{1,4}", part, re.ASCII)]
    possible = all(1 <= number <= MAX_HIDDEN_UNITS for number in numbers)
    if len(numbers) != len(parts) or len(parts) > MAX_HIDDEN or not possible:
        raise SettingInvalid(
            "Hidden layers are up to {most} whole numbers from 1 to {limit}, such as 256, 64; "
            "received {text}.",
            most=MAX_HIDDEN,
            limit=MAX_HIDDEN_UNITS,
            text=text[:40],
        )
    return tuple(numbers)


def write_units(units: tuple[int, ...]) -> str:
    """Return hidden Dense layers as the text that `read_units` reads."""
    return ", ".join(map(str, units))
