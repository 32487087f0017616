"""A kernel on the followed photo: shared controls at the left, one of many ways to look at the right."""

import streamlit as st

from tl_core.ui import lesson
from tl_core.ui.convolution.geometry_controls import geometry_controls
from tl_core.ui.convolution.image_controls import image_controls
from tl_core.ui.convolution.kernel_controls import kernel_controls
from tl_core.ui.convolution.scene import Scene
from tl_core.ui.convolution.sections import HIDEABLE, SECTIONS
from tl_core.ui.convolution.sharing import show_sharing
from tl_core.ui.errors import shown_in_place
from tl_core.ui.frame import PAGES, frame
from tl_core.ui.projector import set_up_beside
from tl_core.ui.sections import choose_section
from tl_core.ui.text import t
from tl_core.wording import N_

with frame(
    PAGES.convolution,
    N_(
        "A kernel slides over the photo. At each position its weights are multiplied with the pixels below "
        "and added up: that sum is one pixel of the result."
    ),
):
    lesson.show()
    section = choose_section(SECTIONS)
    controls, shown = set_up_beside(2, 5, title=t("Kernel, image and geometry"), gap="small")
    with controls:
        kernel_tab, image_tab, geometry_tab = st.tabs([t("Kernel"), t("Image"), t("Geometry")])
        with kernel_tab:
            kernel, flip, bias = kernel_controls()
        with image_tab:
            image = image_controls(kernel)
        with geometry_tab:
            geometry = geometry_controls(kernel, image.size)
    scene = Scene(image=image, kernel=kernel, geometry=geometry, flip=flip, bias=bias)
    with shown, shown_in_place():
        section.show(scene)
    with st.container(horizontal=True, gap="small"):
        show_sharing(scene)
        lesson.maker(HIDEABLE)
