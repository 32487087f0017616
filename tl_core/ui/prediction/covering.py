"""What the score needs: the photo with a grey square over it, at every place in turn or at one place."""

import time
from collections.abc import Sequence

import numpy as np
import streamlit as st

from tl_core.engine.questions import OCCLUSION, PREDICT
from tl_core.images.heat import covered
from tl_core.prediction.reasons import SPOTS, OcclusionRow, square_side, what_counts
from tl_core.ui.asking import ask_of_run
from tl_core.ui.errors import callback
from tl_core.ui.heat import place_of, show_legend
from tl_core.ui.numbers import signed
from tl_core.ui.photo import chosen_crop
from tl_core.ui.pictures import show_picture
from tl_core.ui.prediction import spot
from tl_core.ui.prediction.answer import show_bars
from tl_core.ui.prediction.shown import Shown
from tl_core.ui.prediction.spot import choose_spot
from tl_core.ui.text import escaped, t
from tl_core.wording import percent

LITTLE = 0.01
"""Below this the fall of a score, 0..1, is called little; its evidence may fall all the same."""
STOPPED_KEY = "_covering_stopped"
"""Which question somebody has stopped."""
PATIENCE = 0.4
"""Seconds after which progress is drawn: most networks are done by then."""

Asked = tuple[str, str, str, int]
"""Run, photo, its crop, and class."""


def show_squares(shown: Shown, label: int, strength: float) -> None:
    """Draw what a class loses when each part of the photo is covered.

    Args:
        shown: the photo and its answer.
        label: the class.
        strength: of the colours, 0..1.
    """
    rows = _covered_everywhere(shown, label)
    if not rows:
        return
    size, name = len(shown.pixels), shown.names[label]
    lost = what_counts(size, rows[0].evidence - np.stack([row.evidences for row in rows]))
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
        if lost.max() > 0:
            show_legend("0", signed(-float(lost.max())))
    with words:
        _say_what_falls(name, rows)
        st.caption(
            t(
                "A grey square of {side} × {side} of the {size} × {size} pixels was laid over {n} places, "
                "one after another (occlusion, Zeiler and Fergus 2014). A place is as hot as the evidence "
                "falls under the squares that hide it; evidence is the class's logit above the mean of all "
                "classes'. Compare with where it looked: this did not look inside the network.",
                side=square_side(size),
                size=size,
                n=SPOTS * SPOTS,
            )
        )


def _say_what_falls(name: str, rows: Sequence[OcclusionRow]) -> None:
    share, lowest = rows[0].share, min(float(row.shares.min()) for row in rows)
    least = min(float(row.evidences.min()) for row in rows)
    text = t(
        "The score of **{name}** is {share}. With the square at the worst place it is **{lowest}**; its "
        "evidence goes from {evidence} to {least}.",
        name=escaped(name),
        share=percent(share),
        lowest=percent(lowest),
        evidence=signed(rows[0].evidence),
        least=signed(least),
    )
    if share - lowest < LITTLE:
        text += " " + t(
            "No square of this size costs it a percentage point. Look at the evidence: it also moves where "
            "the score is near 0 or 100 %."
        )
    st.markdown(text)


def _covered_everywhere(shown: Shown, label: int) -> list[OcclusionRow]:
    """Return what becomes of the class at each place, row by row; nothing if somebody stops it."""
    question = (shown.run.id, shown.photo.name, chosen_crop(), label)
    if st.session_state.get(STOPPED_KEY) == question:
        st.caption(t("Stopped. What was computed so far is kept, and Go on continues there."))
        st.button(t("Go on"), icon=":material/play_arrow:", on_click=callback(_stop), args=(None,))
        return []
    bar, stop = st.empty(), st.empty()
    rows: list[OcclusionRow] = []
    began, late = time.monotonic(), False
    for row in range(SPOTS):
        if not late and time.monotonic() - began > PATIENCE:
            late = True
            stop.button(
                t("Stop"), icon=":material/stop:", on_click=callback(_stop), args=(question,)
            )
        if late:
            done = t("Covered {done} of {n} places …", done=row * SPOTS, n=SPOTS * SPOTS)
            bar.progress(row / SPOTS, done)
        rows.append(ask_of_run(OCCLUSION, shown.run, pixels=shown.pixels, label=label, row=row))
    bar.empty()
    stop.empty()
    return rows


def _stop(question: Asked | None) -> None:
    st.session_state[STOPPED_KEY] = question


def show_spot(shown: Shown, label: int) -> None:
    """Draw the photo with one spot covered, and what the network says of it then."""
    picture, words = st.columns([2, 3], gap="large")
    name, before = shown.names[label], shown.answer.shares[label]
    with words:
        answer = ask_of_run(PREDICT, shown.run, pixels=choose_spot(shown.pixels))
        after = answer.shares[label]
        st.markdown(
            t(
                "**{name}**: {before} without the square, **{after}** with it.",
                name=escaped(name),
                before=percent(before),
                after=percent(after),
            )
        )
        show_bars(shown.names, answer, key="spot-scores")
    with picture:
        spot.show_spot(
            shown.pixels,
            alt=t("The photo with a grey square; {name}: {after}", name=name, after=percent(after)),
        )
        st.caption(
            t(
                "Press the place to cover. Find the smallest square that changes the answer: what does it "
                "hide?"
            )
        )
