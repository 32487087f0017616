"""The layers of backbone and head as one table, like ``model.summary()``, for any training."""

from dataclasses import dataclass, replace

from tl_core.backbones import get_backbone
from tl_core.head_math import HeadConfig, Shape, describe_head
from tl_core.training.config import TrainingConfig

BACKBONE, HEAD = "backbone", "head"
NORMALIZATION = "BatchNormalization"


@dataclass(frozen=True, kw_only=True)
class BackboneLayer:
    """One layer of a backbone as Keras has it.

    Args:
        block: that it belongs to.
        name: its own.
        kind: its Keras class.
        output_shape: for one photo.
        parameters: its weights.
        moving: those of them that no gradient ever reaches, such as BatchNormalization's averages.
        connected: names of the layers before it.
    """

    block: str
    name: str
    kind: str
    output_shape: Shape
    parameters: int
    moving: int
    connected: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class BackboneLayers:
    """The layers of a backbone, from the photo inwards."""

    layers: tuple[BackboneLayer, ...]


@dataclass(frozen=True, kw_only=True)
class TableLine:
    """One layer of the table.

    Args:
        part: ``backbone`` or ``head``.
        block: the backbone's block that it belongs to; empty in the head.
        name: the layer's own, unique in the table.
        kind: its Keras class.
        output_shape: for one photo, ``(h, w, channels)`` or ``(n,)``.
        parameters: its weights, as ``count_params()`` counts them.
        trainable: those of them that a gradient reaches in the training's last phase.
        connected: the layers whose output it takes.
    """

    part: str
    block: str = ""
    name: str
    kind: str
    output_shape: Shape
    parameters: int = 0
    trainable: int = 0
    connected: tuple[str, ...] = ()


def network_table(
    config: TrainingConfig, backbone: BackboneLayers, *, classes: int
) -> tuple[TableLine, ...]:
    """Return the table of the network that `config` trains: the backbone's layers, then the head's.

    Args:
        config: which head, and how many blocks learn.
        backbone: the layers of its backbone at its size.
        classes: how many classes the head tells apart, from 2.

    Raises:
        SettingInvalid: more blocks learn than there are.
    """
    spec = get_backbone(config.backbone)
    spec.check_unfrozen(config.unfrozen)
    learning = {block.name for block in spec.blocks[len(spec.blocks) - config.unfrozen :]}
    lines = tuple(
        TableLine(
            part=BACKBONE,
            block=layer.block,
            name=layer.name,
            kind=layer.kind,
            output_shape=layer.output_shape,
            parameters=layer.parameters,
            trainable=_reached(layer, config) if layer.block in learning else 0,
            connected=layer.connected,
        )
        for layer in backbone.layers
    )
    return lines + head_table(config, classes=classes, after=spec.cut)


def head_table(config: TrainingConfig, *, classes: int, after: str) -> tuple[TableLine, ...]:
    """Return the head's part of the table; its numbers are the calculator's.

    Args:
        config: which head, on which backbone at which size.
        classes: how many classes it tells apart, from 2.
        after: the backbone's layer that it stands on.
    """
    lines: list[TableLine] = []
    shape = get_backbone(config.backbone).feature_shape(config.size)
    for row in describe_head(shape, head_config(config, classes)):
        lines.append(
            TableLine(
                part=HEAD,
                name=row.name,
                kind=row.kind,
                output_shape=row.output_shape,
                parameters=row.parameters,
                trainable=row.parameters - row.frozen,
                connected=(lines[-1].name if lines else after,),
            )
        )
    if "one-unit" in config.mistakes:
        last = lines[-1]
        bare = replace(last, name="softmax", kind="Softmax", parameters=0, trainable=0)
        lines.append(replace(bare, connected=(last.name,)))
    return tuple(lines)


def head_config(config: TrainingConfig, classes: int) -> HeadConfig:
    """Return the head of a training as the calculator knows heads.

    Args:
        config: which head.
        classes: how many classes it tells apart, from 2; a single unit always tells two.
    """
    return HeadConfig(
        pooling=config.pooling,
        units=config.dense,
        classes=2 if config.one_unit else classes,
        activation="sigmoid" if config.one_unit else "softmax",
        dropout=config.dropout,
        drop_features=config.drop_features,
    )


def _reached(layer: BackboneLayer, config: TrainingConfig) -> int:
    """Return how many weights of a layer in an unfrozen block learn: normalisation stays as it was."""
    if layer.kind == NORMALIZATION and "batch-norm" not in config.mistakes:
        return 0
    return layer.parameters - layer.moving
