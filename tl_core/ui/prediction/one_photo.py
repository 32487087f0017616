"""The section for one photo: the answer first, then the photo, then whatever somebody wants to know of it."""

from contextlib import suppress
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from tl_core.engine.questions import HEAT_MAP
from tl_core.errors import RunNotFound
from tl_core.images.heat import covered
from tl_core.training import Training
from tl_core.ui import lesson, projector
from tl_core.ui.asking import ask_of_run
from tl_core.ui.engine_status import engine_ready
from tl_core.ui.errors import fragment, shown_in_place
from tl_core.ui.frame import PAGES, page_link
from tl_core.ui.heat import show_legend
from tl_core.ui.photo import Photo, chosen_crop, crop_choice, is_chosen, past_strip, photo_picker
from tl_core.ui.pictures import show_picture
from tl_core.ui.prediction import guessing, run_photos, trained_on
from tl_core.ui.prediction.answer import show_answer, show_beside
from tl_core.ui.prediction.before import answers_of, note_answer
from tl_core.ui.prediction.figures import show_download
from tl_core.ui.prediction.imagenet_line import imagenet_bars, imagenet_line, may_stand_beside
from tl_core.ui.prediction.networks import Networks, choose_networks
from tl_core.ui.prediction.parts import show_parts
from tl_core.ui.prediction.shown import seen_pixels
from tl_core.ui.state import url_flag
from tl_core.ui.text import t


def show() -> None:
    """Draw the section."""
    # On a phone the first column is on top: the photo's name and the answer are seen together.
    above = st.container()
    said, asked = st.columns([3, 2], gap="large")
    # What is drawn alone keeps its place, however much stands above it.
    beside, below = st.container(), st.container()
    first, choices, last = asked.container(), asked.container(), asked.container()
    with choices:
        networks = choose_networks()
        with above, lesson.part("photo"):
            photo = photo_picker(
                of_run=partial(run_photos.show, networks.run) if networks.run else None,
                usual=partial(run_photos.usual, networks.run) if networks.run else None,
                strip=False,
            )
        with lesson.part("photo"):
            past_strip(answers_of(networks.run))
            _say_whose(networks, photo)
            crop_choice(photo)
        if networks.run is not None:
            guessing.choose()
    with first if projector.is_on() else last:
        fragment(_show_picture)(networks, photo)
    shown = None
    with said:
        if networks.run is None:
            with shown_in_place():
                imagenet_bars(photo)
            _show_way_to_training()
        else:
            with shown_in_place():
                shown = show_answer(networks.run, photo)
                if shown and may_stand_beside(networks.run.settings):
                    imagenet_line(photo)
            with suppress(RunNotFound):  # the answer has said so
                trained_on.show(networks.run, photo)
    if networks.run is not None:
        with beside:
            others = show_beside(networks.beside, photo) if shown else []
        with below:
            show_parts(shown)
            if shown:
                note_answer(shown)
                show_download([shown, *others])


def _say_whose(networks: Networks, photo: Photo) -> None:
    """Say where the photo comes from, if nobody has chosen it and the network has one of its own."""
    if not (networks.run and photo.source) or is_chosen():
        return
    if "leak" in networks.run.settings.mistakes:
        said = t(
            "One that it was judged by and got right, but has learned from, by a mistake made on purpose. "
            "Change it, to see those that it got wrong, or a photo of your own."
        )
    else:
        said = t(
            "One that it was judged by and got right, and has never learned from. Change it, to see those "
            "that it got wrong, or a photo of your own."
        )
    st.caption(said)


def _show_way_to_training() -> None:
    st.markdown(
        t("Teach it your own classes: a network of yours is usually trained in less than a minute.")
    )
    page_link(PAGES.train)


def _show_picture(networks: Networks, photo: Photo) -> None:
    """Draw the photo as it is seen, and where the network looked if that is wanted."""
    if networks.run is None:
        show_picture(photo.image, alt=photo.title, depends_on=(photo.name,))
        return
    pixels = seen_pixels(networks.run, photo)
    with lesson.part("heat"):
        heated = st.toggle(
            t("Show where it looked"),
            **url_flag("heat"),
            help=t("The places that spoke most for the first class are yellow."),
        )
    alt = t("{title}, as the network sees it", title=photo.title)
    if heated and engine_ready():
        with shown_in_place():
            _show_heat(networks.run, pixels, alt)
            return
    show_picture(pixels, alt=alt, depends_on=("seen", photo.name, len(pixels), chosen_crop()))
    st.caption(_seen_text(len(pixels)))


def _show_heat(run: Training, pixels: NDArray[np.uint8], alt: str) -> None:
    with st.spinner(t("Computing the heat map …")):
        maps = ask_of_run(HEAT_MAP, run, pixels=pixels).maps
    show_picture(covered(pixels, maps[0]), alt=alt)
    show_legend(t("nothing"), t("most"))
    st.caption(
        t(
            "Yellow is where the network found most for its first guess. Look for yellow beside the thing "
            "itself: then it may go by the background."
        )
    )


def _seen_text(size: int) -> str:
    if chosen_crop() == "centre":
        return t(
            "What the network sees: the square in the middle, resized to {size} × {size} pixels. "
            "Look for what is lost: fine detail, and what was at the sides.",
            size=size,
        )
    return t(
        "What the network sees: the photo resized to {size} × {size} pixels. "
        "Look for what is lost: fine detail, and the shape of a wide photo.",
        size=size,
    )
