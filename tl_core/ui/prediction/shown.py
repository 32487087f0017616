"""What the parts of the page share: a trained network, a photo, and what the one says of the other."""

from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from tl_core import images
from tl_core.engine.questions import PREDICT
from tl_core.images import Crop
from tl_core.results.answers import ClassScores
from tl_core.results.metrics import read_model
from tl_core.training import Training
from tl_core.ui.asking import ask_of_run
from tl_core.ui.photo import Photo, chosen_crop
from tl_core.ui.run_titles import class_title


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A photo, and what a trained network says of it.

    Args:
        run: the network.
        photo: the photo as it was chosen.
        pixels: the photo as the network sees it: ``(size, size, 3) uint8 0..255``.
        names: its classes as people read them, in the order of its outputs.
        answer: how sure it is of every class.
    """

    run: Training
    photo: Photo
    pixels: NDArray[np.uint8] = field(repr=False)
    names: tuple[str, ...]
    answer: ClassScores

    @property
    def guess(self) -> int:
        """The label of the class that it is surest of."""
        return self.answer.order[0]


def seen_pixels(run: Training, photo: Photo) -> NDArray[np.uint8]:
    """Return the photo as the run's network sees it: ``(size, size, 3) uint8``, read-only."""
    return photo_pixels(photo, run.settings.size)


def photo_pixels(photo: Photo, size: int) -> NDArray[np.uint8]:
    """Return the photo as a network of that input size sees it: ``(size, size, 3) uint8``, read-only.

    Raises:
        ImageRefused: it cannot be read.
    """
    return _pixels(photo.name, size, chosen_crop(), photo.data)


@st.cache_resource(show_spinner=False, max_entries=100)
def _pixels(name: str, size: int, crop: Crop, _data: bytes) -> NDArray[np.uint8]:
    """Return the pixels for all sessions; a photo's name is that of no other."""
    pixels = images.model_input(_data, name, size, crop=crop)
    pixels.setflags(write=False)
    return pixels


def class_names(run: Training) -> tuple[str, ...]:
    """Return the classes of a run as people read them.

    Raises:
        RunNotFound: its description is missing or damaged.
    """
    return tuple(class_title(run.settings.dataset, name) for name in read_model(run).class_names)


def look(run: Training, photo: Photo) -> Shown:
    """Ask what a run's network says of a photo.

    Raises:
        LabError: the run cannot be read, or the engine gave no answer.
    """
    names, pixels = class_names(run), seen_pixels(run, photo)
    answer = ask_of_run(PREDICT, run, pixels=pixels)
    return Shown(run=run, photo=photo, pixels=pixels, names=names, answer=answer)
