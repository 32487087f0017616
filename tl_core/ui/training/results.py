"""What came out of a training: accuracy with its interval, per class, and the curves."""

from typing import Any

import streamlit as st

from tl_core.runs import Run
from tl_core.snapshots import Snapshot
from tl_core.ui.charts import curve_chart
from tl_core.ui.run_titles import class_title
from tl_core.ui.text import escaped, t

TRAIN_COLOUR, VALIDATION_COLOUR = "#7a6b5d", "#0e9384"


def show_curves(shot: Snapshot) -> None:
    """Draw accuracy and loss of every epoch so far; nothing before the second epoch."""
    if len(shot.epochs) < 2:
        return
    train, validation = t("Training"), t("Validation")
    colours = {train: TRAIN_COLOUR, validation: VALIDATION_COLOUR}
    accuracy, loss = st.columns(2)
    with accuracy:
        _curve(shot, "accuracy", t("Accuracy"), colours)
    with loss:
        _curve(shot, "loss", t("Loss"), colours)
    st.caption(
        t(
            "Look for the gap: when the training curve goes on improving and the validation curve does not, "
            "the head learns its images by heart."
        )
    )


def _curve(shot: Snapshot, name: str, title: str, colours: dict[str, str]) -> None:
    train, validation = colours
    curves = {
        train: [epoch[name] for epoch in shot.epochs],
        validation: [epoch[f"val_{name}"] for epoch in shot.epochs],
    }
    curve_chart(
        curves,
        alt=t(
            "{title} over {n} epochs: training ends at {train}, validation at {validation}.",
            title=title,
            n=len(shot.epochs),
            train=f"{curves[train][-1]:.3f}",
            validation=f"{curves[validation][-1]:.3f}",
        ),
        x_title=t("Epoch"),
        y_title=title,
        colours=colours,
        y_range=(0, 1.02) if name == "accuracy" else None,
        height=260,
    )


def show_results(run: Run, shot: Snapshot) -> None:
    """Draw the result of a run that is done."""
    metrics = run.result("metrics.json")
    validation = metrics["validation"]
    headline, facts = st.columns(2)
    headline.metric(t("Validation accuracy"), percent(validation["accuracy"]))
    headline.markdown(interval_text(validation))
    facts.metric(t("Time"), t("{seconds} s", seconds=round(_seconds(metrics), 1)))
    facts.markdown(_features_text(metrics))
    _per_class(run, validation["classes"])
    show_curves(shot)


def percent(share: float) -> str:
    """Return ``0.8833`` as ``88.3 %``."""
    return f"{share:.1%}".replace("%", " %")


def interval_text(found: dict[str, Any]) -> str:
    """Return n and the 95 % interval of a proportion in words."""
    low, high = found["interval"]
    return t(
        "{correct} of {n} held-out images right; 95 % interval {low} to {high}.",
        correct=found["correct"],
        n=found["n"],
        low=percent(low),
        high=percent(high),
    )


def _seconds(metrics: dict[str, Any]) -> float:
    return float(metrics["seconds_features"] + metrics["seconds_head"])


def _features_text(metrics: dict[str, Any]) -> str:
    features, head = metrics["seconds_features"], metrics["seconds_head"]
    times = {"features": f"{features:.1f}", "head": f"{head:.1f}"}
    if not metrics["images_computed"]:
        return t(
            "Features reused from an earlier run, so only the head was trained: {head} s.",
            head=times["head"],
        )
    return t(
        "Features {features} s ({n} images computed, {reused} reused); head {head} s. "
        "The next training with the same features takes only the last part.",
        n=metrics["images_computed"],
        reused=metrics["images_reused"],
        **times,
    )


def _per_class(run: Run, classes: list[dict[str, Any]]) -> None:
    table = {
        t("Class"): [
            escaped(class_title(run.config["dataset"], found["name"])) for found in classes
        ],
        t("Accuracy"): [percent(found["accuracy"]) for found in classes],
        t("Right"): [f"{found['correct']} / {found['n']}" for found in classes],
        t("95 % interval"): [" – ".join(map(percent, found["interval"])) for found in classes],
    }
    st.table(table)
