"""What can be trained, as plain data: one frozen configuration that pages, workers and links share."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from tl_core.checks import check_choice, check_known, check_range

MAX_EPOCHS = 500
MAX_UNITS = 4096
POOLINGS = ("gap", "flatten")
ACTIVATIONS = ("softmax", "sigmoid")


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """A training of a head on frozen features; equal configurations are the same run.

    Args:
        dataset: id in the dataset catalogue.
        fingerprint: the dataset's fingerprint when it was chosen; empty when not yet known.
        backbone: name in the backbone registry.
        weights: ``imagenet`` or ``random`` (the lesson on what transfer buys).
        size: input height and width in pixels.
        pooling: ``gap`` or ``flatten``.
        dense: units of each hidden Dense layer, first to last.
        dropout: share of inputs dropped before each Dense layer, 0 to below 1.
        activation: ``softmax``, or ``sigmoid`` (one unit) for two classes.
        epochs: passes over the training images, 1..500.
        batch: images a step, 1..1024.
        learning_rate: of Adam, above 0 to 1.
        validation: share of the images held out when the dataset brings no split, 0.05..0.5.
        seed: of the split, the initial weights, dropout and the order of the images.

    Raises:
        SettingInvalid: if a value is out of range.
    """

    dataset: str
    fingerprint: str = ""
    backbone: str = "efficientnet-lite0"
    weights: str = "imagenet"
    size: int = 160
    pooling: str = "gap"
    dense: tuple[int, ...] = ()
    dropout: float = 0.2
    activation: str = "softmax"
    epochs: int = 30
    batch: int = 32
    learning_rate: float = 0.001
    validation: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        check_choice("weights", self.weights, ("imagenet", "random"))
        check_choice("pooling", self.pooling, POOLINGS)
        check_choice("activation", self.activation, ACTIVATIONS)
        check_range("size", self.size, 32, 512)
        check_range("epochs", self.epochs, 1, MAX_EPOCHS)
        check_range("batch", self.batch, 1, 1024)
        check_range("dropout", self.dropout, 0, 0.95)
        check_range("learning_rate", self.learning_rate, 1e-7, 1)
        check_range("validation", self.validation, 0.05, 0.5)
        check_range("seed", self.seed, 0, 2**31 - 1)
        for units in self.dense:
            check_range("dense", units, 1, MAX_UNITS)

    def as_json(self) -> dict[str, Any]:
        """Return the configuration as plain JSON values, for the run book."""
        return asdict(self) | {"dense": list(self.dense)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "TrainingConfig":
        """Return the configuration that `as_json` wrote; unknown keys are refused.

        Raises:
            SettingInvalid: if a key is unknown or a value is out of range.
        """
        check_known(values, (field.name for field in fields(cls)))
        return cls(**{**values, "dense": tuple(values.get("dense", ()))})
