"""Can the confidence be believed? A chart of accuracy against confidence, and a sentence that reads it."""

import streamlit as st

from tl_core.results.calibration import Calibration, calibration
from tl_core.results.predictions import Predictions
from tl_core.ui.charts import interval_bars, share_axis, show_chart
from tl_core.ui.text import t
from tl_core.ui.theme import ACTIVATIONS
from tl_core.wording import percent

BELIEVABLE = 0.05
"""Smaller distances between confidence and accuracy are called none."""
HEIGHT = 380
GREY = "#808080"
LEAST_MARKER, MARKER_GROWTH = 9, 26
"""Pixels: of a bin with hardly a photo, and what a bin with all of them adds."""


def show_calibration(predictions: Predictions) -> None:
    """Draw the reliability diagram of a run, with its sentence above."""
    found = calibration(predictions)
    st.markdown(_sentence(found))
    _chart(found)
    st.caption(
        t(
            "Each point gathers the photos of one range of confidence; the larger, the more photos, and the "
            "bar is the 95 % interval. On the dashed line confidence keeps its promise: of the guesses that "
            "are 80 % sure, 80 % are right. Points below it promise too much. Expected calibration error, "
            "the mean distance to the line: {error} (Guo et al. 2017).",
            error=percent(found.error),
        )
    )


def _sentence(found: Calibration) -> str:
    values = {
        "n": found.n,
        "confidence": percent(found.confidence),
        "accuracy": percent(found.accuracy),
    }
    low, high = found.interval
    distance = found.confidence - found.accuracy
    if abs(distance) < BELIEVABLE or low <= found.confidence <= high:
        return t(
            "On average the guesses for these {n} photos are {confidence} sure, and {accuracy} are right: "
            "no difference is shown, so the confidence can be believed on average.",
            **values,
        )
    if distance > 0:
        return t(
            "**Too sure of itself:** on average the guesses for these {n} photos are {confidence} sure, but "
            "only {accuracy} are right. Take a high confidence with care.",
            **values,
        )
    return t(
        "**Too modest:** on average the guesses for these {n} photos are only {confidence} sure, but "
        "{accuracy} are right. Longer training usually makes it surer.",
        **values,
    )


def _chart(found: Calibration) -> None:
    points = {
        "x": [one.confidence for one in found.bins],
        "y": [one.accuracy for one in found.bins],
        "error_y": interval_bars(found.bins),
        "mode": "markers",
        "cliponaxis": False,  # the largest marker stands at 100 %, and half of it above the axis
        "marker": {
            "size": [LEAST_MARKER + MARKER_GROWTH * one.n / found.n for one in found.bins],
            "color": ACTIVATIONS,
        },
        "customdata": [
            f"{percent(one.confidence)} → {percent(one.accuracy)} (n = {one.n})"
            for one in found.bins
        ],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    promise = {
        "x": [0, 1],
        "y": [0, 1],
        "mode": "lines",
        "line": {"color": GREY, "dash": "dash"},
        "hoverinfo": "skip",
    }
    share = share_axis(range=[0, 1.04])
    layout = {
        "height": HEIGHT,
        "showlegend": False,
        "xaxis": share | {"title": t("Confidence")},
        "yaxis": share | {"title": t("Share that is right")},
    }
    texts = (
        t(
            "about {confidence} sure: {correct} of {n} right",
            confidence=percent(one.confidence),
            correct=one.correct,
            n=one.n,
        )
        for one in found.bins
    )
    alt = t("Reliability diagram.") + " " + "; ".join(texts)
    show_chart([promise, points], layout, alt=alt, key="calibration")
