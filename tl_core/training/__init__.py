"""What can be trained, as plain data, and all that can be said of a training before and around it."""

from tl_core.training.config import (
    CERTAIN,
    MAX_COPIES,
    MISTAKES,
    MIXES,
    MOST_SMOOTHING,
    OPTIMIZERS,
    SCHEDULES,
    TrainingConfig,
)
from tl_core.training.trainings import Training, get_training, list_trainings, open_training

__all__ = [
    "CERTAIN",
    "MAX_COPIES",
    "MISTAKES",
    "MIXES",
    "MOST_SMOOTHING",
    "OPTIMIZERS",
    "SCHEDULES",
    "Training",
    "TrainingConfig",
    "get_training",
    "list_trainings",
    "open_training",
]
