"""What can be trained, as plain data, and all that can be said of a training before and around it."""

from tl_core.training.config import (
    CERTAIN,
    MAX_COPIES,
    MISTAKES,
    OPTIMIZERS,
    TrainingConfig,
)

__all__ = [
    "CERTAIN",
    "MAX_COPIES",
    "MISTAKES",
    "OPTIMIZERS",
    "TrainingConfig",
]
