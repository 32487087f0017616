"""A kernel on the followed photo: shared controls at the left, one of many ways to look at the right."""

import streamlit as st

from tl_core.ui import lesson
from tl_core.ui.convolution.controls import CONTENT, SHOWN
from tl_core.ui.convolution.scene import Latest
from tl_core.ui.convolution.sections import HIDEABLE, SECTIONS
from tl_core.ui.convolution.set_up import scene_as_set, set_up
from tl_core.ui.convolution.sharing import show_sharing
from tl_core.ui.errors import fragment, shown_in_place
from tl_core.ui.frame import PAGES, frame
from tl_core.ui.guide import tour
from tl_core.ui.projector import set_up_beside
from tl_core.ui.sections import choose_section, draw_alone
from tl_core.ui.text import t
from tl_core.wording import N_


def show_content() -> None:
    """Draw everything below the page's title; it runs alone after a change in it."""
    lesson.show()
    section = choose_section(SECTIONS)
    controls, shown = set_up_beside(
        2, 5, title=t("Kernel, image and geometry"), fold=tour.folds("convolution"), gap="small"
    )
    with controls:
        kernel = set_up()
    latest = Latest(scene_as_set(kernel))

    def show() -> None:
        scene = scene_as_set(kernel)
        with shown_in_place():
            section.show(scene)
            latest.take(scene)

    with shown:
        fragment(show, key=SHOWN)()
    with st.container(horizontal=True, gap="small"):
        show_sharing(latest)
        lesson.maker(HIDEABLE)


with frame(
    PAGES.convolution,
    N_(
        "A kernel slides over the photo. At each position its weights are multiplied with the pixels below "
        "and added up: that sum is one pixel of the result."
    ),
):
    draw_alone(show_content, key=CONTENT)
