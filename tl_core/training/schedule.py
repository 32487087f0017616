"""What the epochs so far decide: which was the best, whether to stop, and at which rate to go on.

Functions of the recorded epochs alone: a training that goes on after a stop decides as if it had never been
interrupted. The rules are those of Keras's ``EarlyStopping`` and ``ReduceLROnPlateau``.
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


def _worth(epoch: Epoch) -> tuple[float, float]:
    loss = epoch["val_loss"]
    return epoch["val_accuracy"], -math.inf if math.isnan(loss) else -loss
