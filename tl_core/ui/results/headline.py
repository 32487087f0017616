"""What came out of a training, in its first lines: accuracy with its interval, time, and the curves."""

from typing import Any

import streamlit as st

from tl_core.results.metrics import read_metrics
from tl_core.runs import Run
from tl_core.runs.snapshots import Snapshot
from tl_core.ui.numbers import interval_text
from tl_core.ui.results.curves import show_curves
from tl_core.ui.text import t
from tl_core.wording import percent


def show_results(run: Run, shot: Snapshot) -> None:
    """Draw the headline of a run that is done, or was stopped after its first epoch, and its curves."""
    metrics = read_metrics(run)
    title, found = t("Validation accuracy"), metrics["validation"]
    if "test" in metrics:
        title, found = t("Test accuracy"), metrics["test"]
    headline, facts = st.columns(2)
    headline.metric(title, percent(found["accuracy"]))
    headline.markdown(interval_text(found))
    facts.metric(t("Time"), t("{seconds} s", seconds=round(_seconds(metrics), 1)))
    facts.markdown(_features_text(metrics))
    if "best_epoch" in metrics:
        st.caption(_kept_text(run, metrics))
    show_curves(run, shot)


def _kept_text(run: Run, metrics: dict[str, Any]) -> str:
    epoch = metrics["best_epoch"]
    if not run.config.get("keep_best"):
        return t("The last epoch, {epoch}, was kept.", epoch=epoch)
    if "test" in metrics:
        return t(
            "Epoch {epoch} was kept: the best on the validation images ({accuracy}). The test images were "
            "looked at once, at the end.",
            epoch=epoch,
            accuracy=percent(metrics["validation"]["accuracy"]),
        )
    if run.config.get("unfrozen") and run.config.get("epochs"):
        return t(
            "Epoch {epoch} was kept: since the blocks learn, the best on these same images, so the figure "
            "flatters a little. Hold out test images too for an honest one.",
            epoch=epoch,
        )
    return t(
        "Epoch {epoch} was kept: the best on these same images, so the figure flatters a little. Hold out "
        "test images too for an honest one.",
        epoch=epoch,
    )


def _seconds(metrics: dict[str, Any]) -> float:
    return float(metrics["seconds_features"] + metrics["seconds_head"])


def _features_text(metrics: dict[str, Any]) -> str:
    features, head = metrics["seconds_features"], metrics["seconds_head"]
    times = {"features": f"{features:.1f}", "head": f"{head:.1f}"}
    if not metrics["images_computed"] + metrics["images_reused"]:
        return t(
            "Everything learned from the pixels on, so no features were computed: only the training, "
            "{head} s.",
            head=times["head"],
        )
    if not metrics["images_computed"]:
        return t(
            "Features reused from an earlier run, so there was only the training: {head} s.",
            head=times["head"],
        )
    return t(
        "Features {features} s ({n} images computed, {reused} reused); training {head} s. "
        "The next training with the same features takes only the last part.",
        n=metrics["images_computed"],
        reused=metrics["images_reused"],
        **times,
    )
