"""Corrections to the photos of a run: noted one by one, saved as a new version of the dataset, trained again.

What is noted stands in the URL, so that a refresh loses nothing and a link passes it on.
"""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.corrections import (
    CLASS,
    DROP,
    PART,
    PHOTO_DIGITS,
    check_notes,
    corrected,
    possible_changes,
    read_notes,
    with_change,
    write_notes,
)
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.kinship import groups_of
from tl_core.datasets.splits import split
from tl_core.errors import LabError
from tl_core.training import Training, get_training
from tl_core.ui import news
from tl_core.ui.errors import callback, show_error
from tl_core.ui.run_titles import class_title
from tl_core.ui.state import url_text
from tl_core.ui.text import t, tn
from tl_core.ui.training.starting import train_and_show
from tl_core.ui.visitor import visitor

NOTED_KEY = "fixes"
"""What is noted, in the URL."""
REFUSAL_KEY = "corrections_refusal"
ACTION_KEY = "correction"
BEFORE_KEY = "before"
"""The run before the corrections, in the URL."""


def keep_in_url() -> None:
    """Keep the noted changes and the run before them in the URL, at every run of the page."""
    url_text(BEFORE_KEY, check=get_training)
    url_text(NOTED_KEY, check=check_notes)


def noted(run: Training, sha256: str) -> str:
    """Return the change that is noted for a photo, in words, or nothing."""
    change = _noted(run).get(sha256[:PHOTO_DIGITS])
    return _title(run, change) if change else ""


def pick_key(run: Training, sha256: str) -> str:
    """Return the key of the box with which a photo is selected."""
    return f"pick-{run.id}-{sha256[:16]}"


def show_actions(run: Training, part: str, dataset: Dataset, shown: Sequence[str]) -> None:
    """Draw what can be done with those of the `shown` photos that are ticked, and with all changes so far.

    Args:
        run: whose photos they are.
        part: ``validation`` or ``test``.
        dataset: of the run.
        shown: SHA-256 of the photos whose boxes are on the page.
    """
    selected = _ticked(run, shown)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(
            t("Change of the selected photos"),
            possible_changes(dataset, shown, part),
            format_func=lambda change: _title(run, change),
            key=ACTION_KEY,
            width=260,
        )
        st.button(
            tn("Note for {n} photo", "Note for {n} photos", len(selected))
            if selected
            else t("Tick photos first"),
            icon=":material/edit_note:",
            disabled=not selected,
            on_click=callback(_note),
            args=[run, shown],
        )
    st.caption(
        t(
            "A wrong label judges the network wrongly here, and teaches it a wrong thing in training. Tick "
            "the photos whose label is wrong or that show nothing, note a change, and train again on the "
            "corrected photos."
        )
    )
    if groups_of(dataset.images):
        st.caption(t("A photo that moves to another part takes its whole group along."))
    if changes := _noted(run):
        _offer_training(run, len(changes))
    if refusal := news.said(REFUSAL_KEY):
        show_error(refusal)


def _offer_training(run: Training, count: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            t("Save and train again"),
            type="primary",
            icon=":material/model_training:",
            on_click=callback(_train_again),
            args=[run],
            help=t(
                "Makes a new version of the dataset and trains it with the same settings. Features of photos "
                "that stay are reused. This run and its dataset are kept."
            ),
        )
        st.button(t("Forget the changes"), icon=":material/undo:", on_click=callback(_forget))
        st.markdown(tn("{n} change noted", "{n} changes noted", count), width="content")


def _title(run: Training, change: str) -> str:
    if change == DROP:
        return t("leave out")
    if change == PART + "train":
        return t("move to training")
    if change == PART + "validation":
        return t("move to validation")
    name = class_title(run.settings.dataset, change.removeprefix(CLASS))
    return t("relabel to {name}", name=name)


def _noted(run: Training) -> dict[str, str]:
    text = st.session_state[NOTED_KEY]
    return read_notes(text, run.id, get_dataset(run.settings.dataset).class_names) if text else {}


def _ticked(run: Training, shown: Sequence[str]) -> list[str]:
    return [sha256 for sha256 in shown if st.session_state.get(pick_key(run, sha256))]


def _note(run: Training, shown: Sequence[str]) -> None:
    """Note the chosen change for the ticked photos; those that it would leave as they are stay ticked."""
    dataset, ticked = get_dataset(run.settings.dataset), _ticked(run, shown)
    change = st.session_state[ACTION_KEY]
    try:
        changes = with_change(_noted(run), dataset, ticked, change)
    except LabError as refusal:
        news.leave(REFUSAL_KEY, refusal.bare())
        return
    st.session_state[NOTED_KEY] = write_notes(changes, run.id, dataset.class_names)
    for sha256 in ticked:
        st.session_state[pick_key(run, sha256)] = changes.get(sha256[:PHOTO_DIGITS]) != change


def _forget() -> None:
    st.session_state[NOTED_KEY] = ""


def _train_again(run: Training) -> None:
    """Save the changes and queue the same training on the new version; a refusal is shown in place."""
    try:
        config = run.settings
        dataset = get_dataset(config.dataset)
        divided = split(dataset, validation=config.validation, test=config.test, seed=config.seed)
        version = corrected(dataset, divided, _noted(run), visitor())
        train_and_show(replace(config, dataset=version.id, fingerprint=version.fingerprint))
    except LabError as refusal:
        news.leave(REFUSAL_KEY, refusal.bare())
        return
    _forget()
    st.session_state["dataset"] = version.id
    st.session_state[BEFORE_KEY] = run.id
