"""Which strategy fits this dataset: how much of it there is, and how like ImageNet it is."""

import math
from functools import partial

import streamlit as st

from tl_core.datasets.dataset import Dataset
from tl_core.engine.questions import LIKENESS
from tl_core.training.likeness import (
    ALIKE,
    MUCH,
    Likeness,
    Suggestion,
    list_suggestions,
    stored_likeness,
    suggest,
)
from tl_core.ui.asking import Measurement, may_measure, until_known
from tl_core.ui.charts import Properties, show_chart
from tl_core.ui.text import t, t_marked
from tl_core.ui.theme import ACTIVATIONS, text_colour
from tl_core.wording import N_

TITLES = {
    "head": N_("Head only"),
    "top": N_("Top blocks"),
    "all": N_("Everything"),
}
"""What the strategies are called."""

HERE, ELSEWHERE = f"{ACTIVATIONS}40", f"{ACTIVATIONS}00"
"""A quarter opaque, and not at all."""
FEWEST, MOST = 5, 20_000
"""Ends of the axis of images a class."""


def show_suggestion(dataset: Dataset) -> None:
    """Draw the suggested strategy in a line, and why behind a button; measures the dataset if need be."""
    measured = Measurement(LIKENESS, version=dataset.fingerprint, dataset=dataset.id)
    if _find(dataset, measured) is None:
        measured.begin()
    until_known(
        lambda: _find(dataset, measured) is not None or measured.failed,
        partial(_draw, dataset, measured),
    )


def _find(dataset: Dataset, measured: Measurement[Likeness]) -> Likeness | None:
    """Return the likeness if it is known."""
    return measured.answer or stored_likeness(dataset.fingerprint)


def _draw(dataset: Dataset, measured: Measurement[Likeness]) -> None:
    likeness = _find(dataset, measured)
    if likeness is None:
        measured.begin()
        st.caption(_why_unknown(measured))
        return
    count = len(dataset.images) / len(dataset.class_names)
    suggestion = suggest(count, likeness)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            t("Suggested here: **{strategy}**", strategy=t_marked(TITLES[suggestion.strategy])),
            width="content",
        )
        why = st.popover(t("Why?"), type="tertiary", key="why_strategy", on_change="rerun")
    if why.open:
        with why:
            _explain(count, likeness, suggestion)


def _why_unknown(measured: Measurement[Likeness]) -> str:
    if measured.failed:
        return t("How like ImageNet these images are could not be measured.")
    if may_measure():
        return t("Measuring how like ImageNet these images are …")
    return t("How like ImageNet these images are is measured when the engine is free.")


def _explain(count: float, likeness: Likeness, suggestion: Suggestion) -> None:
    st.markdown(t_marked(suggestion.reason))
    show_chart(
        *_quadrants(count, likeness, suggestion),
        alt=t(
            "Four quadrants of images a class and likeness to ImageNet. This dataset has {n} images a "
            "class and a likeness of {likeness}, where {strategy} is suggested.",
            n=round(count),
            likeness=f"{likeness.score:.2f}",
            strategy=t_marked(TITLES[suggestion.strategy]),
        ),
        key="quadrants",
    )
    st.caption(
        t(
            "Look where the point is. Likeness {score}: every normalisation layer of EfficientNet-Lite0 "
            "remembers how its channels behave on ImageNet; this is how near {n} of your images come to that "
            "(1 the same, below 0.5 unlike). It is a rule of thumb: train two of them and compare.",
            score=f"{likeness.score:.2f}",
            n=likeness.images,
        )
    )


def _quadrants(
    count: float, likeness: Likeness, suggestion: Suggestion
) -> tuple[list[Properties], Properties]:
    """Return traces and layout of the four fields, with the dataset as a point in one of them."""
    ends = (math.log10(FEWEST), math.log10(MUCH), math.log10(MOST))
    outline = {"color": text_colour(), "width": 1}
    names, fields = [], []
    for one in list_suggestions():
        left, right = ends[1:] if one.much else ends[:2]
        low, high = (ALIKE, 1.0) if one.alike else (0.0, ALIKE)
        title = t_marked(TITLES[one.strategy])
        here = one is suggestion
        place = {"x": (left + right) / 2, "y": high - 0.06, "showarrow": False}
        names.append(place | {"text": f"<b>{title}</b>" if here else title})
        corners = {"x0": 10**left, "x1": 10**right, "y0": low, "y1": high}
        look = {"line": outline, "fillcolor": HERE if here else ELSEWHERE, "layer": "below"}
        fields.append({"type": "rect"} | corners | look)
    point = {
        "x": [min(max(count, FEWEST), MOST)],
        "y": [likeness.score],
        "mode": "markers",
        "marker": {"size": 16, "color": ACTIVATIONS, "line": outline | {"width": 2}},
        "hoverinfo": "skip",
    }
    x_axis = {
        "type": "log",
        "range": [ends[0], ends[2]],
        "tickvals": [10, 100, 1000, 10_000],
        "title": t("Images a class"),
    }
    return [point], {
        "height": 300,
        "showlegend": False,
        "annotations": names,
        "shapes": fields,
        "xaxis": x_axis,
        "yaxis": {"range": [0, 1], "title": t("Likeness to ImageNet"), "nticks": 3},
    }
