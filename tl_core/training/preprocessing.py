"""How the pixels of a training are scaled: one answer for training, prediction, export and the pages."""

from tl_core.backbones import Preprocessing, get_backbone
from tl_core.training.config import TrainingConfig

DIVIDED_BY_255 = Preprocessing(scale=(255.0, 255.0, 255.0))
"""The classic mistake: right for none of the backbones."""


def preprocessing_of(config: TrainingConfig) -> Preprocessing:
    """Return how the pixels of a training are scaled: as the backbone wants, but for one mistake.

    Raises:
        SettingInvalid: there is no such backbone.
    """
    if "preprocessing" in config.mistakes:
        return DIVIDED_BY_255
    return get_backbone(config.backbone).preprocessing
