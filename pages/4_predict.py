"""Show a trained network a photo that it has never seen."""

from tl_core.ui import lesson
from tl_core.ui.frame import PAGES, frame, need_data_folder
from tl_core.ui.photo import photo_picker
from tl_core.ui.prediction.scores import choose_run, show_way_to_training
from tl_core.ui.prediction.sections import HIDEABLE, SECTIONS
from tl_core.ui.sections import choose_section
from tl_core.wording import N_

with frame(
    PAGES.predict,
    N_(
        "Show a trained network a photo that it has never seen, and see how sure it is of every class."
    ),
):
    need_data_folder()
    lesson.show()
    with lesson.part("run"):
        run = choose_run()
    with lesson.part("photo"):
        photo = photo_picker()
    if run is None:
        show_way_to_training(photo)
    else:
        choose_section(SECTIONS).show(run, photo)
    lesson.maker(HIDEABLE)
