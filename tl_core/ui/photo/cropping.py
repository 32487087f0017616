"""Which part of a photo a network is shown: all of it, squashed as in training, or its middle square."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from tl_core.images import Crop, centre_of, shrink
from tl_core.ui.photo.followed import Photo
from tl_core.ui.pictures import show_picture
from tl_core.ui.state import url_choice
from tl_core.ui.text import t, t_marked
from tl_core.wording import N_

KEY = "crop"
CROPS: dict[Crop, str] = {
    "whole": N_("Whole photo"),
    "centre": N_("Middle square"),
}
SIDE = 240
"""Pixels of the longer side of the photo that shows what is cut off."""
DIMMED = 0.3
"""What is left of the brightness outside the square."""


def crop_choice(photo: Photo) -> Crop:
    """Draw the choice of the part that the network is shown; returns it.

    Args:
        photo: what would be cut off of it is shown.
    """
    st.segmented_control(
        t("What the network is shown"),
        **url_choice(KEY, list(CROPS), default="whole"),
        format_func=lambda name: t_marked(CROPS[name]),
        required=True,
        help=t(
            "Training squashes whole photos, so the whole photo is the usual choice. What comes from a "
            "camera is the square in the middle already: nothing is distorted, but the sides are lost."
        ),
    )
    crop = chosen_crop()
    if crop == "centre":
        _show_cut(photo)
    return crop


def chosen_crop() -> Crop:
    """Return the part that is chosen on this page."""
    return "centre" if st.session_state.get(KEY) == "centre" else "whole"


def _show_cut(photo: Photo) -> None:
    height, width = photo.image.shape[:2]
    if height == width:
        st.caption(t("This photo is a square already: nothing is cut off."))
        return
    show_picture(
        _cut(photo.name, photo.image),
        depends_on=("cut", photo.name),
        alt=t(
            "{title}; only the bright square in the middle is shown to the network",
            title=photo.title,
        ),
        width=SIDE,
    )
    left = 100 * min(height, width) // max(height, width)
    st.caption(t("The bright square is shown to the network: {share} % of the photo.", share=left))


@st.cache_resource(show_spinner=False, max_entries=100)
def _cut(name: str, _image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the small photo for all sessions; a photo's name is that of no other."""
    return dimmed(shrink(_image, SIDE))


def dimmed(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return `(h, w, 3) uint8` with all but the square in the middle darkened, and a thin frame around it."""
    top, left, side = centre_of(*image.shape[:2])
    found = np.asarray(image * DIMMED, np.uint8)
    inside = (slice(top, top + side), slice(left, left + side))
    found[inside] = 255
    found[inside][1:-1, 1:-1] = image[inside][1:-1, 1:-1]
    return found
