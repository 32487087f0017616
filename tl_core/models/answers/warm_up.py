"""Loads what the first job or prediction will need."""

import numpy as np

from tl_core.backbones import DEFAULT_BACKBONE, get_backbone
from tl_core.models.answers.imagenet import imagenet_guesses
from tl_core.models.networks.frozen import frozen_network
from tl_core.prediction.imagenet import input_size


def warm_up(answers: bool = True) -> None:
    """Open the default backbone; TensorFlow itself is loaded by importing this module.

    Args:
        answers: whether this process answers questions: ImageNet's classifier is what a visitor asks first.
            The others need no network before somebody trains, and would export the same one at once.
    """
    if answers:
        size = input_size()
        imagenet_guesses(np.zeros((1, size, size, 3), np.uint8))
        frozen_network(DEFAULT_BACKBONE, "imagenet", get_backbone(DEFAULT_BACKBONE).default_size)
