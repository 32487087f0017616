"""Section "What did transfer buy?": the same head on three kinds of features, as one plot with intervals."""

from collections.abc import Mapping, Sequence

import streamlit as st

from tl_core.backbones import DEFAULT_BACKBONE, get_backbone, list_backbones, weights_source
from tl_core.datasets.dataset import Dataset
from tl_core.errors import RunNotFound
from tl_core.lessons.transfer import (
    PIXELS_SIDE,
    RESULT,
    SOURCES,
    TITLES,
    Comparison,
    Point,
    TransferConfig,
    verdict,
)
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState
from tl_core.ui.charts import ABOVE, Properties, interval_bars, share_axis, show_chart, told
from tl_core.ui.experiment import experiment
from tl_core.ui.job_panel import job_panel
from tl_core.ui.run_titles import dataset_title
from tl_core.ui.state import url_choice
from tl_core.ui.text import escaped, say, t, t_marked
from tl_core.ui.theme import CLASSES, text_colour
from tl_core.wording import percent

RUN_KEY = "transfer"
HEIGHT = 400
COLOURS = {"imagenet": CLASSES[2], "random": CLASSES[1], "pixels": CLASSES[3]}
OFFSETS = {"imagenet": 1.0, "random": 0.96, "pixels": 1.04}
"""Factors that move the points of a kind aside, or its bars would hide the others'."""


def show(dataset: Dataset) -> None:
    """Draw the settings, the job while it runs, and its plot."""
    st.markdown(
        t(
            "The same small head learns from three kinds of numbers: the features of a backbone that has "
            "seen ImageNet, those of **the same backbone with random weights**, and the raw pixels. The "
            "difference is what transfer buys."
        )
    )
    experiment(
        TransferConfig,
        RUN_KEY,
        lambda: _controls(dataset),
        _show_run,
        button=t("Train all heads"),
        hint=t(
            "Press Train all heads: 5, 10, 20 and 50 images a class, three times each with other "
            "images. With the built-in images it takes about half a minute."
        ),
    )


def _controls(dataset: Dataset) -> TransferConfig:
    titles = {spec.name: spec.title for spec in list_backbones() if _present(spec.name)}
    name = st.selectbox(
        t("Backbone with weights on this machine"),
        **url_choice("network", list(titles), default=DEFAULT_BACKBONE),
        format_func=titles.__getitem__,
    )
    spec = get_backbone(name)
    config = TransferConfig(
        dataset=dataset.id,
        fingerprint=dataset.fingerprint,
        backbone=spec.name,
        size=spec.default_size,
    )
    st.caption(
        t(
            "The head is one Dense layer on GAP features of {size} × {size} pixels; raw pixels are those of "
            "{side} × {side}. Every head takes {steps} steps of Adam, on numbers that are centred and "
            "scaled alike.",
            size=config.size,
            side=PIXELS_SIDE,
            steps=config.steps,
        )
    )
    return config


def _present(name: str) -> bool:
    return weights_source(name) != "missing"


def _show_run(run: Run) -> None:
    config = TransferConfig.from_json(run.config)
    title = " · ".join(
        (
            escaped(dataset_title(config.dataset)),
            get_backbone(config.backbone).title,
            t("seeds {seeds}", seeds=", ".join(map(str, config.seeds))),
        )
    )
    st.markdown(f"**{title}**")
    shot = job_panel(run, lambda _: _show_so_far(run))
    if shot.state is JobState.DONE:
        found = run.read(RESULT, Comparison.whole)
        st.success(say(verdict(found.points)), icon=":material/gavel:")
        _plot(found)
        _table(found.points)
    elif not shot.state.live:
        _show_so_far(run)


def _show_so_far(run: Run) -> None:
    """Draw the fits that are there; nothing before the first."""
    try:
        found = run.read(RESULT, Comparison.from_json)
    except RunNotFound:
        return
    _plot(found)


def _plot(found: Comparison) -> None:
    every = [point for row in found.points.values() for point in row]
    sizes = sorted({point.images for point in every})
    guess = {
        "x": [sizes[0] * 0.9, sizes[-1] * 1.1],
        "y": [found.majority.accuracy] * 2,
        "name": t("Always the most frequent class"),
        "mode": "lines",
        "line": {"color": text_colour(), "width": 1.5, "dash": "dot"},
        "hoverinfo": "skip",
    }
    x_axis = {
        "title": t("Training images a class"),
        "type": "log",
        "tickvals": sizes,
        "ticktext": list(map(str, sizes)),
    }
    layout = {
        "height": HEIGHT,
        "xaxis": x_axis,
        "yaxis": share_axis(title=t("Held-out accuracy"), range=[0, 1.02]),
        "legend": ABOVE,
    }
    lines = [*(_line(source, found.points[source]) for source in SOURCES), guess]
    show_chart(lines, layout, alt=_description(found.points), key="transfer_plot")
    st.caption(
        t(
            "Each point: all held-out images of the seeds added up (n = {n}), with its 95 % interval; the "
            "seeds share images, all of them where the dataset brings validation images, so the interval is "
            "too narrow. A class with fewer images gives all it has: the largest training set has {most}. "
            "Look for how far to the right the other lines must go to reach ImageNet's first point, and for "
            "which intervals do not overlap.",
            n=max(point.n for point in every),
            most=found.trained_on,
        )
    )


def _line(source: str, row: Sequence[Point]) -> Properties:
    return {
        "x": [point.images * OFFSETS[source] for point in row],
        "y": [point.accuracy for point in row],
        "error_y": interval_bars(row) | {"thickness": 1.5, "width": 5},
        "name": t_marked(TITLES[source]),
        "mode": "lines+markers",
        "line": {"color": COLOURS[source], "width": 2.5},
        "marker": {"size": 8},
    } | told([point.accuracy for point in row])


def _description(found: Mapping[str, Sequence[Point]]) -> str:
    rows = [
        f"{t_marked(TITLES[source])}: {', '.join(percent(point.accuracy) for point in row)}"
        for source, row in found.items()
        if row
    ]
    return t("Held-out accuracy from few to many images a class. {rows}.", rows="; ".join(rows))


def _table(found: Mapping[str, Sequence[Point]]) -> None:
    """Draw the points as Markdown: a line a number of images, a column a kind of features."""
    lines = [
        f"| {t('Images a class')} | {' | '.join(t_marked(TITLES[source]) for source in SOURCES)} |",
        "|--:|--:|--:|--:|",
    ]
    for row in zip(*(found[source] for source in SOURCES), strict=True):
        cells = [
            f"{percent(one.accuracy)} ({' – '.join(map(percent, one.interval))})" for one in row
        ]
        lines.append(f"| {row[0].images} | {' | '.join(cells)} |")
    with st.expander(t("The numbers, with their 95 % intervals"), icon=":material/table:"):
        st.markdown("\n".join(lines))
