"""Section "Measure it": train both heads on the same cached features, and what follows from the numbers."""

from math import prod

import streamlit as st

from tl_core.backbones import get_backbone
from tl_core.head_math import HeadSetup
from tl_core.head_math.costs import FLOAT32
from tl_core.head_math.memory import bytes_text
from tl_core.lessons.heads import (
    RESULT,
    TITLES,
    ComparisonConfig,
    Outcome,
    outcomes,
    verdict,
)
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState
from tl_core.ui.datasets.choice import choose_dataset
from tl_core.ui.experiment import experiment
from tl_core.ui.gap.network import network_control, tell_of_difference
from tl_core.ui.gap.setup import MOST_CHANNELS
from tl_core.ui.job_panel import job_panel
from tl_core.ui.numbers import range_text
from tl_core.ui.run_titles import dataset_title
from tl_core.ui.state import url_number
from tl_core.ui.text import escaped, say, t, tn
from tl_core.wording import percent

RUN_KEY = "run"
USUAL_EPOCHS = 20


def show(setup: HeadSetup) -> None:
    """Draw the settings, the job while it runs, and its result."""
    experiment(
        ComparisonConfig,
        RUN_KEY,
        lambda: _controls(setup),
        _show_run,
        button=t("Train both heads"),
        hint=t(
            "Press Train both heads. The features are computed once; then both heads learn from the "
            "same numbers, three times each with another seed. It takes about a minute."
        ),
        columns=(2, 3),
    )


def _controls(setup: HeadSetup) -> ComparisonConfig:
    dataset = choose_dataset()
    spec, size = network_control(setup)
    tell_of_difference(setup, spec, size)
    left, right = st.columns(2)
    epochs = left.slider(t("Epochs"), **url_number("epochs", 5, 100, default=USUAL_EPOCHS))
    channels = right.number_input(
        t("Channels to keep (0 = all)"),
        **url_number("keep", 0, MOST_CHANNELS, default=0, step=8),
        help=t("Only the first channels of the feature map, for both heads: tests the rule."),
    )
    config = setup.config
    both = len(dataset.class_names) == 2
    st.caption(
        t(
            "From the set-up above: hidden layers {units}, dropout {dropout}. The classes are those of the "
            "dataset. Its feature maps take {size} on disk and in memory.",
            units=", ".join(map(str, config.units)) or t("none"),
            dropout=f"{config.dropout:g}",
            size=bytes_text(len(dataset.images) * prod(spec.feature_shape(size)) * FLOAT32),
        )
    )
    return ComparisonConfig(
        dataset=dataset.id,
        fingerprint=dataset.fingerprint,
        backbone=spec.name,
        size=size,
        dense=config.units,
        dropout=config.dropout,
        activation=config.activation if both else "softmax",
        channels=min(channels, spec.channels) % spec.channels,
        epochs=epochs,
    )


def _show_run(run: Run) -> None:
    st.markdown(f"**{_title(ComparisonConfig.from_json(run.config))}**")
    if job_panel(run).state is JobState.DONE:
        _show_result(run)


def _title(config: ComparisonConfig) -> str:
    spec = get_backbone(config.backbone)
    return " · ".join(
        (
            escaped(dataset_title(config.dataset)),
            spec.title,
            t("{size} px", size=config.size),
            t("{n} channels", n=f"{config.channels or spec.channels:,}"),
            t("hidden layers {units}", units=", ".join(map(str, config.dense)) or t("none")),
            tn("{n} epoch", "{n} epochs", config.epochs),
            t("seeds {seeds}", seeds=", ".join(map(str, config.seeds))),
        )
    )


def _show_result(run: Run) -> None:
    found = run.read(RESULT, outcomes)
    st.success(say(verdict(**found).sentence), icon=":material/gavel:")
    st.markdown(_table(found))
    st.caption(
        t(
            "Accuracy on held-out images, all seeds added up, with its 95 % interval; the seeds share "
            "images, all of them where the dataset brings validation images, so the interval is too narrow. "
            "Time is that of one training's steps. Look for a head that is far better on its training "
            "images: it knows them by heart."
        )
    )


def _table(found: dict[str, Outcome]) -> str:
    """Return a line a figure and a column a head, as Markdown."""
    order = ("flatten", "gap")
    rows = [found[pooling] for pooling in order]
    lines = {
        t("Accuracy"): [f"{percent(one.accuracy)} ({one.correct} / {one.n})" for one in rows],
        t("95 % interval"): [range_text(one) for one in rows],
        t("Training accuracy"): [percent(one.train_accuracy) for one in rows],
        t("Training minus held-out"): [percent(one.gap) for one in rows],
        t("Weights"): [f"{one.parameters:,}" for one in rows],
        t("File"): [bytes_text(one.parameters * FLOAT32) for one in rows],
        t("Time"): [t("{seconds} s", seconds=f"{one.seconds:.1f}") for one in rows],
    }
    header = [f"| | {' | '.join(TITLES[pooling] for pooling in order)} |", "|:--|--:|--:|"]
    return "\n".join([*header, *(f"| {name} | {' | '.join(row)} |" for name, row in lines.items())])
