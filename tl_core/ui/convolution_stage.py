"""The image, the kernel's way over it, and the result beside it."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from tl_core.convolution.arrays import Array
from tl_core.convolution.display import get_view, list_views
from tl_core.convolution.geometry import PADDINGS, Geometry, formula
from tl_core.convolution.kernels import Kernel
from tl_core.images import shrink
from tl_core.ui.photo import Photo
from tl_core.ui.pictures import show_picture
from tl_core.ui.state import url_choice, url_number
from tl_core.ui.text import t, t_marked
from tl_core.wording import N_

COLOURS = {"grey": N_("Grey"), "rgb": N_("Colour")}
PADDING_TITLES = {"valid": N_("valid"), "same": N_("same"), "full": N_("full")}
SMALLEST, LARGEST, USUAL_SIZE = 32, 1024, 256
MOST_STRIDE = 8


def image_controls(photo: Photo) -> NDArray[np.uint8]:
    """Draw how the photo is prepared, and return it: `(h, w) or (h, w, 3) uint8`, read-only."""
    size = st.slider(
        t("Working size (pixels)"),
        **url_number("size", SMALLEST, LARGEST, default=USUAL_SIZE, step=32),
        help=t("Longest side of the image. At 32 pixels you see every single one."),
    )
    colour = st.segmented_control(
        t("Channels"),
        **url_choice("colour", list(COLOURS), default="grey"),
        format_func=lambda name: t_marked(COLOURS[name]),
        required=True,
        help=t("Colour: the kernel is applied to red, green and blue, each on its own."),
    )
    return _working_image(photo.name, size, colour, photo.image)


def geometry_controls(kernel: Kernel) -> Geometry:
    """Draw stride and padding, and return how this kernel is slid."""
    stride = st.slider(
        t("Stride (pixels)"),
        **url_number("stride", 1, MOST_STRIDE, default=1),
        help=t("How far the kernel moves from one position to the next."),
    )
    padding = st.segmented_control(
        t("Padding"),
        **url_choice("padding", PADDINGS, default="valid"),
        format_func=lambda name: t_marked(PADDING_TITLES[name]),
        required=True,
        help=t(
            "valid: the kernel stays inside. same: zeros around the image, so that a stride of 1 keeps its "
            "size. full: every overlap counts."
        ),
    )
    height, width = kernel.weights.shape[:2]
    return Geometry(kernel=(height, width), stride=(stride, stride), padding=padding)


def show_input(image: NDArray[np.uint8], photo: Photo) -> None:
    """Draw the prepared photo."""
    show_picture(
        image,
        alt=t("{title}, the input", title=photo.title),
        caption=t("Input: {height} × {width} pixels", height=image.shape[0], width=image.shape[1]),
        depends_on=(photo.name, *image.shape),
    )


def show_result(result: Array, kernel: Kernel, photo: Photo) -> None:
    """Draw the result as the chosen view shows it."""
    view = get_view(st.session_state["view"])
    show_picture(
        view.show(result),
        alt=t(
            "{title} after the kernel {kernel}", title=photo.title, kernel=t_marked(kernel.title)
        ),
        caption=t(
            "Result: {height} × {width}, values {low} to {high}",
            height=result.shape[0],
            width=result.shape[1],
            low=_number(result.min()),
            high=_number(result.max()),
        ),
    )


def view_controls() -> None:
    """Draw the choice of how the result's numbers become colours."""
    titles = {view.name: view.title for view in list_views()}
    chosen = st.segmented_control(
        t("Show the result"),
        **url_choice("view", list(titles), default="absolute"),
        format_func=lambda name: t_marked(titles[name]),
        required=True,
        wrap=True,
    )
    st.caption(t_marked(get_view(chosen).description))


def show_size_formula(image: NDArray[np.uint8], geometry: Geometry) -> None:
    """Write out how the size of the result follows from the numbers on this page."""
    (down, down_values), (across, across_values) = formula(
        geometry, (image.shape[0], image.shape[1])
    )
    st.markdown(
        f"{t('Height')}: **{down.format(**down_values)}**  \n"
        f"{t('Width')}: **{across.format(**across_values)}**"
    )
    st.caption(
        t(
            "Size of the result: (image + padding on both sides − kernel) divided by the stride, rounded "
            "down, plus 1. Look for what stride 2 does to both sides."
        )
    )


def _number(value: float) -> str:
    return f"{value:.0f}".replace("-", "−")


@st.cache_resource(show_spinner=False, max_entries=64)
def _working_image(
    photo: str, size: int, colour: str, _image: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    small = shrink(_image, size)
    return np.asarray(Image.fromarray(small).convert("L")) if colour == "grey" else small
