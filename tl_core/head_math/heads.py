"""A head: what turns the backbone's feature map into one score a class."""

from dataclasses import dataclass

from tl_core.checks import check_choice
from tl_core.errors import SettingInvalid
from tl_core.head_math.layers import (
    Layer,
    LayerRow,
    Shape,
    check_number,
    check_rate,
    describe_layer,
)
from tl_core.head_math.stacks import check_input_shape

ACTIVATIONS = ("softmax", "sigmoid")
MAX_CLASSES = 10_000
MAX_DENSE = 10

GAP = Layer(kind="GlobalAveragePooling2D")
GMP = Layer(kind="GlobalMaxPooling2D")

POOLINGS = {
    "gap": (("gap", GAP),),
    "flatten": (("flatten", Layer(kind="Flatten")),),
    "gmp": (("gmp", GMP),),
    "gap+gmp": (("gap", GAP), ("gmp", GMP)),
}
"""Pooling -> the layers that read the feature map, side by side, by name."""


@dataclass(frozen=True, kw_only=True)
class HeadConfig:
    """A head to be described.

    Args:
        pooling: one of `POOLINGS`: average, all numbers, maximum, or average and maximum joined.
        units: of the hidden Dense layers, first to last, at most 10 of them.
        classes: at least 2.
        activation: ``softmax`` (one output a class) or ``sigmoid`` (one output for two classes).
        use_bias: of the hidden Dense layers.
        output_bias: of the last Dense layer.
        dropout: share of inputs dropped before each Dense layer, 0 (the default, no such layer) to below 1.
        drop_features: whether a first hidden layer's inputs are dropped too.

    Raises:
        SettingInvalid: if a value is out of range.

    Example:
        >>> HeadConfig(units=(256,), activation="sigmoid").outputs
        1
    """

    pooling: str = "gap"
    units: tuple[int, ...] = ()
    classes: int = 2
    activation: str = "softmax"
    use_bias: bool = True
    output_bias: bool = True
    dropout: float = 0.0
    drop_features: bool = True

    def __post_init__(self) -> None:
        check_choice("pooling", self.pooling, tuple(POOLINGS))
        check_choice("activation", self.activation, ACTIVATIONS)
        check_number("classes", self.classes, 2, MAX_CLASSES)
        check_rate(self.dropout)
        check_number("The number of Dense layers", len(self.units), 0, MAX_DENSE)
        for units in self.units:
            Layer(kind="Dense", units=units)
        if self.activation == "sigmoid" and self.classes != 2:
            raise SettingInvalid(
                "One sigmoid output tells two classes apart, not {classes}. Choose softmax.",
                classes=self.classes,
            )

    @property
    def outputs(self) -> int:
        """Units of the last Dense layer."""
        return 1 if self.activation == "sigmoid" else self.classes

    @property
    def layers(self) -> tuple[tuple[str, Layer], ...]:
        """The layers after the pooling, by name."""
        hidden = tuple(
            (f"dense_{i}", Layer(kind="Dense", units=units, use_bias=self.use_bias))
            for i, units in enumerate(self.units, start=1)
        )
        last = Layer(kind="Dense", units=self.outputs, use_bias=self.output_bias)
        dense = (*hidden, ("logits", last))
        if not self.dropout:
            return dense
        dropout = Layer(kind="Dropout", rate=self.dropout)
        layers = [
            pair
            for i, (name, layer) in enumerate(dense, start=1)
            for pair in ((f"dropout_{i}", dropout), (name, layer))
        ]
        return tuple(layers if self.drop_features or not self.units else layers[1:])


def describe_head(feature_map: Shape, config: HeadConfig) -> tuple[LayerRow, ...]:
    """Return one row a layer.

    Args:
        feature_map: `(h, w, channels)`, as `BackboneSpec.feature_shape` returns it.
        config: the head.

    Raises:
        SettingInvalid: if `feature_map` is none.

    Example:
        >>> [row.parameters for row in describe_head((7, 7, 512), HeadConfig(classes=2))]
        [0, 1026]
    """
    rows = _pooling_rows(feature_map, config.pooling)
    for name, layer in config.layers:
        rows.append(describe_layer(name, layer, rows[-1].output_shape))
    return tuple(rows)


def features_per_photo(feature_map: Shape, pooling: str) -> int:
    """Return how many numbers a photo is when it reaches the first Dense layer; what is cached."""
    return _pooling_rows(feature_map, pooling)[-1].output_shape[0]


def check_feature_map(feature_map: Shape) -> None:
    """Refuse what is not height, width and channels.

    Raises:
        SettingInvalid: with what was received.
    """
    check_input_shape(feature_map)
    if len(feature_map) != 3:
        raise SettingInvalid(
            "A feature map has height, width and channels; received only {length} numbers.",
            length=feature_map[0],
        )


def _pooling_rows(feature_map: Shape, pooling: str) -> list[LayerRow]:
    check_feature_map(feature_map)
    rows = [describe_layer(name, layer, feature_map) for name, layer in POOLINGS[pooling]]
    if len(rows) > 1:
        joined = (sum(row.output_shape[0] for row in rows),)
        rows.append(LayerRow(name="concatenate", kind="Concatenate", output_shape=joined))
    return rows
