"""What came out of a training, in its first lines: accuracy with its interval, time, and the curves."""

import streamlit as st

from tl_core.results.metrics import Metrics, read_metrics
from tl_core.runs.snapshots import Snapshot
from tl_core.training import Training
from tl_core.ui.numbers import interval_text
from tl_core.ui.results.curves import show_curves
from tl_core.ui.text import t
from tl_core.wording import percent


def show_results(run: Training, shot: Snapshot) -> None:
    """Draw the headline of a run that is done, or was stopped after its first epoch, and its curves."""
    metrics = read_metrics(run)
    title = t("Test accuracy") if metrics.test else t("Validation accuracy")
    headline, facts = st.columns(2)
    headline.metric(title, percent(metrics.headline.accuracy))
    headline.markdown(interval_text(metrics.headline))
    facts.metric(t("Time"), t("{seconds} s", seconds=round(metrics.seconds, 1)))
    facts.markdown(_features_text(metrics))
    if metrics.best_epoch:
        st.caption(_kept_text(run, metrics))
    show_curves(run, shot)


def _kept_text(run: Training, metrics: Metrics) -> str:
    epoch = metrics.best_epoch
    if not run.settings.keep_best:
        return t("The last epoch, {epoch}, was kept.", epoch=epoch)
    if metrics.test:
        return t(
            "Epoch {epoch} was kept: the best on the validation images ({accuracy}). The test images were "
            "looked at once, at the end.",
            epoch=epoch,
            accuracy=percent(metrics.validation.accuracy),
        )
    if run.settings.unfrozen and run.settings.epochs:
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


def _features_text(metrics: Metrics) -> str:
    times = {
        "features": f"{metrics.seconds_features:.1f}",
        "head": f"{metrics.seconds_head:.1f}",
    }
    if not metrics.images_computed + metrics.images_reused:
        return t(
            "Everything learned from the pixels on, so no features were computed: only the training, "
            "{head} s.",
            head=times["head"],
        )
    if not metrics.images_computed:
        return t(
            "Features reused from an earlier run, so there was only the training: {head} s.",
            head=times["head"],
        )
    return t(
        "Features {features} s ({n} images computed, {reused} reused); training {head} s. "
        "The next training with the same features takes only the last part.",
        n=metrics.images_computed,
        reused=metrics.images_reused,
        **times,
    )
