"""Show a network a photo that it has never seen."""

from tl_core.ui import lesson
from tl_core.ui.frame import PAGES, frame, need_data_folder
from tl_core.ui.prediction.sections import HIDEABLE, SECTIONS
from tl_core.ui.sections import choose_section, show_alone
from tl_core.wording import N_

with frame(
    PAGES.predict,
    N_(
        "Show a trained network a photo that it has never seen, and see how sure it is of every class."
    ),
):
    need_data_folder()
    lesson.show()
    show_alone(choose_section(SECTIONS))
    lesson.maker(HIDEABLE)
