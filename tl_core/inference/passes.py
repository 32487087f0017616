"""How much memory one pass through a network may take.

An engine keeps what it once had and gives nothing back. The largest pass of a worker's life decides how large
it stays.
"""

from tl_core import settings
from tl_core.head_math.costs import FLOAT32

MOST_BYTES = {"classroom": 320_000_000, "cloud": 64_000_000}
"""Profile -> what the activations of one pass may take."""
ALIVE = 2
"""Of the largest activations, how many there are at once: what a layer reads and what it writes."""


def images_in_a_pass(largest: int) -> int:
    """Return how many images, at least one, a forward pass may take in this profile.

    Args:
        largest: numbers that the network's widest layer makes of an image.
    """
    return max(1, MOST_BYTES[settings.current().profile] // (ALIVE * FLOAT32 * largest))
