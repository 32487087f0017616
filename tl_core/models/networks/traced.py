"""A frozen backbone in TensorFlow: what another engine is compared with, and what works where that fails."""

import threading
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tl_core.backbones import Preprocessing
from tl_core.inference import Outputs
from tl_core.models.passes import images_at_once


class TracedNetwork:
    """A Keras network for inference, as a graph for each combination of outputs and preprocessing.

    Args:
        network: from the image to a feature map; never trained.
    """

    def __init__(self, network: keras.Model) -> None:
        self._network = network
        self._at_once = images_at_once(network)
        self._traced: dict[tuple[Outputs, Preprocessing], Any] = {}
        self._tracing = threading.Lock()

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Layer -> shape of its output without the batch."""
        return {layer.name: tuple(layer.output.shape[1:]) for layer in self._network.layers}

    def features(
        self,
        pixels: NDArray[np.uint8],
        outputs: Outputs,
        preprocessing: Preprocessing,
        *,
        callers: int = 1,
    ) -> list[NDArray[np.float32]]:
        """Return the features of `pixels`; as `InferenceNetwork.features`, for any number of callers."""
        graph = self.graph(outputs, preprocessing)
        starts = range(0, len(pixels), self._at_once)
        passes = [graph(tf.constant(pixels[start : start + self._at_once])) for start in starts]
        return [np.concatenate(found) for found in zip(*passes, strict=True)]

    def graph(self, outputs: Outputs, preprocessing: Preprocessing) -> Any:
        """Return the same as a graph function of a tensor, for a pipeline."""
        with self._tracing:
            key = (outputs, preprocessing)
            if key not in self._traced:
                self._traced[key] = self._trace(outputs, preprocessing)
            return self._traced[key]

    def _trace(self, outputs: Outputs, preprocessing: Preprocessing) -> Any:
        image = self._network.input
        layers = [self._network.get_layer(cut).output if cut else image for cut, _ in outputs]
        network = keras.Model(image, layers)

        # Any number of images, one trace: a fixed batch would compute the last shard's padding too.
        @tf.function(
            input_signature=[tf.TensorSpec((None, *image.shape[1:]), tf.uint8)],
            jit_compile=False,
            autograph=False,
        )
        def features(pixels: tf.Tensor) -> list[tf.Tensor]:
            batch = preprocessing.apply(tf.cast(pixels, tf.float32))
            found = keras.tree.flatten(network(batch, training=False))
            return [
                tf.reduce_mean(maps, axis=(1, 2)) if pooled else maps
                for maps, (_, pooled) in zip(found, outputs, strict=True)
            ]

        return features
