"""How sure an answer must be to be given, and what that costs: a threshold that can be moved."""

import streamlit as st

from tl_core.results.predictions import Predictions, read_predictions
from tl_core.results.sureness import answers_kept, kept_curve
from tl_core.statistics import Proportion
from tl_core.ui.charts import ABOVE, CURVES_HEIGHT, GUIDE, Properties, share_axis, show_chart, told
from tl_core.ui.errors import callback
from tl_core.ui.numbers import range_text
from tl_core.ui.prediction.shown import Shown
from tl_core.ui.redrawing import want_page
from tl_core.ui.results.calibration import show_calibration
from tl_core.ui.state import url_number
from tl_core.ui.text import t
from tl_core.ui.theme import ACTIVATIONS, WEIGHTS
from tl_core.ui.unseen import left_at
from tl_core.wording import percent

KEY = "sure"
USUAL = 60
"""Percent; of two classes the surer one has more than 50."""


def least_sure() -> float:
    """Return the share, 0..1, from which an answer is given without "not sure"."""
    url_number(KEY, 0, 100, default=USUAL)
    return float(st.session_state[KEY]) / 100


def leave() -> None:
    """Keep the threshold, by which the answer is given, while it is not drawn."""
    least_sure()
    left_at(KEY)


def show(shown: Shown) -> None:
    """Draw the threshold, what it does on the validation photos, and how far sureness can be believed."""
    least = st.slider(
        t("Give an answer from this sureness on (%)"),
        **url_number(KEY, 0, 100, default=USUAL),
        on_change=callback(want_page),  # the answer above is given by it
    )
    predictions = read_predictions(shown.run)
    _effect(predictions, least / 100)
    _curve(predictions, least / 100)
    show_calibration(predictions)


def _effect(predictions: Predictions, least: float) -> None:
    n, kept = len(predictions.labels), answers_kept(predictions, least)
    if kept is None:
        st.markdown(
            t(
                "Of the {n} validation photos the network would answer none: it is never so sure. Lower the "
                "threshold.",
                n=n,
            )
        )
        return
    values = {"kept": kept.n, "n": n, "share": percent(kept.n / n)}
    st.markdown(
        t(
            "Of the {n} validation photos it would answer **{kept}** ({share}), and of those answers "
            "**{correct}** are right: {accuracy}, 95 % interval {interval}.",
            correct=kept.correct,
            accuracy=percent(kept.accuracy),
            interval=range_text(kept),
            **values,
        )
    )


def _curve(predictions: Predictions, least: float) -> None:
    """Draw, over all thresholds, how many answers are given and how many of those are right."""
    curve = kept_curve(predictions)
    thresholds = [point.least for point in curve]
    given: Proportion | None = answers_kept(predictions, least)
    share = share_axis(range=[0, 1.04])
    shares = [point.n / len(predictions.labels) for point in curve]
    right = [point.correct / point.n if point.n else None for point in curve]
    traces: list[Properties] = [
        {
            "x": thresholds,
            "y": shares,
            "name": t("Answers given"),
            "line": {"color": WEIGHTS},
        }
        | told(shares),
        {
            "x": thresholds,
            "y": right,
            "name": t("Of those, right"),
            "line": {"color": ACTIVATIONS},
        }
        | told(right),
        {
            "x": [least, least],
            "y": [0, 1],
            "name": t("Threshold"),
            "mode": "lines",
            "line": GUIDE | {"dash": "dot"},
            "hoverinfo": "skip",
        },
    ]
    layout = {
        "height": CURVES_HEIGHT,
        "legend": ABOVE,
        "margin": {"l": 0, "r": 24, "t": 40, "b": 0},
        "xaxis": share | {"title": t("Threshold"), "range": [0, 1]},
        "yaxis": share,
    }
    alt = t(
        "Curves over the threshold: at {least} the network answers {given} of {n} validation photos.",
        least=percent(least),
        given=given.n if given else 0,
        n=len(predictions.labels),
    )
    show_chart(traces, layout, alt=alt, key="sureness")
    st.caption(
        t(
            "Look for the threshold from which more answers get lost than mistakes. A photo of something "
            "else can be above it all the same: sure is not the same as right."
        )
    )
