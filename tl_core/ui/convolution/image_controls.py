"""Which image the kernel slides over, how large, and which of its channels."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from tl_core.convolution.kernels import Kernel
from tl_core.convolution.painting import LARGEST as LARGEST_PAINTING
from tl_core.convolution.painting import SMALLEST as SMALLEST_PAINTING
from tl_core.convolution.painting import example, painting_from_text, painting_to_text, resized
from tl_core.images import shrink
from tl_core.ui.convolution.controls import GEOMETRY, SHOWN, choice, number
from tl_core.ui.convolution.scene import WorkingImage
from tl_core.ui.photo import followed_photo, photo_picker
from tl_core.ui.stage.paint import paint_grid
from tl_core.ui.state import url_text
from tl_core.ui.text import t
from tl_core.wording import N_

COLOURS = {
    "grey": N_("Grey"),
    "red": N_("Red"),
    "green": N_("Green"),
    "blue": N_("Blue"),
    "rgb": N_("Each channel on its own"),
    "summed": N_("Channels added up"),
}
SIDE_KEY = "painting_side"
ONE_CHANNEL = {"red": 0, "green": 1, "blue": 2}
SOURCES = {"photo": N_("Photo"), "paint": N_("Paint")}
SMALLEST, LARGEST, USUAL_SIZE = 32, 1024, 256


def image_controls(kernel: Kernel) -> None:
    """Draw which image it is and how it is prepared for `kernel`."""
    source = choice("image", t("Image"), SOURCES, default="photo", label_visibility="collapsed")
    if source == "paint":
        _painted()
        return
    photo_picker()
    number(
        "size",
        t("Working size (pixels)"),
        SMALLEST,
        LARGEST,
        default=USUAL_SIZE,
        step=32,
        slider=True,
        help=t("Longest side of the image. At 32 pixels you see every single one."),
        redraws=[GEOMETRY, SHOWN],
    )
    _channels(kernel)


def image_as_set(kernel: Kernel) -> WorkingImage:
    """Return the image as the controls say."""
    if st.session_state["image"] == "paint":
        return _painting(kernel)
    photo = followed_photo()
    resized = _shrunk(photo.name, st.session_state["size"], photo.image)
    return _working_image(photo.name, photo.title, resized, st.session_state["colour"])


def _painted() -> None:
    """Draw the grid to paint on."""
    url_text("painting", default=painting_to_text(example()), check=painting_from_text)
    painting = painting_from_text(st.session_state["painting"])
    st.session_state.setdefault(SIDE_KEY, len(painting))
    side = st.number_input(
        t("Pixels a side"), SMALLEST_PAINTING, LARGEST_PAINTING, step=4, key=SIDE_KEY
    )
    if side != len(painting):
        painting = resized(painting, side)
    st.session_state["painting"] = painting_to_text(paint_grid(side, side, painting))


def _painting(kernel: Kernel) -> WorkingImage:
    """Return what is painted."""
    text: str = st.session_state["painting"]
    painting = painting_from_text(text)
    channels = "summed" if kernel.weights.ndim == 3 else "grey"
    colour = np.repeat(painting[..., None], 3, axis=2)
    return WorkingImage(
        name=text,
        title=t("Painted picture"),
        pixels=painting if channels == "grey" else colour,
        colour=colour,
        summed=channels == "summed",
    )


def _channels(kernel: Kernel) -> None:
    """Draw the choice of channels; a kernel with weights for three needs all of them, added up."""
    choice(
        "colour",
        t("Channels"),
        COLOURS,
        default="grey",
        only=None if kernel.weights.ndim == 2 else ("summed",),
        select=True,
        redraws=[SHOWN],
        help=t(
            "On its own: the kernel is applied to red, green and blue separately. Added up: what a layer of "
            "a network does, one number out of all three."
        ),
    )


def _working_image(name: str, title: str, colour: NDArray[np.uint8], channels: str) -> WorkingImage:
    name = f"{name} {max(colour.shape[:2])}"
    pixels = _channel(name, channels, colour)
    return WorkingImage(
        name=f"{name} {channels}",
        title=title,
        pixels=pixels,
        colour=colour,
        summed=channels == "summed",
    )


@st.cache_resource(show_spinner=False, max_entries=64)
def _shrunk(name: str, size: int, _image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return shrink(_image, size)


@st.cache_resource(show_spinner=False, max_entries=128)
def _channel(name: str, channels: str, _image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if channels == "grey":
        return np.asarray(Image.fromarray(_image).convert("L"))
    if channels in ONE_CHANNEL:
        return np.ascontiguousarray(_image[..., ONE_CHANNEL[channels]])
    return _image
