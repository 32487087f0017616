"""Read the answer: every class in percent, the logit behind it, and the sum that makes one from the other."""

import math

import streamlit as st

from tl_core.results.answers import ClassScores
from tl_core.ui.prediction.shown import Shown
from tl_core.ui.text import escaped, t
from tl_core.wording import percent

TERMS = 5
"""Terms of the sum that are written out."""
READABLE = 20.0
"""Logits beyond this are taken relative to the largest: their exponentials would be unreadable."""


def show(shown: Shown) -> None:
    """Draw the table of classes, the sum, and what it took."""
    answer = shown.answer
    if not all(map(math.isfinite, answer.logits)):
        show_run_away()
        return
    _table(shown)
    if "one-unit" in shown.run.settings.mistakes:
        _always_one(shown)
    elif len(answer.logits) == 1:
        _sigmoid(shown)
    else:
        _softmax(shown)
    st.caption(
        t(
            "The network took {milliseconds} ms for this photo, from pixels to logits.",
            milliseconds=f"{answer.milliseconds:.1f}",
        )
    )


def show_run_away() -> None:
    """Say that there is nothing to read: the outputs are no numbers."""
    st.markdown(
        t(
            "The network's outputs are no numbers: its training has run away, so every class gets the "
            "same. Train it again with a smaller learning rate."
        )
    )


def _table(shown: Shown) -> None:
    answer, order = shown.answer, shown.answer.order
    rows = {
        t("Class"): [escaped(shown.names[label]) for label in order],
        t("Score"): [percent(answer.shares[label]) for label in order],
    }
    if len(answer.logits) > 1:
        rows[t("Logit")] = [f"{answer.logits[label]:.2f}" for label in order]
    st.table(rows)


def _softmax(shown: Shown) -> None:
    answer = shown.answer
    largest = max(answer.logits)
    shift = largest if max(map(abs, answer.logits)) > READABLE else 0.0
    powers = [math.exp(logit - shift) for logit in answer.logits]
    logit = f"{answer.logits[shown.guess] - shift:.2f}"
    formula = (
        rf"\frac{{e^{{{logit}}}}}{{{_sum(answer, shift)}}}"
        rf" = \frac{{{_number(powers[shown.guess])}}}{{{_number(math.fsum(powers))}}}"
        rf" = {answer.shares[shown.guess]:.4f}"
    )
    st.latex(formula)
    text = t(
        "The softmax: e to the power of the class's logit, divided by the sum of that for all classes. Only "
        "the differences between logits count."
    )
    if shift:
        text += " " + t("Here the largest logit was taken off all of them first.")
    st.caption(text)


def _sum(answer: ClassScores, shift: float) -> str:
    """Return the sum's largest terms, and how many more there are."""
    order = answer.order
    terms = [f"e^{{{answer.logits[label] - shift:.2f}}}" for label in order[:TERMS]]
    if len(order) > TERMS:
        terms.append(r"\cdots")
    return " + ".join(terms)


def _always_one(shown: Shown) -> None:
    formula = r"\frac{e^{z}}{e^{z}} = 1"
    st.latex(formula)
    st.caption(
        t(
            "A softmax over one unit divides e to the power of its sum z by itself: whatever the photo, "
            "{second} gets 1. That is the mistake that was made on purpose.",
            second=escaped(shown.names[1]),
        )
    )


def _sigmoid(shown: Shown) -> None:
    (logit,) = shown.answer.logits
    formula = rf"\frac{{1}}{{1 + e^{{{-logit:.2f}}}}} = {shown.answer.shares[1]:.4f}"
    st.latex(formula)
    st.caption(
        t(
            "One unit for two classes: the sigmoid of its logit {logit} is the score of {second}; what is "
            "missing to 1 is that of {first}.",
            logit=f"{logit:.2f}",
            second=escaped(shown.names[1]),
            first=escaped(shown.names[0]),
        )
    )


def _number(value: float) -> str:
    """Return a number for a formula, never in the ``1e-05`` of programs."""
    if value == 0 or 0.001 <= abs(value) < 100_000:
        return f"{value:.4g}"
    mantissa, exponent = f"{value:.3e}".split("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
