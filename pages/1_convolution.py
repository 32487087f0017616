"""A kernel on the followed photo: what goes in, what comes out, and how large it is."""

import streamlit as st

from tl_core.convolution.stack import ConvolutionLayer
from tl_core.ui.convolution_stage import (
    geometry_controls,
    image_controls,
    show_input,
    show_result,
    show_size_formula,
    view_controls,
)
from tl_core.ui.errors import shown_in_place
from tl_core.ui.frame import frame
from tl_core.ui.kernel_controls import kernel_controls, show_meaning
from tl_core.ui.photo import photo_picker
from tl_core.wording import N_

with frame(
    N_("Convolution"),
    ":material/grid_on:",
    N_(
        "A kernel slides over the photo. At each position its weights are multiplied with the pixels below "
        "and added up: that sum is one pixel of the result."
    ),
):
    photo = photo_picker()
    stage, weights = st.columns([3, 2], gap="medium")
    with weights:
        kernel = kernel_controls()
    with stage:
        pictures = st.container()
        view_controls()
    left, right = st.columns(2, gap="medium")
    with left:
        image = image_controls(photo)
    with right:
        geometry = geometry_controls(kernel)

    with pictures, shown_in_place():
        result = ConvolutionLayer(kernel=kernel, geometry=geometry).apply(image)
        before, after = st.columns(2, gap="small")
        with before:
            show_input(image, photo)
        with after:
            show_result(result, kernel, photo)
        show_meaning(kernel)
    show_size_formula(image, geometry)
