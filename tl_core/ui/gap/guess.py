"""Section "Guess first": the numbers are hidden until somebody has guessed them."""

import streamlit as st

from tl_core.head_math import HeadSetup, ratio
from tl_core.ui.errors import callback
from tl_core.ui.gap.columns import parameters, shape_text, times_text
from tl_core.ui.text import t

REVEALED_KEY = "gap_revealed"
RATIO_KEY, WEIGHTS_KEY = "guess_ratio", "guess_weights"
CLOSE = 1.25
"""A guess within this factor counts as right."""
MOST_RATIO, MOST_WEIGHTS = 1_000_000, 10**12


def is_secret(setup: HeadSetup) -> bool:
    """Return whether this set-up's numbers are still to be guessed."""
    return bool(st.session_state.get(REVEALED_KEY) != setup.text)


def show(setup: HeadSetup) -> None:
    """Draw both questions, and after Reveal how close the guesses were."""
    secret = is_secret(setup)
    left, right = st.columns(2, gap="large")
    with left:
        question = t("How many times the weights of GAP does Flatten need?")
        times = _ask(question, MOST_RATIO, RATIO_KEY)
        if not secret:
            truth = ratio(setup.rows("flatten"), setup.rows("gap"))
            _answer(times, truth, f"{times_text(truth)} ×")
    with right:
        weights = _ask(t("How many weights has the head with GAP?"), MOST_WEIGHTS, WEIGHTS_KEY)
        if not secret:
            count = parameters(setup, "gap")
            _answer(weights, count, f"{count:,}")
    if secret:
        st.button(
            t("Reveal"),
            type="primary",
            icon=":material/visibility:",
            on_click=callback(_reveal),
            args=[setup.text],
        )
        st.caption(_hint(setup))
    else:
        st.button(
            t("Hide again"), icon=":material/visibility_off:", on_click=callback(_reveal), args=[""]
        )
        st.caption(
            t(
                "Change the set-up above for the next question. Section Layers shows how every number comes "
                "about."
            )
        )


def _ask(question: str, most: int, key: str) -> int | None:
    return st.number_input(question, 1, most, value=None, key=key, placeholder=t("Your guess"))


def _hint(setup: HeadSetup) -> str:
    return t(
        "Think of the first Dense layer: Flatten gives it every number of {shape}, GAP one a channel. A "
        "layer has one weight for each input and unit, and one bias a unit.",
        shape=shape_text(setup.feature_map),
    )


def _reveal(text: str) -> None:
    st.session_state[REVEALED_KEY] = text


def _answer(guess: float | None, truth: float, shown: str) -> None:
    if guess is None:
        st.info(t("It is {truth}.", truth=shown))
        return
    factor = max(guess / truth, truth / guess)
    if factor <= CLOSE:
        st.success(t("Right: it is {truth}.", truth=shown))
    elif guess < truth:
        st.warning(t("It is {truth}: {times} times your guess.", truth=shown, times=_times(factor)))
    else:
        st.warning(
            t("It is {truth}: your guess is {times} times that.", truth=shown, times=_times(factor))
        )


def _times(factor: float) -> str:
    return f"{factor:,.1f}" if factor < 100 else f"{factor:,.0f}"
