"""What can be trained, as plain data: one frozen configuration that pages, workers and links share."""

from dataclasses import dataclass, field, fields
from typing import ClassVar, NamedTuple

from tl_core.backbones import get_backbone
from tl_core.checks import JobConfig, Json, check_choice, check_range
from tl_core.errors import SettingInvalid
from tl_core.runs import TRAINING
from tl_core.training.augmentation import Augmentation

MAX_EPOCHS = 500
MAX_UNITS = 4096
MAX_COPIES = 8
POOLINGS = ("gap", "flatten")
ACTIVATIONS = ("softmax", "sigmoid")
OPTIMIZERS = ("adam", "rmsprop", "sgd")
SCHEDULES = ("steady", "cosine")
MIXES = ("none", "mixup", "cutmix")
MOST_SMOOTHING = 0.3
LONGEST_WARM_UP = 0.5
LOWEST_DECAY = 0.1
CERTAIN = 30.0
"""A logit whose probability is 1 to twelve digits."""
MISTAKES = ("preprocessing", "one-unit", "hot-unfreeze", "batch-norm", "shuffled-labels", "leak")


class Cut(NamedTuple):
    """Where the frozen part of a network ends: what the part that learns reads."""

    layer: str
    """Whose output it is; empty where everything learns and the pixels are read."""
    pooled: bool
    """Whether it is the mean of each channel."""


_LATER = (
    "drop_features",
    "balanced",
    "smoothing",
    "layer_decay",
    "schedule",
    "warm_up",
    "mix",
)
"""Settings that came after the first runs: their usual value is what those had without them."""


