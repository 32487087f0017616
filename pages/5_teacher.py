"""Lead a class: who is here, whose job is next, what is laid out for all, and the end of a lesson."""

from tl_core.ui.frame import PAGES, frame, need_data_folder
from tl_core.ui.sections import choose_section
from tl_core.ui.teacher.gate import is_open
from tl_core.ui.teacher.sections import SECTIONS
from tl_core.wording import N_

with frame(
    PAGES.teacher,
    N_("See who is here and what waits, lay a lesson out for the class, and clean up after it."),
):
    need_data_folder()
    if is_open():
        choose_section(SECTIONS).show()
