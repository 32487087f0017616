"""Loads what the first training will need, which is Keras most of all."""

from tl_core.backbones import DEFAULT_BACKBONE, get_backbone
from tl_core.models.fitting import training
from tl_core.models.networks.heads import build_head
from tl_core.training import TrainingConfig

__all__ = ["training", "warm_up"]


def warm_up() -> None:
    """Build a head, which is the first thing that Keras does slowly."""
    channels = get_backbone(DEFAULT_BACKBONE).channels
    build_head(TrainingConfig(dataset=""), (channels,), 2)
