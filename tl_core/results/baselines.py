"""What guessing gets: the accuracies that a network must beat before it has learned anything."""

from collections.abc import Collection
from dataclasses import dataclass

APART = 0.01
"""Two baselines nearer than this look like one line."""


@dataclass(frozen=True, kw_only=True)
class Baselines:
    """Accuracies without a look at the photo, 0..1.

    Args:
        chance: of any class with the same probability.
        majority: of always the largest class.
    """

    chance: float
    majority: float

    @property
    def apart(self) -> bool:
        """Whether a class is so much larger than the others that the two can be told apart."""
        return self.majority - self.chance >= APART


def baselines(counts: Collection[int]) -> Baselines:
    """Return what guessing gets where each class has so many photos.

    Args:
        counts: of one class or more.

    Example:
        >>> baselines([30, 10])
        Baselines(chance=0.5, majority=0.75)
    """
    return Baselines(chance=1 / len(counts), majority=max(counts) / sum(counts))
