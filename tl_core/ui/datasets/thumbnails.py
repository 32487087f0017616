"""Small pictures, decoded once for everybody: cached by what their file holds."""

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from tl_core import images
from tl_core.datasets.dataset import Dataset
from tl_core.errors import LabError
from tl_core.images.grids import grid

SIDE = 96
"""Pixels; a picture is squashed to this square, as for training."""
COLUMNS = 8
QUALITY = 85
GREY = (200, 200, 200, 255)
"""Of what cannot be drawn, opaque."""

BLANK = ""
"""The name of an empty place."""

Read = Callable[[str], tuple[str, bytes]]
"""Returns the title and the bytes of the file with the name that it is given; may raise `LabError`."""


def read_named(dataset: Dataset, sha256: str) -> tuple[str, bytes]:
    """Return a file's name and its bytes, as a `Read` does."""
    image = dataset.by_sha256[sha256]
    return image.shown, dataset.read(image)


@dataclass(frozen=True)
class Sheet:
    """Many small pictures as one WebP file: cheaper to send and to draw than fifty."""

    url: str
    """The file itself as a ``data:`` address: Streamlit would encode bytes anew at every run."""
    refusals: tuple[LabError, ...]
    """Why some of the files cannot be drawn; their places are grey."""


@st.cache_resource(show_spinner=False, max_entries=200)
def sheet(names: tuple[str, ...], _read: Read, of: str = "") -> Sheet:
    """Return the pictures of `names`, 8 side by side, each 96 pixels square.

    Args:
        names: of each file, from the top left to the bottom right; one name is always the same content.
        _read: where the files come from.
        of: id of their dataset, where its owner's names of the files are told: no other one may show them.
    """
    refusals: list[LabError] = []
    pictures = [_place(name, _read, refusals) for name in names]
    joined = grid(pictures, (SIDE, SIDE, 4), COLUMNS, gap=0, background=0)
    file = io.BytesIO()
    Image.fromarray(joined).save(file, "WEBP", quality=QUALITY, method=1)
    data = base64.b64encode(file.getvalue()).decode("ascii")
    return Sheet(f"data:image/webp;base64,{data}", tuple(refusals))


def _place(name: str, read: Read, refusals: list[LabError]) -> NDArray[np.uint8]:
    """Return what stands in the place of `name`, with its opacity: nothing where there is no name."""
    if name == BLANK:
        return np.zeros((SIDE, SIDE, 4), np.uint8)
    drawn = np.full((SIDE, SIDE, 4), GREY, np.uint8)
    try:
        drawn[:, :, :3] = _thumbnail(name, read)
    except LabError as error:
        refusals.append(error.bare())
    return drawn


@st.cache_resource(show_spinner=False, max_entries=2000)
def _thumbnail(name: str, _read: Read) -> NDArray[np.uint8]:
    title, data = _read(name)
    return images.model_input(data, title, SIDE)
