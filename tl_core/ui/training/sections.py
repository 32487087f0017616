"""The sections of the page, and what of it a lesson may leave out."""

import streamlit as st

from tl_core.training import get_training
from tl_core.ui.datasets import bring
from tl_core.ui.datasets import section as data
from tl_core.ui.datasets.choice import select_dataset
from tl_core.ui.errors import shown_in_place
from tl_core.ui.lessons import inside, skip, transfer
from tl_core.ui.results import corrections
from tl_core.ui.run_book import section as run_book
from tl_core.ui.sections import Section, names_to_hide
from tl_core.ui.state import url_text
from tl_core.ui.training import article
from tl_core.ui.training import section as train
from tl_core.ui.training.controls import training_controls
from tl_core.ui.training.starting import RUN_KEY
from tl_core.wording import N_


def keep_in_url() -> None:
    """Keep in the URL what a section has shown and begun while another one is drawn."""
    url_text(RUN_KEY, check=get_training)
    corrections.keep_in_url()
    bring.keep_in_url()


def _show_inside() -> None:
    controls, result = st.columns([2, 3], gap="large")
    with controls:
        config = training_controls(select_dataset())
    with result, shown_in_place():
        inside.show(config, train.shown_run())


SECTIONS: tuple[Section[[]], ...] = (
    Section(name="train", title=N_("Train"), show=train.show),
    Section(name="data", title=N_("Data"), show=data.show),
    Section(name="inside", title=N_("Look inside"), show=_show_inside),
    Section(name="skip", title=N_("Why ResNet trains"), show=skip.show),
    Section(
        name="transfer",
        title=N_("What transfer buys"),
        show=lambda: transfer.show(select_dataset()),
    ),
    Section(name="book", title=N_("Run book"), show=run_book.show),
    Section(
        name="read",
        title=N_("Read"),
        show=lambda: article.show(select_dataset(), train.shown_run()),
    ),
)
HIDEABLE = {
    "section": N_("Section"),
    "dataset": N_("Dataset"),
    "add_dataset": N_("Add a dataset"),
    "recipes": N_("Recipes"),
    "backbone": N_("Backbone"),
    "size": N_("Image size"),
    "epochs": N_("Epochs"),
    "head": N_("Head"),
    "seed": N_("Seed"),
    "strategy": N_("What learns"),
    "fine": N_("Fine-tuning epochs and rate"),
    "more": N_("More settings"),
    "rate": N_("Learning rate"),
    "augment": N_("Change the training images"),
    "mistakes": N_("Break it on purpose"),
    "rate_test": N_("Test learning rates"),
    "plan": N_("What this training does"),
    "report": N_("Report on the result"),
    "look": N_("Look at"),
    "heat": N_("Heat maps"),
    "corrections": N_("Corrections of photos"),
    "export": N_("Take it home"),
    "data": N_("What to do with the data"),
    "experiment": N_("Settings of an experiment"),
    "delete": N_("Delete runs"),
} | names_to_hide(SECTIONS)
"""What a lesson may leave out, by its name in the link."""
