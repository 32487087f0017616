"""The class activation map: which places of a photo speak for a class, by the classifier's own weights.

With global average pooling and one Dense layer a class's logit is a mean over places: every place adds the
weighted sum of its channels. Zhou et al. 2016, https://arxiv.org/abs/1512.04150.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class ClassMaps:
    """What speaks for the best guesses of a classifier that ends in GAP and one Dense layer, surest first.

    All numbers are above the mean of all classes: a logit alone says nothing. The mean of a map, plus the
    bias, is the evidence.

    Args:
        labels: indices of the classes.
        shares: how sure the classifier is of each, 0..1.
        maps: ``(n, h, w) float32``, what each place says for each class; below 0 against it.
        biases: of each class.
        channels: how many weights draw one map.
        classes: of the classifier.
    """

    labels: tuple[int, ...]
    shares: tuple[float, ...]
    maps: NDArray[np.float32]
    biases: tuple[float, ...]
    channels: int
    classes: int

    def evidence(self, place: int) -> float:
        """Return the logit of guess `place`, from 0, above the mean of all classes."""
        return float(self.maps[place].mean(dtype=np.float64)) + self.biases[place]
