"""What is taken for what: a confusion matrix whose cells open photos, and the most confused pairs."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from tl_core.results.error_analysis import ConfusedPair, cell, confused_pairs
from tl_core.results.predictions import Predictions
from tl_core.ui.errors import callback
from tl_core.ui.stage.component import declare
from tl_core.ui.state import url_choice, url_text
from tl_core.ui.text import escaped, t
from tl_core.ui.theme import ACTIVATIONS, CLASSES

MOST_CLASSES = 10
"""A larger matrix fits on no phone, and its cells are nearly all zero."""
SIDE_BY_SIDE = 4
"""Classes up to which the matrix leaves room for the pairs beside it."""
MOST_BUTTONS = 5
KEY = "cell"
"""The chosen cell, in the URL as ``truth-guess``."""
MATRIX_KEY = "matrix"

Cell = tuple[int, int]


def choose_cell(predictions: Predictions, titles: Sequence[str]) -> tuple[int, ...]:
    """Draw the matrix and the pairs; returns the rows of the images in the chosen cell.

    Args:
        predictions: of the run and part that are shown.
        titles: the name of each class as people read it.
    """
    pairs = confused_pairs(predictions)
    if len(titles) > MOST_CLASSES:
        chosen = _choose_among(pairs, titles)
    else:
        chosen = _choose_in_matrix(predictions, pairs, titles)
    if chosen is None:
        return ()
    truth, guess = chosen
    _heading(predictions, chosen, titles)
    return cell(predictions, truth, guess)


def _choose_in_matrix(
    predictions: Predictions, pairs: Sequence[ConfusedPair], titles: Sequence[str]
) -> Cell | None:
    url_text(KEY, check=_read)
    # Without a mistake the fullest cell: one without a photo would be a dead end.
    fullest = divmod(int(predictions.confusion.argmax()), len(titles))
    usual = (pairs[0].truth, pairs[0].guess) if pairs else fullest
    asked = _inside(st.session_state[KEY], len(titles))
    # A cell of another run may be empty in this one.
    chosen = asked if asked and predictions.confusion[asked] else usual
    narrow = len(titles) <= SIDE_BY_SIDE
    matrix, most = st.columns([3, 2], gap="medium") if narrow else (st.container(), st.container())
    with matrix:
        _matrix(predictions, chosen, titles)
        st.caption(
            t(
                "A row for each true class, a column for each guess: the diagonal is right, everything else "
                "was mistaken. Look for the strongest colour beside the diagonal, and press it to see its "
                "photos."
            )
        )
    with most:
        _most_confused(pairs[:MOST_BUTTONS], titles)
    return chosen


def _most_confused(pairs: Sequence[ConfusedPair], titles: Sequence[str]) -> None:
    st.markdown(f"**{t('Most confused')}**")
    if not pairs:
        st.markdown(t("Nothing was confused: every guess was right."))
    with st.container(horizontal=True, gap="small"):
        for pair in pairs:
            st.button(
                escaped(_pair_text(pair, titles)),
                key=f"pair-{pair.truth}-{pair.guess}",
                on_click=callback(_choose),
                args=[pair.truth, pair.guess],
            )


def _choose_among(pairs: Sequence[ConfusedPair], titles: Sequence[str]) -> Cell | None:
    if not pairs:
        st.markdown(t("Nothing was confused: every guess was right."))
        return None
    texts = {f"{pair.truth}-{pair.guess}": _pair_text(pair, titles) for pair in pairs}
    chosen: str = st.selectbox(
        t("Most confused"),
        **url_choice(KEY, list(texts), default=next(iter(texts))),
        format_func=texts.__getitem__,
        help=t("A pair for each mistake, the most frequent first."),
    )
    return _read(chosen)


def _heading(predictions: Predictions, chosen: Cell, titles: Sequence[str]) -> None:
    truth, guess = chosen
    values = {
        "count": int(predictions.confusion[truth, guess]),
        "n": int(predictions.confusion[truth].sum()),
        "truth": escaped(titles[truth]),
        "guess": escaped(titles[guess]),
    }
    if truth == guess:
        text = t("{count} of {n} photos of **{truth}** were recognised, surest first", **values)
    else:
        text = t(
            "{count} of {n} photos of **{truth}** were taken for **{guess}**, surest first",
            **values,
        )
    st.markdown(text)


def _pair_text(pair: ConfusedPair, titles: Sequence[str]) -> str:
    return t(
        "{truth} taken for {guess}: {count} of {n}",
        truth=titles[pair.truth],
        guess=titles[pair.guess],
        count=pair.count,
        n=pair.n,
    )


def _matrix(predictions: Predictions, chosen: Cell | None, titles: Sequence[str]) -> None:
    _component()(
        key=MATRIX_KEY,
        data={
            "counts": predictions.confusion.tolist(),
            "names": list(titles),
            "chosen": list(chosen) if chosen else None,
            "colours": {"right": ACTIVATIONS, "wrong": CLASSES[1]},
            "text": {
                "name": t("Confusion matrix. Arrow keys move, Enter shows the photos of a cell."),
                "truth": t("True ↓"),
                "guess": t("Guess →"),
                "cell": t("{truth} taken for {guess}: {count} of {total}"),
                "unjudged": t("No photo of {truth} was judged."),
            },
        },
        on_chosen_change=callback(lambda: _take(len(titles))),
    )


def _take(classes: int) -> None:
    """Follow a click in the matrix; what the browser says is checked like any user's input."""
    report: Any = st.session_state.get(MATRIX_KEY)
    place = report.get("chosen") if isinstance(report, Mapping) else None
    if not isinstance(place, Sequence) or not all(type(one) is int for one in place):
        return
    text = "-".join(map(str, place))
    with suppress(ValueError):
        if _inside(text, classes):
            st.session_state[KEY] = text


def _choose(truth: int, guess: int) -> None:
    st.session_state[KEY] = f"{truth}-{guess}"


def _read(text: str) -> Cell:
    truth, guess = text.split("-")
    return int(truth), int(guess)


def _inside(text: str, classes: int) -> Cell | None:
    """Return the cell that `text` names, or None where the matrix has no such cell."""
    if not text:
        return None
    found = _read(text)
    return found if max(found) < classes and min(found) >= 0 else None


@cache
def _component() -> ComponentRenderer:
    return declare("matrix", folder=Path(__file__).parent)
