"""Guess first: the network's answer is hidden until somebody has said what they see."""

import streamlit as st

from tl_core.ui import lesson, projector
from tl_core.ui.errors import callback
from tl_core.ui.pictures import show_picture
from tl_core.ui.prediction.shown import Shown
from tl_core.ui.state import url_flag
from tl_core.ui.text import escaped, t

KEY = "guess"
GUESSED_KEY = "_prediction_guessed"
"""Which answer was revealed last, and the label that was guessed before."""
ASKED_SIDE = 160
"""Pixels; wide enough to say what is in the photo."""
MOST_BUTTONS = 10
"""Classes that get a button each; of more there is one button that reveals."""


def choose() -> None:
    """Draw the switch."""
    with lesson.part(KEY):
        st.toggle(
            t("Guess first"),
            **url_flag(KEY),
            help=t("The answer stays hidden until you have said what you see."),
        )


def is_on() -> bool:
    """Return whether answers are hidden at first."""
    return bool(st.session_state.get(KEY))


def is_revealed(shown: Shown) -> bool:
    """Return whether the answer may be drawn; if not, ask for a guess in its place."""
    if not is_on() or _guessed(shown) is not None:
        return True
    st.header(t("What is it?"), anchor=False)
    if len(shown.names) <= MOST_BUTTONS:
        with st.container(horizontal=True, gap="small"):
            for label, name in enumerate(shown.names):
                _button(shown, label, escaped(name))
    else:
        _button(shown, -1, t("Show what it says"))
    if not projector.is_on():  # there it is beside this; on a phone it is far below
        photo = shown.photo
        show_picture(photo.image, alt=photo.title, width=ASKED_SIDE, depends_on=(photo.name,))
    return False


def show_verdict(shown: Shown) -> None:
    """Say whether the network agrees with what was guessed."""
    guessed = _guessed(shown) if is_on() else None
    if guessed is None or guessed < 0:
        return
    values = {
        "yours": escaped(shown.names[guessed]),
        "its": escaped(shown.names[shown.guess]),
    }
    if guessed == shown.guess:
        st.markdown(t("You said **{yours}**, and so does the network.", **values))
    else:
        st.markdown(t("You said **{yours}**; the network says **{its}**.", **values))


def _button(shown: Shown, label: int, text: str) -> None:
    st.button(
        text,
        key=f"guess-{label}",
        on_click=callback(_reveal),
        args=(_of(shown), label),
    )


def _reveal(of: tuple[str, str], label: int) -> None:
    st.session_state[GUESSED_KEY] = (of, label)


def _guessed(shown: Shown) -> int | None:
    of, label = st.session_state.get(GUESSED_KEY, (None, None))
    return label if of == _of(shown) else None


def _of(shown: Shown) -> tuple[str, str]:
    return shown.run.id, shown.photo.name
