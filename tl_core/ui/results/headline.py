"""What came out of a training, in its first lines: accuracy with its interval, time, and the curves."""

from contextlib import suppress

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tl_core.errors import RunNotFound
from tl_core.results.metrics import Metrics, read_metrics, read_model
from tl_core.runs.snapshots import Snapshot
from tl_core.training import Training
from tl_core.ui import projector
from tl_core.ui.errors import fragment
from tl_core.ui.numbers import adding_up, interval_text
from tl_core.ui.results.curves import show_curves
from tl_core.ui.run_titles import class_title
from tl_core.ui.text import escaped, t
from tl_core.wording import percent


def show_results(run: Training, shot: Snapshot) -> None:
    """Draw the headline of a run that is done, or was stopped after its first epoch, and its curves."""
    metrics = read_metrics(run)
    title = t("Test accuracy") if metrics.test else t("Validation accuracy")
    headline, facts, notes, curves = _places()
    headline.metric(title, percent(metrics.headline.accuracy))
    headline.markdown(interval_text(metrics.headline))
    facts.metric(t("Time"), t("{seconds} s", seconds=round(metrics.seconds, 1)))
    facts.markdown(_features_text(metrics))
    with notes:
        if metrics.best_epoch:
            st.caption(_kept_text(run, metrics))
        _tell_of_unjudged(run, metrics)
    with curves:
        fragment(show_curves)(run, shot)


def _places() -> list[DeltaGenerator]:
    """Return where headline, facts, notes and curves go; on a projector first and last share its screen."""
    if projector.is_on():
        headline, curves = st.columns([1, 3])
        return [headline, st.container(), st.container(), curves]
    return [*st.columns(2), st.container(), st.container()]


def _tell_of_unjudged(run: Training, metrics: Metrics) -> None:
    unjudged = metrics.headline.unjudged
    if not unjudged:
        return
    with suppress(RunNotFound):
        names = read_model(run).class_names
        titles = [
            class_title(run.settings.dataset, n) for i, n in enumerate(names) if i in unjudged
        ]
        st.caption(
            t(
                "Never judged: {names}. No photo of this was held out, so the accuracy says nothing of it.",
                names=escaped(", ".join(titles)),
            )
        )


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
            "may flatter: a little, and more with fewer images. Hold out test images too for an honest one.",
            epoch=epoch,
        )
    return t(
        "Epoch {epoch} was kept: the best on these same images, so the figure may flatter: a little, and "
        "more with fewer images. Hold out test images too for an honest one.",
        epoch=epoch,
    )


def _features_text(metrics: Metrics) -> str:
    spent = adding_up([metrics.seconds_features, metrics.seconds_head], metrics.seconds, digits=1)
    times = dict(zip(("features", "head"), map("{:.1f}".format, spent), strict=True))
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
