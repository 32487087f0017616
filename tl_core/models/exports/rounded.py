"""Judges a LiteRT file with rounded weights on the held-out photos of its run."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tl_core.answers.extraction import read_pixels
from tl_core.datasets.catalogue import get_dataset
from tl_core.errors import DatasetRefused
from tl_core.exports.loss import Loss
from tl_core.models.features.computing import labels_of
from tl_core.statistics import Proportion
from tl_core.training import Training
from tl_core.training.kept_features import sides_of

MOST = 500
"""Photos that are judged; of more, so many from first to last."""


def measured_loss(run: Training, network: keras.Model, file: bytes) -> Loss | None:
    """Return how a file and its network judge the same validation photos; None where these are gone.

    Args:
        run: the training.
        network: as it was trained, from pixels to probabilities.
        file: the same as LiteRT, for one photo at a time.
    """
    config = run.settings
    try:
        dataset = get_dataset(config.dataset)
    except DatasetRefused:  # deleted since
        return None
    held_out = sides_of(dataset, config).validation
    places = np.linspace(0, len(held_out) - 1, min(MOST, len(held_out))).round().astype(int)
    chosen = [held_out[place] for place in places]
    ask, before, after = _asked(file), [], []
    for index in chosen:
        photo = read_pixels(dataset, dataset.images[index], config)[np.newaxis].astype(np.float32)
        before.append(int(np.asarray(network(photo, training=False)).argmax()))
        after.append(int(ask(photo).argmax()))
    return _compared(labels_of(dataset, chosen), np.array(before), np.array(after))


def _compared(
    truth: NDArray[np.int64], before: NDArray[np.int64], after: NDArray[np.int64]
) -> Loss:
    return Loss(
        before=Proportion(correct=int((before == truth).sum()), n=len(truth)),
        after=Proportion(correct=int((after == truth).sum()), n=len(truth)),
        same=int((before == after).sum()),
    )


def _asked(file: bytes) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    interpreter: Any = tf.lite.Interpreter(model_content=file)
    interpreter.allocate_tensors()
    place_in = interpreter.get_input_details()[0]["index"]
    place_out = interpreter.get_output_details()[0]["index"]

    def ask(photo: NDArray[np.float32]) -> NDArray[np.float32]:
        interpreter.set_tensor(place_in, photo)
        interpreter.invoke()
        return np.asarray(interpreter.get_tensor(place_out))

    return ask
