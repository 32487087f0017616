"""Section Live camera: the chosen kernel on the camera's picture, in the browser only."""

import streamlit as st

from tl_core.ui.convolution.controls import flag
from tl_core.ui.convolution.figures import view_controls
from tl_core.ui.convolution.kernel_controls import show_meaning
from tl_core.ui.convolution.scene import Scene
from tl_core.ui.stage.camera import live_camera
from tl_core.ui.text import t


def show(scene: Scene) -> None:
    """Draw the camera's picture and what the kernel makes of it, many times a second."""
    camera = st.container()
    view = view_controls()
    colour = False
    if scene.kernel.weights.ndim == 2:
        colour = flag("camera_colour", t("Red, green and blue, each on its own"))
    with camera:
        live_camera(scene.kernel, flip=scene.flip, colour=colour, view=view)
    show_meaning(scene.kernel)
    st.caption(
        t("Stride, padding and bias of the page are not used here: the picture keeps its size.")
    )
