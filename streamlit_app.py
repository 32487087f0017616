"""The home page: what the lab teaches, and the photo that goes through all of it."""

import streamlit as st

from tl_core.ui.errors import fragment
from tl_core.ui.frame import PAGES, TAUGHT, frame, page_link
from tl_core.ui.guide.home import show_beginnings
from tl_core.ui.guide.sections import SECTIONS
from tl_core.ui.photo import photo_picker
from tl_core.ui.pictures import show_picture
from tl_core.ui.sections import choose_section
from tl_core.ui.teacher.laid_out import show_laid_out
from tl_core.ui.text import t, t_marked
from tl_core.wording import N_

TEACHES = (
    N_("Slide a kernel over the photo and see which patterns it finds."),
    N_("See why many networks end in one number per channel, and how many weights that saves."),
    N_("Teach a network that knows a million photos your own classes, in seconds."),
    N_("Show it a photo that it has never seen, and see how sure it is."),
)


def show_section() -> None:
    """Draw the section that is chosen; it runs alone after another choice."""
    choose_section(SECTIONS).show()


with frame(
    PAGES.home,
    N_(
        "Transfer learning means: take a network that has already seen a million photos, and teach it your "
        "own classes. Here you watch every step."
    ),
):
    show_laid_out()
    show_beginnings()
    steps, picture = st.columns([5, 3], gap="medium")
    with steps, st.grid(2, min_column_width=200):
        for number, (page, teaches) in enumerate(zip(TAUGHT, TEACHES, strict=True), start=1):
            with st.container(border=True, height="stretch"):
                st.subheader(f"{number}. {t_marked(page.title)}", anchor=False)
                st.markdown(t_marked(teaches))
                st.space("stretch")
                page_link(page, t("Open"))
    with picture:
        photo = photo_picker()
        show_picture(photo.image, alt=photo.title, depends_on=(photo.name,))
        st.caption(
            t(
                "You will meet this photo again: as pixels under a kernel, as a feature map, and in the end "
                "as a score for every class."
            )
        )
    st.subheader(t("The way through"), anchor=False)
    fragment(show_section)()
