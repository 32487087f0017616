"""Networks that run in the visitor's browser: which file a run needs, and the job that makes it.

A run whose backbone is frozen as a whole needs its backbone's features, a file that a class shares, and
its own head, which is small. Where blocks learned too, or the head is large, the file is the whole network
of that run. Before anything is trained, ImageNet's own classifier is the network.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

from tl_core.backbones import DEFAULT_BACKBONE, get_backbone
from tl_core.checks import JobConfig, check_choice, check_range
from tl_core.exports import trained_mark
from tl_core.prediction.imagenet import imagenet_classes, input_size
from tl_core.prediction.pieces import Packed, find_packed
from tl_core.results.metrics import read_model
from tl_core.runs import run_id
from tl_core.training import Training

PARTS = ("features", "whole", "imagenet")
MOST_HEAD_NUMBERS = 500_000
"""Of a head that is sent by itself: 2 MB; a larger one is part of the file, which is loaded once."""


@dataclass(frozen=True, kw_only=True)
class LiveConfig(JobConfig):
    """The making of a file that a browser runs; equal configurations are the same job.

    Args:
        part: ``features`` of a backbone, the ``whole`` network of a run, or ``imagenet``.
        backbone: name in the backbone registry.
        weights: ``imagenet`` or ``random``.
        size: input height and width in pixels.
        pooling: ``gap`` or ``flatten``, of features.
        divided: whether pixels are divided by 255, the mistake, instead of being preprocessed.
        run: id of the training whose whole network it is; empty for what several share.
        trained: which state of the training, see `trained_mark`.

    Raises:
        SettingInvalid: if a value is out of range.
    """

    KIND: ClassVar[str] = "live"

    part: str
    backbone: str
    weights: str = "imagenet"
    size: int
    pooling: str = "gap"
    divided: bool = False
    run: str = ""
    trained: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("part", self.part, PARTS)
        check_choice("pooling", self.pooling, ("gap", "flatten"))
        check_range("size", self.size, 32, 512)
        get_backbone(self.backbone)

    @property
    def name(self) -> str:
        """What its file is called: the id of its job."""
        return run_id(self.KIND, self.as_json())

    @property
    def about_bytes(self) -> int:
        """About how much a browser will load: four bytes for each weight; a head is small."""
        spec = get_backbone(self.backbone)
        top = len(imagenet_classes()) * (spec.channels + 1) if self.part == "imagenet" else 0
        return 4 * (spec.parameters + top)


def live_config(run: Training | None) -> LiveConfig:
    """Return what a browser needs to run a training, as it is now; of ImageNet's classifier for None.

    Raises:
        RunNotFound: the run has no result, or its files are damaged.
    """
    if run is None:
        return LiveConfig(part="imagenet", backbone=DEFAULT_BACKBONE, size=input_size())
    config, model = run.settings, read_model(run)
    shared = LiveConfig(
        part="features",
        backbone=config.backbone,
        weights=config.weights,
        size=config.size,
        pooling=config.pooling,
        divided="preprocessing" in config.mistakes,
    )
    if model.unfrozen or model.parameters > MOST_HEAD_NUMBERS:
        return replace(shared, part="whole", run=run.id, trained=trained_mark(run))
    return shared


def find_live(config: LiveConfig) -> Packed | None:
    """Return the file if it was made and checked, or None."""
    return find_packed(config.name)
