"""What the network was trained on: a few of its photos, so that nobody asks a cat expert about pizza."""

from contextlib import suppress

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from tl_core import images
from tl_core.datasets.catalogue import get_dataset, is_drawn
from tl_core.errors import LabError
from tl_core.images.grids import grid
from tl_core.training import Training
from tl_core.ui.photo import Photo
from tl_core.ui.pictures import show_picture
from tl_core.ui.prediction.shown import class_names
from tl_core.ui.text import escaped, t

MOST = 8
"""Photos, shared out among the classes."""
SIDE = images.THUMBNAIL_SIDE


def show(run: Training, photo: Photo) -> None:
    """Draw up to eight photos that it learned from, in the order of their classes, if the run kept any.

    Args:
        run: the trained network.
        photo: what it is shown.

    Raises:
        RunNotFound: its description is missing or damaged.
    """
    if is_drawn(run.settings.dataset) and not _is_of(run.settings.dataset, photo):
        st.caption(
            t(
                "This network was taught with drawings only: of a photo it can say little. Train one on "
                "photos, to ask it about photos."
            )
        )
    names = class_names(run)
    sheet = _sheet(run.id, len(names), run)
    if sheet is None:
        return
    named = ", ".join(names[:MOST]) + (" …" if len(names) > MOST else "")
    show_picture(
        sheet,
        alt=t("Photos that it was trained on, of {classes}", classes=named),
        width="content",
        depends_on=("trained on", run.id),
    )
    st.caption(
        t(
            "It was trained on photos like these, of {classes}; it knows no others.",
            classes=escaped(named),
        )
    )


def _is_of(dataset: str, photo: Photo) -> bool:
    with suppress(LabError):  # deleted since
        return photo.source in get_dataset(dataset).by_sha256
    return False


@st.cache_resource(show_spinner=False, max_entries=100)
def _sheet(run_id: str, classes: int, _run: Training) -> NDArray[np.uint8] | None:
    """Return the run's own small photos as one picture, ``(h, w, 3) uint8``; None if it kept none."""
    pictures = _pictures(classes, _run)
    return grid(pictures, (SIDE, SIDE, 3), min(len(pictures), MOST // 2)) if pictures else None


def _pictures(classes: int, run: Training) -> list[NDArray[np.uint8]]:
    """Return the small photos, as many of one class as of another, in the order of the classes."""
    found = []
    for number in range(-(-MOST // classes)):
        for label in range(min(classes, MOST)):
            path = run.folder / "thumbnails" / f"{label}-{number}.webp"
            with suppress(
                OSError, LabError
            ):  # a class with fewer photos than that, or a damaged file
                found.append((label, images.model_input(path.read_bytes(), path.name, SIDE)))
    return [picture for _, picture in sorted(found[:MOST], key=lambda one: one[0])]
