"""Show a trained network a photo that it has never seen."""

import streamlit as st

from tl_core.ui.frame import PAGES, frame, page_link
from tl_core.ui.photo import photo_picker
from tl_core.ui.pictures import show_picture
from tl_core.ui.prediction import choose_run, seen_pixels, show_prediction
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
            pixels = seen_pixels(run, photo)
            show_picture(pixels, alt=t("{title}, as the network sees it", title=photo.title))
            st.caption(
                t(
                    "What the network sees: the photo resized to {size} × {size} pixels. "
                    "Look for what is lost: fine detail, and the shape of a wide photo.",
                    size=len(pixels),
                )
            )
        with scores:
            show_prediction(run, photo)