@dataclass(frozen=True, kw_only=True)
class TrainingConfig(JobConfig):
    """A training in one or two phases; equal configurations are the same run.

    First a head learns on the features of the frozen backbone. Then, if `unfrozen` says so, the backbone's
    last blocks learn with it, at a rate of their own.

    Args:
        dataset: id in the dataset catalogue.
        fingerprint: the dataset's fingerprint when it was chosen; empty when not yet known.
        backbone: name in the backbone registry.
        weights: ``imagenet`` or ``random`` (the lesson on what transfer buys).
        size: input height and width in pixels.
        pooling: ``gap`` or ``flatten``.
        dense: units of each hidden Dense layer, first to last.
        dropout: share of inputs dropped before each Dense layer, 0 to below 1.
        drop_features: whether a first hidden layer's inputs, the features, are dropped too.
        activation: ``softmax``, or ``sigmoid`` (one unit) for two classes.
        balanced: whether every class weighs the same in the loss, however many images it has.
        smoothing: share of each label that is spread evenly over all classes, 0..0.3.
        optimizer: ``adam``, ``rmsprop``, or ``sgd`` with Nesterov momentum 0.9.
        epochs: passes over the training images with the backbone frozen, 1..500; 0 leaves this phase out.
        batch: images a step, 1..1024.
        learning_rate: of the first phase, above 0 to 1.
        unfrozen: blocks at the end of the backbone that learn in the second phase; 0 (the default) for
            none, all of its blocks for everything.
        fine_epochs: passes of the second phase, 1..500.
        fine_rate: learning rate of the second phase, above 0 to 1.
        layer_decay: by what the rate is multiplied from each unfrozen block to the one before it, 0.1..1.
        keep_best: whether the epoch with the best validation accuracy is kept rather than the last.
        patience: epochs without a better one after which a phase ends early; 0 for never.
        plateau: epochs without a better one after which the rate is halved; 0 for never.
        schedule: of the rate in each phase: ``steady``, but for `plateau`, or ``cosine``, down to 0.
        warm_up: share of a phase's steps in which a cosine first rises from 0 to the rate, 0..0.5.
        augmentation: how training images are changed.
        copies: changed copies of each training image that are computed once and kept, 0..8.
        live: whether every epoch begins at the pixels, and changes them anew.
        mix: whether an image is mixed with another one of its batch: ``none``, ``mixup`` at the cut, or
            ``cutmix``, in the pixels.
        validation: share of the images held out when the dataset brings no split, 0.05..0.5.
        test: share held out a second time and looked at once, at the end, 0..0.4; 0 for none.
        seed: of the split, the initial weights, dropout, augmentation and the order of the images.
        mistakes: classic mistakes that are made on purpose, see `MISTAKES`.

    Raises:
        SettingInvalid: if a value is out of range.
    """

    KIND: ClassVar[str] = TRAINING

    dataset: str
    fingerprint: str = ""
    backbone: str = "efficientnet-lite0"
    weights: str = "imagenet"
    size: int = 160
    pooling: str = "gap"
    dense: tuple[int, ...] = ()
    dropout: float = 0.2
    drop_features: bool = True
    activation: str = "softmax"
    balanced: bool = False
    smoothing: float = 0.0
    optimizer: str = "adam"
    epochs: int = 30
    batch: int = 32
    learning_rate: float = 0.001
    unfrozen: int = 0
    fine_epochs: int = 12
    fine_rate: float = 0.0003
    layer_decay: float = 1.0
    keep_best: bool = True
    patience: int = 0
    plateau: int = 0
    schedule: str = "steady"
    warm_up: float = 0.1
    augmentation: Augmentation = field(default_factory=Augmentation)
    copies: int = 0
    live: bool = False
    mix: str = "none"
    validation: float = 0.2
    test: float = 0.0
    seed: int = 0
    mistakes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("weights", self.weights, ("imagenet", "random"))
        check_choice("pooling", self.pooling, POOLINGS)
        check_choice("activation", self.activation, ACTIVATIONS)
        check_choice("optimizer", self.optimizer, OPTIMIZERS)
        check_choice("schedule", self.schedule, SCHEDULES)
        check_choice("mix", self.mix, MIXES)
        check_range("size", self.size, 32, 512)
        check_range("unfrozen", self.unfrozen, 0, 1000)
        check_range("epochs", self.epochs, 0 if self.unfrozen else 1, MAX_EPOCHS)
        check_range("fine_epochs", self.fine_epochs, 1, MAX_EPOCHS)
        check_range("batch", self.batch, 1, 1024)
        check_range("dropout", self.dropout, 0, 0.95)
        check_range("smoothing", self.smoothing, 0, MOST_SMOOTHING)
        check_range("warm_up", self.warm_up, 0, LONGEST_WARM_UP)
        check_range("layer_decay", self.layer_decay, LOWEST_DECAY, 1)
        for name in ("learning_rate", "fine_rate"):
            check_range(name, getattr(self, name), 1e-7, 1)
        for name in ("patience", "plateau"):
            check_range(name, getattr(self, name), 0, MAX_EPOCHS)
        check_range("copies", self.copies, 0, MAX_COPIES)
        check_range("validation", self.validation, 0.05, 0.5)
        check_range("test", self.test, 0, 0.4)
        check_range("seed", self.seed, 0, 2**31 - 1)
        for units in self.dense:
            check_range("dense", units, 1, MAX_UNITS)
        for mistake in self.mistakes:
            check_choice("mistakes", mistake, MISTAKES)
        self._check_together()

    def _check_together(self) -> None:
        """Refuse settings that exclude each other."""
        if not self.live and self.augmentation.active != bool(self.copies):
            raise SettingInvalid(
                "Stored copies need at least one change, and a change needs stored copies or live changes. "
                "Choose both, or switch augmentation off."
            )
        if self.copies and self.live:
            raise SettingInvalid(
                "Images are changed either once, as stored copies, or live in every epoch. Choose one."
            )
        if self.mix == "cutmix" and not self.live:
            raise SettingInvalid(
                "CutMix cuts pieces out of photos, so it needs live changes, from the pixels. Choose them, "
                "or MixUp, which also mixes kept features."
            )
        if self.schedule == "cosine" and self.plateau:
            raise SettingInvalid(
                "A cosine lowers the rate by itself, so nothing is left for a plateau to halve. Choose one."
            )

    def as_json(self) -> Json:
        """Return the configuration as JSON; a run without what came later keeps the id that it had."""
        usual = {one.name: one.default for one in fields(self) if one.name in _LATER}
        values = super().as_json()
        return {name: one for name, one in values.items() if one != usual.get(name, ...)}

    def drops_before(self, number: int) -> bool:
        """Whether inputs of a Dense layer of the head are dropped; `number` counts from 0."""
        return self.dropout > 0 and (self.drop_features or number > 0 or not self.dense)

    @property
    def shared_labels(self) -> bool:
        """Whether a label is a share for each class: those of mixed images, and smoothed ones."""
        return self.mix != "none" or self.smoothing > 0

    @property
    def one_unit(self) -> bool:
        """Whether the last layer has a single unit: for a sigmoid, or by a mistake made on purpose."""
        return self.activation == "sigmoid" or "one-unit" in self.mistakes

    @property
    def cut(self) -> Cut:
        """What the unfrozen blocks read, or the head alone, which pools what it reads.

        Raises:
            SettingInvalid: there is no such backbone, or it has fewer blocks.
        """
        layer = get_backbone(self.backbone).cut_before(self.unfrozen)
        return Cut(layer, pooled=self.pooling == "gap" and not self.unfrozen)

    @property
    def cached(self) -> bool:
        """Whether what is read at the cut can be kept: not where everything learns, from the pixels on.

        Raises:
            SettingInvalid: see `cut`.
        """
        return bool(self.cut.layer)
