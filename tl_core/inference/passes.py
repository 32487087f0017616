"""How much memory one pass through a network may take.

The largest pass decides how large a worker grows, and where an engine gives nothing back, how large it stays.
"""

from tl_core.head_math.costs import FLOAT32

MOST_BYTES = 64_000_000
"""What the activations of one pass may take; five times as much makes nothing quicker."""
ALIVE = 2
"""Of the largest activations, how many there are at once: what a layer reads and what it writes."""


def images_in_a_pass(largest: int) -> int:
    """Return how many images, at least one, a forward pass may take.

    Args:
        largest: numbers that the network's widest layer makes of an image.
    """
    return max(1, MOST_BYTES // (ALIVE * FLOAT32 * largest))
