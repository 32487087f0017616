"""How much memory one pass through a network may take.

The largest pass decides how large a worker grows, and with TensorFlow's own allocator, which the cloud
profile has (see `tl_core.models`), how large it stays.
"""

import math
from collections.abc import Iterator

import keras

from tl_core.head_math.costs import FLOAT32

MOST_BYTES = 64_000_000
"""What the activations of one pass may take; five times as much makes nothing quicker."""
ALIVE = 2
"""Of the largest activations, how many there are at once: what a layer reads and what it writes."""


def images_at_once(network: keras.Model) -> int:
    """Return how many images, at least one, a forward pass may take.

    Example:
        >>> images_at_once(build_backbone("efficientnet-lite0", 160))
        13
    """
    largest = max(_activations(network))
    return max(1, MOST_BYTES // (ALIVE * FLOAT32 * largest))


def _activations(network: keras.Model) -> Iterator[int]:
    """Yield how many numbers each layer makes of an image."""
    for layer in network.layers:
        if isinstance(layer, keras.Model):
            yield from _activations(layer)
        yield from (math.prod(output.shape[1:]) for output in keras.tree.flatten(layer.output))
