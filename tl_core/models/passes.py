"""How much memory one pass through a network may take.

With oneDNN, which makes TensorFlow several times as fast on a CPU, its allocator keeps what it once had and
gives nothing back. The largest pass of a worker's life decides how large it stays.
"""

import math
from collections.abc import Iterator

import keras

from tl_core import settings
from tl_core.head_math.costs import FLOAT32

MOST_BYTES = {"classroom": 320_000_000, "cloud": 64_000_000}
"""Profile -> what the activations of one pass may take."""
ALIVE = 2
"""Of the largest activations, how many there are at once: what a layer reads and what it writes."""


def images_at_once(network: keras.Model) -> int:
    """Return how many images, at least one, a forward pass may take in this profile.

    Example:
        >>> images_at_once(build_backbone("efficientnet-lite0", 160))  # in the cloud profile
        13
    """
    largest = max(_activations(network))
    return max(1, MOST_BYTES[settings.current().profile] // (ALIVE * FLOAT32 * largest))


def _activations(network: keras.Model) -> Iterator[int]:
    """Yield how many numbers each layer makes of an image."""
    for layer in network.layers:
        if isinstance(layer, keras.Model):
            yield from _activations(layer)
        yield from (math.prod(output.shape[1:]) for output in keras.tree.flatten(layer.output))
