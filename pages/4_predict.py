"""Show a trained network a photo that it has never seen."""

import streamlit as st

from tl_core.ui.frame import PAGES, frame, need_data_folder, page_link
from tl_core.ui.photo import photo_picker
from tl_core.ui.pictures import show_picture
from tl_core.ui.prediction import choose_run, show_prediction, show_seen
from tl_core.ui.text import t
from tl_core.wording import N_

TRAIN = PAGES[3]

with frame(
    N_("Predict"),
    ":material/photo_camera:",
    N_(
        "Show a trained network a photo that it has never seen, and see how sure it is of every class."
    ),
):
    need_data_folder()
    run = choose_run()
    photo = photo_picker()
    seen, scores = st.columns([2, 3], gap="large")
    if run is None:
        with seen:
            show_picture(photo.image, alt=photo.title)
        with scores:
            st.info(
                t("Nothing is trained yet. Train a network first; it takes less than a minute.")
            )
            page_link(TRAIN)
    else:
        with seen:
            show_seen(run, photo)
        with scores:
            show_prediction(run, photo)
