"""The controls that all sections share, and the scene that they describe.

Most of them change nothing but the result. So their values are read where the section is drawn, and only the
section is drawn again after them (`redraws` in `controls`).
"""

import streamlit as st

from tl_core.convolution.kernels import Kernel
from tl_core.ui.convolution.controls import GEOMETRY
from tl_core.ui.convolution.geometry_controls import geometry_as_set, geometry_controls
from tl_core.ui.convolution.image_controls import image_as_set, image_controls
from tl_core.ui.convolution.kernel_controls import (
    bias_as_set,
    kernel_as_set,
    kernel_controls,
    turns,
)
from tl_core.ui.convolution.scene import Scene
from tl_core.ui.errors import fragment
from tl_core.ui.text import t


def set_up() -> Kernel:
    """Draw kernel, image and geometry, and return the kernel."""
    kernel_tab, image_tab, geometry_tab = st.tabs([t("Kernel"), t("Image"), t("Geometry")])
    with kernel_tab:
        kernel = kernel_controls()
    with image_tab:
        image_controls(kernel)
    with geometry_tab:
        fragment(lambda: geometry_controls(kernel, image_as_set(kernel).size), key=GEOMETRY)()
    return kernel


def scene_as_set(kernel: Kernel) -> Scene:
    """Return what the controls describe now.

    Args:
        kernel: as `set_up` returned it.
    """
    kernel = kernel_as_set(kernel)
    image = image_as_set(kernel)
    return Scene(
        image=image,
        kernel=kernel,
        geometry=geometry_as_set(kernel, image.size),
        flip=turns(),
        bias=bias_as_set(kernel),
    )
