"""Section Read: what a training does, with the numbers of the usual one, or of the run that is shown."""

import streamlit as st

from tl_core.backbones import get_backbone
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.dataset import Dataset
from tl_core.errors import DatasetRefused, RunNotFound
from tl_core.results.metrics import read_metrics
from tl_core.runs.snapshots import snapshot
from tl_core.training import Training, TrainingConfig
from tl_core.training.forecast import feature_numbers, head_weights
from tl_core.ui.errors import callback
from tl_core.ui.numbers import interval_text
from tl_core.ui.results.curves import show_curves
from tl_core.ui.run_titles import run_title
from tl_core.ui.sections import open_section
from tl_core.ui.text import escaped, t
from tl_core.ui.weight_bars import show_weights


def show(dataset: Dataset, run: Training | None) -> None:
    """Draw the article.

    Args:
        dataset: the chosen one.
        run: the run that is shown on the page.
    """
    usual = TrainingConfig(dataset=dataset.id, fingerprint=dataset.fingerprint)
    config = _told_of(run) or usual
    if config.dataset != dataset.id:
        dataset = get_dataset(config.dataset)
    spec = get_backbone(config.backbone)
    head = head_weights(config, len(dataset.class_names))
    numbers = feature_numbers(config)[0]
    st.markdown(
        t(
            "{backbone} has {weights} weights and has learned them from over a million photos. What it "
            "knows, edges, textures, parts of things, is of use for other photos too. So it stays as it "
            "is: it looks once at each of your {photos} photos and turns it into {numbers} numbers.",
            backbone=spec.title,
            weights=f"{spec.parameters:,}",
            photos=len(dataset.images),
            numbers=f"{numbers:,}",
        )
    )
    counts = {t("Backbone"): spec.parameters, t("Head"): head}
    show_weights(
        counts,
        alt=lambda named: t("Weights of backbone and head: {weights}", weights=named),
        key="article_weights",
    )
    st.markdown(
        t(
            "Only the head is new: {head} weights that turn these numbers into a score for each class. An "
            "epoch shows it every training photo once; after each batch its weights move a little to where "
            "the loss is smaller. That takes seconds, as the backbone need not look again.",
            head=f"{head:,}",
        )
    )
    _show_judging(run)
    st.markdown(
        t(
            "Is the head not enough, because your photos are unlike those of ImageNet, then the last "
            "blocks may learn too: **fine-tuning**. They move in smaller steps and only after the head "
            "has settled, or they could forget what they know."
        )
    )


def _told_of(run: Training | None) -> TrainingConfig | None:
    """Return the settings of a run that the text is true of: a new head on a network that looks once."""
    if run is None:
        return None
    config = run.settings
    if config.weights != "imagenet" or config.unfrozen or config.live or not config.epochs:
        return None
    try:
        get_dataset(config.dataset)
    except DatasetRefused:  # deleted
        return None
    return config


def _show_judging(run: Training | None) -> None:
    """Draw how well it went and why that is known: from the run if there is one."""
    st.markdown(
        t(
            "Some photos are held out. The network does not learn from them, so they show how well it does "
            "on new ones. Where the training curve goes on improving and the validation curve gets worse, "
            "the network learns by heart: that is overfitting."
        )
    )
    try:
        metrics = read_metrics(run) if run else None
    except RunNotFound:  # it is still going on
        metrics = None
    if run is None or metrics is None:
        st.button(
            t("Train now: the curves will be drawn here"),
            icon=":material/play_arrow:",
            on_click=callback(open_section),
            args=["train"],
        )
        return
    st.markdown(f"**{escaped(run_title(run))}**")
    st.markdown(
        t(
            "{accuracy} With few photos the interval is wide.",
            accuracy=interval_text(metrics.headline),
        )
    )
    show_curves(run, snapshot(run))
