"""Photos through ImageNet's own classifier: the built-in backbone, and the top it was published with.

The backbone is the one that everything in the process shares; the top is a matrix of 5 MB.
"""

import time
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tl_core.answers.networks import extractor
from tl_core.backbones import DEFAULT_BACKBONE
from tl_core.backbones.lite_arrays import load_top
from tl_core.checks import check_range
from tl_core.prediction.class_maps import ClassMaps
from tl_core.prediction.imagenet import FIVE, Guess, ImageNetGuesses
from tl_core.results import scores

MOST_PHOTOS = 64
"""Photos in one question: 10 MB of pixels."""


def imagenet_guesses(pixels: NDArray[np.uint8]) -> ImageNetGuesses:
    """Return the five classes of ImageNet that each photo looks most like.

    Args:
        pixels: ``(n, size, size, 3) uint8 0..255``, 1 to `MOST_PHOTOS` of them, from `images.model_input`;
            `tl_core.prediction.imagenet.input_size` is the size to ask with.

    Raises:
        SettingInvalid: too many photos, or none, or a size that the backbone does not take.
        WeightsMissing: the backbone's weights are not on this machine.
    """
    check_range("photos", len(pixels), 1, MOST_PHOTOS)
    features = extractor(DEFAULT_BACKBONE, "imagenet", pixels.shape[1], "gap")
    kernel, bias = _top()
    started = time.perf_counter()
    shares = scores.probabilities(features(pixels) @ kernel + bias)
    milliseconds = (time.perf_counter() - started) * 1000
    return ImageNetGuesses(photos=tuple(map(_best, shares)), milliseconds=milliseconds)


def class_maps(pixels: NDArray[np.uint8]) -> ClassMaps:
    """Return where a photo speaks for each of the classifier's five best guesses.

    Args:
        pixels: ``(size, size, 3) uint8 0..255``, at any size that the backbone takes.

    Raises:
        SettingInvalid: a size that the backbone does not take.
        WeightsMissing: the backbone's weights are not on this machine.
    """
    features = extractor(DEFAULT_BACKBONE, "imagenet", pixels.shape[0], "none")(pixels[np.newaxis])[
        0
    ]
    kernel, bias = _top()
    logits = features.mean(axis=(0, 1)) @ kernel + bias
    best = _best(scores.probabilities(logits[np.newaxis])[0])
    labels = [guess.label for guess in best]
    weights = kernel[:, labels] - kernel.mean(axis=1, keepdims=True)
    biases = bias[labels] - bias.mean()
    return ClassMaps(
        labels=tuple(labels),
        shares=tuple(guess.share for guess in best),
        maps=np.ascontiguousarray(np.moveaxis(features @ weights, -1, 0)),
        biases=tuple(float(one) for one in biases),
        channels=kernel.shape[0],
        classes=kernel.shape[1],
    )


def _best(shares: NDArray[np.float64]) -> tuple[Guess, ...]:
    order = np.argsort(-shares, kind="stable")[:FIVE]
    return tuple(Guess(label=int(label), share=float(shares[label])) for label in order)


@lru_cache(1)
def _top() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return load_top(DEFAULT_BACKBONE)
