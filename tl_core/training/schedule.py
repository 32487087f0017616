"""What the epochs so far decide: which was the best, whether to stop, and at which rate to go on.

Functions of the recorded epochs alone: a training that goes on after a stop decides as if it had never been
interrupted. The rules are those of Keras's ``EarlyStopping``, ``ReduceLROnPlateau`` and ``CosineDecay``.
"""

import math
from collections.abc import Mapping, Sequence

Epoch = Mapping[str, float]
"""``val_accuracy`` and ``val_loss`` of one epoch; other values are not looked at."""

PLATEAU_FACTOR = 0.5


def best_epoch(epochs: Sequence[Epoch]) -> int:
    """Return the position, from 0, of the epoch with the best validation accuracy.

    Between equals the smaller validation loss decides, then the earlier epoch.

    Args:
        epochs: at least one.

    Example:
        >>> best_epoch([{"val_accuracy": 0.5, "val_loss": 1.0}, {"val_accuracy": 0.8, "val_loss": 0.7}])
        1
    """
    return max(range(len(epochs)), key=lambda position: _worth(epochs[position]))


def ends_early(epochs: Sequence[Epoch], patience: int) -> bool:
    """Whether the last `patience` epochs brought nothing better; never with a patience of 0."""
    return bool(patience and epochs and len(epochs) - 1 - best_epoch(epochs) >= patience)


def rate_after(epochs: Sequence[Epoch], rate: float, plateau: int) -> float:
    """Return the learning rate of the next epoch.

    Args:
        epochs: those of this phase so far.
        rate: that of the first epoch.
        plateau: the rate is halved after this many epochs without a better one, and the count begins
            again; 0 for never.
    """
    if not plateau:
        return rate
    waited, best = 0, None
    for epoch in epochs:
        worth = _worth(epoch)
        if best is None or worth > best:
            best, waited = worth, 0
            continue
        waited += 1
        if waited >= plateau:
            rate, waited = rate * PLATEAU_FACTOR, 0
    return rate


def warm_up_steps(steps: int, warm_up: float) -> int:
    """Return in how many of a phase's steps the rate rises, when `warm_up` is their share."""
    return round(steps * warm_up)


def cosine_rate(step: int, steps: int, rate: float, warm_up: float) -> float:
    """Return the rate of a step of a phase: a straight line up from 0, then half a cosine down to 0.

    Loshchilov and Hutter, SGDR, 2017, https://arxiv.org/abs/1608.03983, without restarts; the warm-up is that
    of Goyal et al., 2017, https://arxiv.org/abs/1706.02677.

    Args:
        step: from 0.
        steps: of the phase.
        rate: the highest.
        warm_up: share of the steps in which it rises.

    Example:
        >>> [round(cosine_rate(step, 8, 1.0, 0.5), 2) for step in range(8)]
        [0.0, 0.25, 0.5, 0.75, 1.0, 0.85, 0.5, 0.15]
    """
    rising = warm_up_steps(steps, warm_up)
    if step < rising:
        return rate * step / rising
    return rate * 0.5 * (1 + math.cos(math.pi * (step - rising) / (steps - rising)))


def _worth(epoch: Epoch) -> tuple[float, float]:
    loss = epoch["val_loss"]
    return epoch["val_accuracy"], -math.inf if math.isnan(loss) else -loss
