"""What a head costs to train and to keep, in bytes.

Estimates of what must exist at the same time; a library's own workspace comes on top.
"""

from dataclasses import dataclass

from tl_core.checks import check_choice
from tl_core.head_math.heads import HeadConfig, describe_head, features_per_photo
from tl_core.head_math.layers import Shape, check_number
from tl_core.head_math.stacks import totals

FLOAT32 = 4
"""Bytes of a number."""
FLOAT16 = 2

OPTIMIZERS = {"sgd": 0, "sgd with momentum": 1, "rmsprop": 1, "adam": 2}
"""Optimizer -> numbers it remembers for each trainable weight, with Keras' defaults otherwise."""

MAX_BATCH = 4096
MAX_PHOTOS = 10**9


@dataclass(frozen=True, kw_only=True)
class HeadCosts:
    """Bytes, unless said otherwise."""

    weights: int
    """float32; also the size of the file, but for a few kilobytes of names."""
    gradients: int
    """One float32 for each trainable weight."""
    optimizer: int
    """What the optimizer remembers."""
    activations: int
    """Outputs of all layers for one batch, kept for the way back."""
    features_float32: int
    """The cached features of all photos, as the first Dense layer takes them."""
    features_float16: int
    """The same in half precision."""
    multiply_adds: int
    """For one photo going forward; a count."""
    weights_per_photo: float
    """Trainable weights for each training photo: far above 1 invites learning by heart."""

    @property
    def training(self) -> int:
        """What one training step holds: weights, gradients, optimizer and activations."""
        return self.weights + self.gradients + self.optimizer + self.activations


def head_costs(
    feature_map: Shape,
    config: HeadConfig,
    *,
    optimizer: str = "adam",
    batch: int = 32,
    photos: int = 1000,
) -> HeadCosts:
    """Return what a head costs.

    Args:
        feature_map: `(h, w, channels)`.
        config: the head.
        optimizer: one of `OPTIMIZERS`.
        batch: photos a step, 1..4096.
        photos: training photos, from 1.

    Raises:
        SettingInvalid: if an argument is out of range.

    Example:
        >>> head_costs((7, 7, 512), HeadConfig()).weights
        4104
    """
    check_choice("optimizer", optimizer, tuple(OPTIMIZERS))
    check_number("batch", batch, 1, MAX_BATCH)
    check_number("photos", photos, 1, MAX_PHOTOS)
    sums = totals(describe_head(feature_map, config))
    features = photos * features_per_photo(feature_map, config.pooling)
    return HeadCosts(
        weights=sums.parameters * FLOAT32,
        gradients=sums.trainable * FLOAT32,
        optimizer=sums.trainable * OPTIMIZERS[optimizer] * FLOAT32,
        activations=batch * sums.outputs * FLOAT32,
        features_float32=features * FLOAT32,
        features_float16=features * FLOAT16,
        multiply_adds=sums.multiply_adds,
        weights_per_photo=sums.trainable / photos,
    )
