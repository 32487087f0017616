"""What the teacher has laid out, as the class sees it on the home page."""

from contextlib import suppress
from pathlib import PurePosixPath

import streamlit as st

from tl_core import runs
from tl_core.errors import LabError
from tl_core.teacher.pinned import read_pinned
from tl_core.ui.frame import PAGES, Page, lesson_link, page_link
from tl_core.ui.text import t, t_marked


def page_names() -> dict[str, Page]:
    """Return the pages that a lesson may be on, by what an address calls them: all but the home page."""
    return {PurePosixPath(page.script).stem.partition("_")[2]: page for page in PAGES[1:]}


def show_laid_out() -> bool:
    """Draw a link to the lesson and one to the network, if there are some; returns whether there are."""
    pinned, pages = read_pinned(), page_names()
    page = pages.get(pinned.page) if pinned.page is not None else None
    network = bool(pinned.run) and _is_there(pinned.run)
    if not page and not network:
        return False
    with st.container(border=True, horizontal=True, gap="medium"):
        st.markdown(f":material/school: **{t('From your teacher')}**", width="content")
        if page:
            label = t("The lesson: {page}", page=t_marked(page.title))
            lesson_link(page, label, pinned.parameters)
        if network:
            page_link(PAGES.predict, t("The network of the class"), run=pinned.run)
    return True


def _is_there(identifier: str) -> bool:
    with suppress(LabError):
        return runs.get_run(identifier).has_results
    return False
