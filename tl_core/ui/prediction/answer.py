"""The answer: a bar for every class, the guess in words, and how it compares with other networks' answers."""

from collections.abc import Sequence

import streamlit as st

from tl_core.errors import LabError
from tl_core.results.answers import ClassScores
from tl_core.results.metrics import read_metrics
from tl_core.training import Training
from tl_core.ui import lesson
from tl_core.ui.asking import may_ask
from tl_core.ui.charts import bar_chart
from tl_core.ui.errors import show_error
from tl_core.ui.numbers import interval_text
from tl_core.ui.photo import Photo
from tl_core.ui.prediction import guessing
from tl_core.ui.prediction.shown import Shown, look
from tl_core.ui.prediction.sureness import least_sure
from tl_core.ui.run_titles import run_title
from tl_core.ui.text import escaped, t
from tl_core.ui.theme import class_colour
from tl_core.wording import percent

CLASSES_SHOWN = 10
LAST_KEY = "_prediction_last"
"""The last answer that was drawn in this session: it stays when the next one fails."""


def show_answer(run: Training, photo: Photo) -> Shown | None:
    """Draw what the run's network says of the photo.

    Returns:
        What was drawn; None while there is no answer, or while the class is still to guess it.
    """
    if lesson.hidden("scores") or not may_ask():
        return None
    shown = _looked(run, photo)
    if shown is None:
        return None
    if not guessing.is_revealed(shown):
        return None
    _guess(shown)
    guessing.show_verdict(shown)
    _bars(shown.names, shown.answer, key="scores")
    st.caption(
        t(
            "The scores always add up to 100 %: a photo of something else gets a class too. "
            "Look for how far the first is ahead of the second."
        )
    )
    st.markdown(interval_text(read_metrics(run).headline))
    return shown


def show_beside(runs: Sequence[Training], photo: Photo) -> list[Shown]:
    """Draw what other networks say of the photo, side by side; returns those that gave an answer."""
    answered: list[Shown] = []
    if not runs or lesson.hidden("scores"):
        return answered
    for place, run in zip(st.columns(max(len(runs), 2), gap="large"), runs, strict=False):
        with place:
            st.markdown(f"**{escaped(run_title(run))}**")
            try:
                shown = look(run, photo)
            except LabError as error:  # the others are shown all the same
                show_error(error)
                continue
            _guess(shown)
            _bars(shown.names, shown.answer, key=f"scores-{run.id}")
            st.markdown(interval_text(read_metrics(run).headline))
            answered.append(shown)
    return answered


def _looked(run: Training, photo: Photo) -> Shown | None:
    """Return the answer; when there is none say why, and return the last one of this network."""
    try:
        with st.spinner(t("Looking at the photo …")):
            shown = look(run, photo)
    except LabError as error:
        show_error(error)
        last: Shown | None = st.session_state.get(LAST_KEY)
        if last is None or last.run != run:
            return None
        st.caption(t("Below is the last answer, for {photo}.", photo=escaped(last.photo.title)))
        return last
    st.session_state[LAST_KEY] = shown
    return shown


def _guess(shown: Shown) -> None:
    """Say the guess, or that the network is not sure enough to be asked for one."""
    share, least = shown.answer.shares[shown.guess], least_sure()
    values = {"name": escaped(shown.names[shown.guess]), "share": percent(share)}
    sure = share >= least
    st.header(
        t("{name}: {share}", **values) if sure else t("Not sure. {name}: {share}", **values),
        anchor=False,
    )


def _bars(names: Sequence[str], answer: ClassScores, *, key: str) -> None:
    order = answer.order[:CLASSES_SHOWN]
    # A few classes keep their places, so that two photos can be compared.
    drawn = sorted(order) if len(names) <= CLASSES_SHOWN else order
    scores = ", ".join(f"{names[label]} {percent(answer.shares[label])}" for label in order)
    bar_chart(
        [names[label] for label in drawn],
        [answer.shares[label] for label in drawn],
        alt=t("Score of every class: {scores}", scores=scores),
        colours=[class_colour(label) for label in drawn],
        largest=1.0,
        key=key,
    )
