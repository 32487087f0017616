"""The curves of a training, live and afterwards: what is learned, what chance would get, and earlier runs."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from tl_core.datasets.catalogue import get_dataset
from tl_core.errors import LabError
from tl_core.results.baselines import baselines
from tl_core.run_book.comparison import earlier_curves
from tl_core.runs.snapshots import Snapshot
from tl_core.training import Training
from tl_core.training.schedule import Epoch, best_epoch
from tl_core.ui import projector
from tl_core.ui.curve_chart import curve_chart
from tl_core.ui.state import url_flag
from tl_core.ui.text import t

TRAIN_COLOUR, VALIDATION_COLOUR = "#7a6b5d", "#0e9384"
HEIGHT, LOW_HEIGHT = 280, 195
"""Pixels; the lower one is in a projector's first screen, below the progress of a training."""


def show_curves(run: Training, shot: Snapshot) -> None:
    """Draw accuracy and loss of every epoch so far; nothing before the second epoch."""
    if len(shot.epochs) < 2:
        return
    charts = st.container()
    logarithmic = st.toggle(
        t("Logarithmic loss"),
        **url_flag("log"),
        help=t(
            "Every step up is ten times the loss: shows what still changes when the loss is small."
        ),
    )
    earlier = earlier_curves(run)
    marks = _marks(run, shot.epochs)
    accuracy, loss = charts.columns(2)
    with accuracy:
        levels = _baselines(run.settings.dataset)
        _curve(shot.epochs, earlier, "accuracy", t("Accuracy"), levels=levels, marks=marks)
    with loss:
        _curve(shot.epochs, earlier, "loss", t("Loss"), log=logarithmic, marks=marks)
    st.caption(_caption(bool(earlier)))


def _caption(earlier: bool) -> str:
    text = t(
        "Look for the gap: when the training curve goes on improving and the validation curve gets worse, "
        "the network learns its images by heart."
    )
    if not earlier:
        return text
    return f"{text} {t('Faint: the validation curves of earlier runs with these photos.')}"


def _curve(
    epochs: Sequence[Epoch],
    earlier: Sequence[Sequence[Epoch]],
    name: str,
    title: str,
    *,
    log: bool = False,
    **guides: Any,
) -> None:
    curves = {
        t("Training"): [epoch[name] for epoch in epochs],
        t("Validation"): [epoch[f"val_{name}"] for epoch in epochs],
    }
    train, validation = curves.values()
    curve_chart(
        curves,
        alt=t(
            "{title} over {n} epochs: training ends at {train}, validation at {validation}.",
            title=title,
            n=len(epochs),
            train=f"{train[-1]:.3f}",
            validation=f"{validation[-1]:.3f}",
        ),
        x_title=t("Epoch"),
        y_title=title,
        colours=dict(zip(curves, (TRAIN_COLOUR, VALIDATION_COLOUR), strict=True)),
        y_range=(0, 1.02) if name == "accuracy" else None,
        log=log,
        faint=[[epoch[f"val_{name}"] for epoch in run] for run in earlier],
        height=LOW_HEIGHT if projector.is_on() else HEIGHT,
        **guides,
    )


def _marks(run: Training, epochs: Sequence[Epoch]) -> dict[str, float]:
    """Return where the second phase begins, and which epoch is the best one so far."""
    marks: dict[str, float] = {}
    second = [epoch["epoch"] for epoch in epochs if epoch.get("unfrozen")]
    if second and second[0] > 1:
        marks[t("blocks learn too")] = second[0] - 0.5
    if run.settings.keep_best:
        phase = [epoch for epoch in epochs if bool(epoch.get("unfrozen")) == bool(second)]
        marks[t("best")] = phase[best_epoch(phase)]["epoch"]
    return marks


def _baselines(dataset: str) -> dict[str, float]:
    """Return what guessing gets: any class with the same chance, and always the largest class."""
    try:
        found = baselines(get_dataset(dataset).count_by_class.values())
    except LabError:  # deleted since
        return {}
    majority = {t("always the largest class"): found.majority} if found.apart else {}
    return {t("guessing"): found.chance, **majority}
