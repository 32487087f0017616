"""Switches that make a classic mistake on purpose, and what it did, explained afterwards."""

import streamlit as st

from tl_core.backbones import BackboneSpec
from tl_core.datasets.dataset import Dataset
from tl_core.results.metrics import read_metrics, read_model
from tl_core.results.one_unit import read_one_unit
from tl_core.runs.snapshots import snapshot
from tl_core.training import Training
from tl_core.training.mistakes import Mistake, can_be_made, get_mistake, list_mistakes
from tl_core.ui.errors import callback
from tl_core.ui.run_titles import class_title
from tl_core.ui.state import url_flag, url_text
from tl_core.ui.text import escaped, say, t, t_marked

KEY = "mistakes"
"""Names separated by commas, in the URL; the switches follow it."""
BOX_KEY = "mistakes_box"
"""Whether the box is open, in the URL: until somebody does, it is if a mistake is made."""


def mistake_switches(dataset: Dataset, spec: BackboneSpec) -> tuple[str, ...]:
    """Draw the switches and return the names of the mistakes to make."""
    url_text(KEY, check=_check)
    chosen = _chosen()
    classes = len(dataset.class_names)
    box = st.expander(
        t("Break it on purpose"),
        icon=":material/bug_report:",
        on_change="rerun",
        **url_flag(BOX_KEY, default=bool(chosen)),
    )
    if box.open:  # six switches that nobody sees would cost every change of a control
        with box:
            _switches(chosen, spec, classes)
    return tuple(name for name in chosen if can_be_made(get_mistake(name), spec, classes))


def _switches(chosen: tuple[str, ...], spec: BackboneSpec, classes: int) -> None:
    st.caption(
        t(
            "Make a classic mistake, train, and look at the curves. The result explains what happened. "
            "Compare with a run without it."
        )
    )
    for mistake in list_mistakes():
        _switch(mistake, chosen, possible=can_be_made(mistake, spec, classes))


def explain_mistakes(run: Training) -> None:
    """Draw what each mistake of a training has done, and what is right; nothing if it made none.

    Raises:
        RunNotFound: its results are missing or damaged.
    """
    for mistake in map(get_mistake, run.settings.mistakes):
        shown = f"{_shown_by(run)}\n\n" if mistake.name == "one-unit" else ""
        st.warning(
            f"**{t('Broken on purpose: {title}', title=t_marked(mistake.title))}**\n\n"
            f"{t_marked(mistake.explanation)}\n\n{shown}"
            f"**{t('Right:')}** {t_marked(mistake.right)}",
            icon=":material/bug_report:",
        )


def _shown_by(run: Training) -> str:
    names = [class_title(run.settings.dataset, name) for name in read_model(run).class_names]
    found = read_one_unit(
        snapshot(run).epochs, read_metrics(run), [escaped(name) for name in names]
    )
    return " ".join(map(say, found))


def _switch(mistake: Mistake, chosen: tuple[str, ...], *, possible: bool) -> None:
    key = f"break-{mistake.name}"
    st.session_state[key] = possible and mistake.name in chosen
    st.toggle(
        t_marked(mistake.title),
        key=key,
        disabled=not possible,
        on_change=callback(_take),
        args=[mistake.name],
        help=t_marked(mistake.does),
    )
    if not possible:
        for_classes = mistake.name == "one-unit"
        st.caption(
            t("Needs a dataset of two classes.")
            if for_classes
            else t("This backbone has no BatchNormalization.")
        )


def _take(name: str) -> None:
    names = {*_chosen(), name} if st.session_state[f"break-{name}"] else {*_chosen()} - {name}
    st.session_state[KEY] = ",".join(one.name for one in list_mistakes() if one.name in names)


def _chosen() -> tuple[str, ...]:
    return tuple(name for name in st.session_state[KEY].split(",") if name)


def _check(text: str) -> None:
    for name in text.split(","):
        get_mistake(name)
