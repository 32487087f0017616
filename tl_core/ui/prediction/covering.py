"""What the score needs: the photo with a grey square over it, at every place in turn or at one place."""

import time

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from tl_core.engine.questions import OCCLUSION, PREDICT
from tl_core.images.heat import covered
from tl_core.prediction.reasons import SPOTS, square_side, what_counts, with_square
from tl_core.ui.asking import ask_of_run
from tl_core.ui.errors import callback
from tl_core.ui.heat import place_of, show_legend
from tl_core.ui.pictures import show_picture
from tl_core.ui.prediction.answer import show_bars
from tl_core.ui.prediction.shown import Shown
from tl_core.ui.state import url_number
from tl_core.ui.text import escaped, t
from tl_core.wording import percent

LITTLE = 0.01
"""A score that falls by less at every place does not depend on any of them."""
STOPPED_KEY = "_covering_stopped"
"""Which question somebody has stopped."""
PATIENCE = 0.4
"""Seconds after which progress is drawn: most networks are done by then."""

Asked = tuple[str, str, int]
"""Run, photo and class."""


def show_squares(shown: Shown, label: int, strength: float) -> None:
    """Draw what the score of a class loses when each part of the photo is covered.

    Args:
        shown: the photo and its answer.
        label: the class.
        strength: of the colours, 0..1.
    """
    shares = _covered_everywhere(shown, label)
    if shares is None:
        return
    share, name = shown.answer.shares[label], shown.names[label]
    size = len(shown.pixels)
    lost = what_counts(size, shares, share)
    picture, words = st.columns([2, 3], gap="large")
    with picture:
        show_picture(
            covered(shown.pixels, lost, strength),
            alt=t(
                "The photo with a heat map of where covering costs {name} most: {place}",
                name=name,
                place=place_of(lost),
            ),
        )
        show_legend(t("costs nothing"), t("−{points} points", points=f"{100 * lost.max():.1f}"))
    with words:
        _say_what_falls(name, share, float(shares.min()))
        st.caption(
            t(
                "A grey square of {side} × {side} of the {size} × {size} pixels was laid over {n} places, "
                "one after another (occlusion, Zeiler and Fergus 2014). A place is as hot as the score "
                "falls, on average over the squares that hide it. Compare with the heat map: this one did "
                "not look inside the network.",
                side=square_side(size),
                size=size,
                n=SPOTS * SPOTS,
            )
        )


def _say_what_falls(name: str, share: float, lowest: float) -> None:
    values = {"name": escaped(name), "share": percent(share), "lowest": percent(lowest)}
    if share - lowest < LITTLE:
        st.markdown(
            t(
                "No square of this size matters: the score of **{name}** is {share}, and never falls below "
                "{lowest}. What speaks for it is in more than one place.",
                **values,
            )
        )
    else:
        st.markdown(
            t(
                "The score of **{name}** is {share}. With the square at the worst place it falls to "
                "**{lowest}**.",
                **values,
            )
        )


def _covered_everywhere(shown: Shown, label: int) -> NDArray[np.float32] | None:
    """Return the score at each place, ``(SPOTS, SPOTS)``, row by row; None if somebody stops it."""
    question = (shown.run.id, shown.photo.name, label)
    if st.session_state.get(STOPPED_KEY) == question:
        st.caption(t("Stopped. What was computed so far is kept."))
        st.button(t("Go on"), icon=":material/play_arrow:", on_click=callback(_stop), args=(None,))
        return None
    bar, stop = st.empty(), st.empty()
    rows, began, late = [], time.monotonic(), False
    for row in range(SPOTS):
        if not late and time.monotonic() - began > PATIENCE:
            late = True
            stop.button(
                t("Stop"), icon=":material/stop:", on_click=callback(_stop), args=(question,)
            )
        if late:
            done = t("Covered {done} of {n} places …", done=row * SPOTS, n=SPOTS * SPOTS)
            bar.progress(row / SPOTS, done)
        asked = ask_of_run(OCCLUSION, shown.run, pixels=shown.pixels, label=label, row=row)
        rows.append(asked.shares)
    bar.empty()
    stop.empty()
    return np.stack(rows)


def _stop(question: Asked | None) -> None:
    st.session_state[STOPPED_KEY] = question


def show_spot(shown: Shown, label: int) -> None:
    """Draw the photo with one spot covered, and what the network says of it then."""
    picture, words = st.columns([2, 3], gap="large")
    with words:
        pixels = _with_spot(shown)
        answer = ask_of_run(PREDICT, shown.run, pixels=pixels)
        before, after = shown.answer.shares[label], answer.shares[label]
        st.markdown(
            t(
                "**{name}**: {before} without the square, **{after}** with it.",
                name=escaped(shown.names[label]),
                before=percent(before),
                after=percent(after),
            )
        )
        show_bars(shown.names, answer, key="spot-scores")
    with picture:
        show_picture(
            pixels,
            alt=t(
                "The photo with a grey square over it; {name} is {after} then",
                name=shown.names[label],
                after=percent(after),
            ),
        )
        st.caption(
            t("Move the square. Find the smallest one that changes the answer: what did it hide?")
        )


def _with_spot(shown: Shown) -> NDArray[np.uint8]:
    """Draw where and how large the square is; returns the photo with it."""
    size = len(shown.pixels)
    across = st.slider(t("From the left (%)"), **url_number("spot-x", 0, 100, default=50))
    down = st.slider(t("From the top (%)"), **url_number("spot-y", 0, 100, default=50))
    share = st.slider(t("Side of the square (%)"), **url_number("spot-side", 0, 100, default=25))
    side = round(size * share / 100)
    left, top = (round(size * centre / 100 - side / 2) for centre in (across, down))
    return with_square(shown.pixels, left, top, side)
