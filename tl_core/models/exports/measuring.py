"""Measures LiteRT files: what a photo takes, and what rounding costs on the held-out ones of the run."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tl_core.answers.extraction import read_pixels
from tl_core.datasets.catalogue import get_dataset
from tl_core.errors import DatasetRefused
from tl_core.exports import Loss, Measured, Taken
from tl_core.models.exports.photos import photos_of_run
from tl_core.models.features.computing import labels_of
from tl_core.statistics import Proportion
from tl_core.training import Training
from tl_core.training.kept_features import sides_of

MOST = 500
"""Photos that are judged; of more, so many from first to last."""
CALIBRATION_PHOTOS = 100
"""Training photos that show which numbers the layers of a network in 8 bits have to hold."""
ROUNDS, MOST_SECONDS = 20, 4.0
"""How often a photo is timed, unless that takes too long."""

Photo = NDArray[np.float32]
"""``(1, size, size, 3)``, 0..255."""
Ask = Callable[[Photo], NDArray[np.float32]]


def calibration_photos(run: Training) -> list[Photo]:
    """Return training photos of a run, from its first to its last.

    Raises:
        DatasetRefused: see `photos_of_run`.
    """
    shown = photos_of_run(run, lambda sides: spread_out(sides.train, CALIBRATION_PHOTOS), "*.webp")
    return [_as_input(pixels) for pixels in shown]


def measure(run: Training, file: bytes, exact: bytes | None) -> Measured:
    """Return what a file takes and costs.

    Args:
        run: the training.
        file: its network as LiteRT, for one photo at a time.
        exact: the same in float32; None if `file` is.
    """
    measured = [one for one in (file, exact) if one]
    asks = [asked(one) for one in measured]
    grey = np.full((1, run.settings.size, run.settings.size, 3), 128, np.float32)
    taken = [
        Taken(size=len(one), milliseconds=round(1000 * spent, 3))
        for one, spent in zip(measured, timed(asks, grey), strict=True)
    ]
    if not exact:
        return Measured(file=taken[0])
    return Measured(file=taken[0], exact=taken[1], loss=_loss(run, *asks))


def spread_out(indices: Sequence[int], most: int) -> list[int]:
    """Return at most so many of some indices, from the first to the last."""
    places = np.linspace(0, len(indices) - 1, min(most, len(indices))).round().astype(int)
    return [indices[place] for place in places]


def _as_input(pixels: NDArray[np.uint8]) -> Photo:
    return pixels[np.newaxis].astype(np.float32)


def asked(file: bytes) -> Ask:
    """Return what asks a LiteRT file about a photo, in one thread."""
    interpreter: Any = tf.lite.Interpreter(model_content=file, num_threads=1)
    interpreter.allocate_tensors()
    place_in = interpreter.get_input_details()[0]["index"]
    place_out = interpreter.get_output_details()[0]["index"]

    def ask(photo: Photo) -> NDArray[np.float32]:
        interpreter.set_tensor(place_in, photo)
        interpreter.invoke()
        return np.asarray(interpreter.get_tensor(place_out))

    return ask


def timed(asks: Sequence[Ask], photo: Photo) -> list[float]:
    """Return the seconds that each takes for a photo: the best of several, in turns, after a warm-up."""
    for ask in asks:
        ask(photo)
    best = [float("inf")] * len(asks)
    deadline = time.monotonic() + MOST_SECONDS
    for _ in range(ROUNDS):
        for place, ask in enumerate(asks):
            began = time.perf_counter()
            ask(photo)
            best[place] = min(best[place], time.perf_counter() - began)
        if time.monotonic() > deadline:
            break
    return best


def _loss(run: Training, file: Ask, exact: Ask) -> Loss | None:
    """Return how a file and its network judge the same validation photos; None where these are gone."""
    config = run.settings
    try:
        dataset = get_dataset(config.dataset)
    except DatasetRefused:  # deleted since
        return None
    chosen = spread_out(sides_of(dataset, config).validation, MOST)
    before, after = [], []
    for index in chosen:
        photo = _as_input(read_pixels(dataset, dataset.images[index], config))
        before.append(int(exact(photo).argmax()))
        after.append(int(file(photo).argmax()))
    return _compared(labels_of(dataset, chosen), np.array(before), np.array(after))


def _compared(
    truth: NDArray[np.int64], before: NDArray[np.int64], after: NDArray[np.int64]
) -> Loss:
    return Loss(
        before=Proportion(correct=int((before == truth).sum()), n=len(truth)),
        after=Proportion(correct=int((after == truth).sum()), n=len(truth)),
        same=int((before == after).sum()),
    )
