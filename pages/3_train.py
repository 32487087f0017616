"""Bring data, train on a pretrained backbone, and look at what came out from every side."""

from tl_core.ui import lesson
from tl_core.ui.engine_status import engine
from tl_core.ui.frame import PAGES, frame, need_data_folder
from tl_core.ui.sections import choose_section, show_alone
from tl_core.ui.training.sections import HIDEABLE, SECTIONS, keep_in_url
from tl_core.wording import N_

with frame(
    PAGES.train,
    N_(
        "Usually the backbone turns every image into a list of numbers just once. A small head then learns "
        "to read them: that takes seconds, and that is transfer learning."
    ),
):
    need_data_folder()
    engine().expect_training()
    lesson.show()
    keep_in_url()
    show_alone(choose_section(SECTIONS))
    lesson.maker(HIDEABLE)
