"""What a trained network says of a photo when the engine is asked."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class ClassScores:
    """How sure a trained network is of every class.

    Args:
        shares: 0..1, in the order of its class names; their sum is 1.
        logits: what the head says, from which the shares follow: one for each class, or one alone for the
            second of two.
        milliseconds: what the network took, from pixels to logits.
    """

    shares: tuple[float, ...]
    logits: tuple[float, ...]
    milliseconds: float

    @property
    def order(self) -> tuple[int, ...]:
        """The labels of all classes, the surest first."""
        return tuple(int(label) for label in np.argsort(self.shares, kind="stable")[::-1])

    def logit(self, label: int) -> float:
        """Return the logit of a class; one unit alone has that of the second class against the first."""
        return self.logits[label] if len(self.logits) > 1 else (0.0, self.logits[0])[label]


@dataclass(frozen=True, kw_only=True, eq=False)
class HeatMaps:
    """Where a trained network looked, in the order of the photos.

    Args:
        maps: ``(n, h, w) float32 0..1``, as large as its feature map; 1 at the hottest position of each, all
            0 where nothing spoke for the class.
    """

    maps: NDArray[np.float32]
