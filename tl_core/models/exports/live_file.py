"""Writes a network for browsers as a LiteRT file, and says what it answers, in a program of its own.

``python -m tl_core.models.exports.live_file CONFIG FOLDER``, see `tl_core.models.exports.files` for why.
"""

import json
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tl_core.backbones import get_backbone
from tl_core.models.exports.files import PIXELS, litert, run_as_program
from tl_core.models.exports.whole_network import features_of, preprocessed, whole_network
from tl_core.models.networks.backbones import build_backbone
from tl_core.models.networks.lite import efficientnet_lite
from tl_core.models.networks.weights import load_imagenet
from tl_core.prediction.live import LiveConfig
from tl_core.training import get_training
from tl_core.training.preprocessing import DIVIDED_BY_255

FILE, ANSWERS = "network.tflite", "answers.npy"


def write_live(config: LiveConfig, folder: Path) -> None:
    """Write `FILE` into `folder`, and as `ANSWERS` what it says there of the photos in `PIXELS`."""
    file = litert(live_network(config))
    (folder / FILE).write_bytes(file)
    np.save(folder / ANSWERS, _answers(file, np.load(folder / PIXELS)))


def live_network(config: LiveConfig) -> keras.Model:
    """Return the network that a browser runs.

    Returns:
        A model from ``(n, size, size, 3) float32``, RGB 0..255, to features, or to probabilities.

    Raises:
        RunNotFound: the run is gone, not trained, or its files are damaged.
        WeightsMissing: the weights are not on this machine.
    """
    if config.part == "whole":
        return whole_network(get_training(config.run))
    if config.part == "imagenet":
        return _imagenet_network(config)
    scaling = DIVIDED_BY_255 if config.divided else get_backbone(config.backbone).preprocessing
    backbone = build_backbone(config.backbone, config.size, config.weights)
    return features_of(backbone, scaling, config.pooling)


def _imagenet_network(config: LiveConfig) -> keras.Model:
    spec = get_backbone(config.backbone)
    classifier = efficientnet_lite(config.backbone, config.size, include_top=True)
    load_imagenet(classifier, spec)
    image = keras.Input(classifier.input_shape[1:], name="image")
    return keras.Model(image, classifier(preprocessed(image, spec.preprocessing)), name="imagenet")


def _answers(file: bytes, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    interpreter: Any = tf.lite.Interpreter(model_content=file)
    interpreter.allocate_tensors()
    (entry,), (end,) = interpreter.get_input_details(), interpreter.get_output_details()
    found = []
    for photo in pixels.astype(np.float32):
        interpreter.set_tensor(entry["index"], photo[np.newaxis])
        interpreter.invoke()
        found.append(interpreter.get_tensor(end["index"])[0])
    return np.stack(found)


if __name__ == "__main__":
    run_as_program(
        lambda: write_live(LiveConfig.from_json(json.loads(sys.argv[1])), Path(sys.argv[2]))
    )
