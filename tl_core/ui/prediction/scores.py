"""A trained run and a photo, and what the one says of the other."""

from contextlib import suppress

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from tl_core import images
from tl_core.engine.questions import HEAT_MAP, PREDICT
from tl_core.errors import LabError
from tl_core.images.heat import covered
from tl_core.results.metrics import read_metrics, read_model
from tl_core.run_book import read_entries
from tl_core.training import Training
from tl_core.ui import lesson
from tl_core.ui.asking import ask_of_run, may_ask
from tl_core.ui.charts import bar_chart
from tl_core.ui.engine_status import engine_ready
from tl_core.ui.frame import PAGES, page_link
from tl_core.ui.numbers import interval_text
from tl_core.ui.photo import Photo
from tl_core.ui.pictures import show_picture
from tl_core.ui.run_titles import class_title, run_title
from tl_core.ui.state import link_parameters, url_choice, url_flag
from tl_core.ui.text import escaped, t
from tl_core.ui.theme import class_colour
from tl_core.wording import percent

CLASSES_SHOWN = 10


def trained_runs() -> dict[str, tuple[Training, str]]:
    """Return the runs that have a result and what to call them, newest first, by id.

    Those that cannot be read are left out.
    """
    found = {}
    for entry in read_entries():
        if entry.config and entry.metrics and not (entry.state and entry.state.live):
            accuracy = percent(entry.metrics.headline.accuracy)
            with suppress(LabError):  # a backbone that this version does not know
                found[entry.run.id] = (entry.run, f"{run_title(entry.run)} · {accuracy}")
    return found


def choose_run() -> Training | None:
    """Draw the choice of a trained run; None, and nothing drawn, while there is none."""
    found = trained_runs()
    if not found:
        return None
    # In a class the newest run is a classmate's: one's own comes first.
    own = link_parameters(PAGES.train.title, {}).get("run", "")
    chosen = st.selectbox(
        t("Trained network"),
        **url_choice(
            "run", list(found), default=own if own in found else next(iter(found)), always=True
        ),
        format_func=lambda identifier: found[identifier][1],
        help=t("The newest is on top."),
    )
    return found[chosen][0]


def show_way_to_training(photo: Photo) -> None:
    """Draw the photo, and what to do first: there is no trained network yet."""
    seen, scores = st.columns([2, 3], gap="large")
    with seen:
        show_picture(photo.image, alt=photo.title)
    with scores:
        st.info(t("Nothing is trained yet. Train a network first; it takes less than a minute."))
        page_link(PAGES.train)


def show(run: Training, photo: Photo) -> None:
    """Draw what the network sees of the photo, and how sure it is of every class."""
    seen, scores = st.columns([2, 3], gap="large")
    with seen:
        show_seen(run, photo)
    if not lesson.hidden("scores"):
        with scores:
            show_prediction(run, photo)


def seen_pixels(run: Training, photo: Photo) -> NDArray[np.uint8]:
    """Return the photo as the run's network sees it: ``(size, size, 3) uint8``."""
    return images.model_input(photo.data, photo.name, run.settings.size)


def show_seen(run: Training, photo: Photo) -> None:
    """Draw the photo as the run's network sees it, and where it looked if that is wanted."""
    pixels = seen_pixels(run, photo)
    with lesson.part("heat"):
        heated = st.toggle(
            t("Show where it looked"),
            **url_flag("heat"),
            help=t("The places that spoke most for the first class are red (Grad-CAM)."),
        )
    picture, caption = pixels, ""
    if heated and engine_ready():
        with st.spinner(t("Computing the heat map …")):
            picture = covered(pixels, ask_of_run(HEAT_MAP, run, pixels=pixels).maps[0])
        caption = t(
            "Red is where the network found most for its first guess. Look for red beside the thing itself: "
            "then it goes by the background."
        )
    show_picture(picture, alt=t("{title}, as the network sees it", title=photo.title))
    st.caption(
        caption
        or t(
            "What the network sees: the photo resized to {size} × {size} pixels. "
            "Look for what is lost: fine detail, and the shape of a wide photo.",
            size=len(pixels),
        )
    )


def show_prediction(run: Training, photo: Photo) -> None:
    """Draw a bar for every class of the run, with the guess in words."""
    if not may_ask():
        return
    names = [class_title(run.settings.dataset, name) for name in read_model(run).class_names]
    with st.spinner(t("Looking at the photo …")):
        shares = ask_of_run(PREDICT, run, pixels=seen_pixels(run, photo)).shares
    order = np.argsort(shares)[::-1][:CLASSES_SHOWN]
    guess, share = names[order[0]], shares[order[0]]
    st.subheader(t("{name}: {share}", name=escaped(guess), share=percent(share)), anchor=False)
    # A few classes keep their places, so that two photos can be compared.
    drawn = sorted(order) if len(names) <= CLASSES_SHOWN else order
    scores = ", ".join(f"{names[label]} {percent(shares[label])}" for label in drawn)
    bar_chart(
        [names[label] for label in drawn],
        [shares[label] for label in drawn],
        alt=t("Score of every class: {scores}", scores=scores),
        colours=[class_colour(int(label)) for label in drawn],
        largest=1.0,
        key="scores",
    )
    st.caption(
        t(
            "The scores always add up to 100 %: a photo of something else gets a class too. "
            "Look for how far the first is ahead of the second."
        )
    )
    st.markdown(interval_text(read_metrics(run).headline))
