"""The section "data" of the training page: see, change, check and bring in what the network learns from."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from tl_core.datasets.dataset import Dataset
from tl_core.ui import lesson
from tl_core.ui.datasets.bring import keep_in_url, show_job, show_more, show_new
from tl_core.ui.datasets.changes import LOOK_KEY, show_news
from tl_core.ui.datasets.check import show_check
from tl_core.ui.datasets.choice import select_dataset
from tl_core.ui.datasets.left_out import show_left_out
from tl_core.ui.datasets.photos import show_photos
from tl_core.ui.datasets.versions import show_versions
from tl_core.ui.errors import shown_in_place
from tl_core.ui.projects.taking import show_taking
from tl_core.ui.state import url_choice
from tl_core.ui.text import t, t_marked
from tl_core.wording import N_


@dataclass(frozen=True, kw_only=True)
class Look:
    """One thing to do with the chosen dataset."""

    title: str
    show: Callable[[Dataset], None]


def _show_home(dataset: Dataset) -> None:
    show_taking(dataset)
    show_job()


LOOKS = {
    "photos": Look(title=N_("Photos"), show=show_photos),
    "check": Look(title=N_("Check and split"), show=show_check),
    "versions": Look(title=N_("Versions"), show=show_versions),
    "more": Look(title=N_("Add photos"), show=show_more),
    "home": Look(title=N_("Take it home"), show=_show_home),
    "new": Look(title=N_("New dataset"), show=lambda dataset: show_new()),
}


def show() -> None:
    """Draw the choice of a dataset and what can be done with it; only the chosen part runs."""
    keep_in_url()
    dataset = select_dataset()
    with lesson.part(LOOK_KEY):
        look = st.segmented_control(
            t("What to do with it"),
            **url_choice(LOOK_KEY, list(LOOKS), default="photos"),
            format_func=lambda name: t_marked(LOOKS[name].title),
            required=True,
            label_visibility="collapsed",
        )
    show_news()
    with shown_in_place():
        LOOKS[look].show(dataset)
    if look == "photos":
        show_left_out(dataset)
