"""What the networks said of the photos that this session has looked at."""

from collections.abc import Callable

import streamlit as st

from tl_core.training import Training
from tl_core.ui.photo import chosen_crop
from tl_core.ui.prediction.shown import Shown
from tl_core.wording import percent

KEY = "_answers_before"
MOST = 100
"""Answers that a session remembers."""


def note_answer(shown: Shown) -> None:
    """Remember what was drawn, as words."""
    answers: dict[tuple[str, str, str], str] = st.session_state.setdefault(KEY, {})
    share = percent(shown.answer.shares[shown.guess])
    answers[_key(shown.run, shown.photo.name)] = f"{shown.names[shown.guess]} {share}"
    while len(answers) > MOST:
        del answers[next(iter(answers))]


def answers_of(run: Training | None) -> Callable[[str], str | None]:
    """Return what tells the answer of a run for a photo, by its name; None where nobody has seen one."""
    answers: dict[tuple[str, str, str], str] = st.session_state.get(KEY, {})
    return lambda name: answers.get(_key(run, name)) if run else None


def _key(run: Training, photo: str) -> tuple[str, str, str]:
    return run.id, photo, chosen_crop()
