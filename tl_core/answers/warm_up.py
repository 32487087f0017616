"""Makes ready what the first prediction or training will need."""

import numpy as np

from tl_core.answers.imagenet import imagenet_guesses
from tl_core.answers.networks import alone, frozen_network
from tl_core.backbones import DEFAULT_BACKBONE, get_backbone
from tl_core.inference.exported import FrozenName
from tl_core.inference.ready import prepare
from tl_core.prediction.imagenet import input_size


def warm_up() -> None:
    """Make ready what a visitor asks first, ImageNet's classifier, and the usual network of a training."""
    asked, usual = (
        FrozenName(backbone=DEFAULT_BACKBONE, weights="imagenet", size=size)
        for size in (input_size(), get_backbone(DEFAULT_BACKBONE).default_size)
    )
    if alone():
        prepare(asked, usual)  # both in one process
    imagenet_guesses(np.zeros((1, asked.size, asked.size, 3), np.uint8))
    for precision in ("float32", ""):  # of answers, and of features
        frozen_network(usual.backbone, usual.weights, usual.size, precision)
