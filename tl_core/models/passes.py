"""How many images go through a network at once."""

import math
from collections.abc import Iterator

import keras

from tl_core.inference.passes import images_in_a_pass


def images_at_once(network: keras.Model) -> int:
    """Return how many images, at least one, a forward pass may take.

    Example:
        >>> images_at_once(build_backbone("efficientnet-lite0", 160))
        13
    """
    return images_in_a_pass(largest_activation(network))


def largest_activation(network: keras.Model) -> int:
    """Return how many numbers the widest layer of a network makes of an image."""
    return max(_activations(network))


def _activations(network: keras.Model) -> Iterator[int]:
    """Yield how many numbers each layer makes of an image."""
    for layer in network.layers:
        if isinstance(layer, keras.Model):
            yield from _activations(layer)
        yield from (math.prod(output.shape[1:]) for output in keras.tree.flatten(layer.output))
