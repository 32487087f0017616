"""One run of the run book: open it, try it, repeat it, name it."""

import streamlit as st

from tl_core.people import ownership
from tl_core.run_book import MAX_NOTE, MAX_TITLE, Entry, read_epochs, write_label
from tl_core.run_book.table import csv_bytes
from tl_core.training import TrainingConfig
from tl_core.ui.errors import callback, shown_in_place
from tl_core.ui.frame import PAGES, page_link
from tl_core.ui.numbers import interval_text
from tl_core.ui.presses import pressed
from tl_core.ui.run_book.names import Names
from tl_core.ui.sections import open_section
from tl_core.ui.text import escaped, say, t
from tl_core.ui.training.parameters import settings_parameters
from tl_core.ui.visitor import disallowed, visitor


def show(entry: Entry, names: Names) -> None:
    """Draw what the run is, and what can be done with it.

    Args:
        entry: the run.
        names: what they are called.
    """
    with st.container(border=True):
        st.markdown(f"**{escaped(names.title(entry))}** · {names.state(entry)}")
        if entry.label.title:
            st.caption(escaped(names.settings(entry)))
        if by := names.by(entry):
            st.caption(t("Asked for by {name}", name=escaped(by)))
        if entry.label.note:
            st.markdown(escaped(entry.label.note))
        if entry.metrics:
            st.markdown(interval_text(entry.metrics.validation))
        _actions(entry, names)
        _label_form(entry)


def _actions(entry: Entry, names: Names) -> None:
    run = entry.run
    with st.container(horizontal=True):
        st.button(
            t("Show its curves and result"),
            icon=":material/open_in_full:",
            on_click=callback(open_section),
            args=["train"],
            kwargs={"run": run.id},
        )
        if entry.config:
            st.button(
                t("Repeat with one change"),
                icon=":material/replay:",
                help=t("Sets every control to the settings of this run; change one, then train."),
                on_click=callback(open_section),
                args=["train"],
                kwargs=_repetition(entry.config, names),
            )
        if entry.epochs:
            st.download_button(
                t("Epochs as CSV"),
                lambda: csv_bytes(read_epochs(run)),
                file_name=f"epochs-{run.id}.csv",
                mime="text/csv",
                icon=":material/show_chart:",
                on_click="ignore",
            )
    if entry.config and entry.config.dataset not in names.datasets:
        st.caption(t("Its dataset was deleted: a repetition takes the one that is chosen there."))
    if entry.metrics:
        page_link(PAGES.predict, t("Try it on a photo"), run=run.id)


def _repetition(config: TrainingConfig, names: Names) -> dict[str, str | None]:
    parameters = settings_parameters(config)
    if config.dataset not in names.datasets:
        del parameters["dataset"]
    return {"run": None, **parameters}


def _label_form(entry: Entry) -> None:
    run = entry.run
    refused = ownership.refusal(run.folder, visitor(), ownership.RUN)
    whose = disallowed(refused)
    with (
        st.expander(t("Name and note"), icon=":material/edit:"),
        st.form(f"label-{run.id}", border=False),
    ):
        title = st.text_input(
            t("Name"),
            entry.label.title,
            max_chars=MAX_TITLE,
            placeholder=t("named after its settings"),
            key=f"title-{run.id}",
            disabled=whose["disabled"],
        )
        note = st.text_area(
            t("Note"),
            entry.label.note,
            max_chars=MAX_NOTE,
            key=f"note-{run.id}",
            help=t("Everybody who uses this lab can read both."),
            disabled=whose["disabled"],
        )
        if refused:  # a phone shows no help of what is disabled
            st.caption(escaped(say(refused)))
        if pressed(
            t("Save"),
            key=f"save-{run.id}",
            draw=st.form_submit_button,
            icon=":material/check:",
            **whose,
        ):
            with shown_in_place():
                write_label(run, title or "", note or "", visitor())
                st.rerun()
