"""Section "Why ResNet trains": the same deep network with and without its skip connections."""

from collections.abc import Mapping, Sequence

import streamlit as st

from tl_core import runs
from tl_core.datasets.catalogue import get_dataset
from tl_core.lessons.skip import (
    DATASET,
    LEAST_BLOCKS,
    MOST_BLOCKS,
    NETWORKS,
    RESULT,
    TITLES,
    Epoch,
    SkipConfig,
    Worths,
    knowing_shares,
    story,
    verdict,
)
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState, Snapshot
from tl_core.ui.charts import ABOVE, CURVES_HEIGHT, Properties, show_chart
from tl_core.ui.experiment import experiment
from tl_core.ui.job_panel import job_panel
from tl_core.ui.lessons import residual
from tl_core.ui.numbers import range_text
from tl_core.ui.state import url_number
from tl_core.ui.text import say, t, t_marked
from tl_core.ui.theme import CLASSES, text_colour
from tl_core.wording import percent

RUN_KEY = "skip"
USUAL = SkipConfig()
COLOURS = {"plain": CLASSES[1], "skip": CLASSES[2]}


def show() -> None:
    """Draw the settings, the job while it runs, its result, and one residual block with the photo in it."""
    st.markdown(
        t(
            "A **skip connection** adds what goes into a block to what comes out of it: F(x) + x. Train the "
            "same deep network with and without them, and watch which one learns."
        )
    )
    experiment(
        SkipConfig,
        RUN_KEY,
        _controls,
        _show_run,
        button=t("Train both networks"),
        hint=t(
            "Press Train both networks. They start from the same weights and learn from the same "
            "batches; it takes about half a minute."
        ),
    )
    residual.show()


def _controls() -> SkipConfig:
    left, right = st.columns(2)
    blocks = left.slider(
        t("Blocks"),
        **url_number("depth", LEAST_BLOCKS, MOST_BLOCKS, default=USUAL.blocks),
        help=t(
            "Each block has two convolutions. How deep must a plain network be to stop learning?"
        ),
    )
    seed = right.number_input(
        t("Seed"),
        **url_number("seed", 0, 9999, default=USUAL.seed),
        help=t(
            "The same seed gives the same split, the same first weights and, on the same machine, the same "
            "result."
        ),
    )
    st.caption(
        t(
            "{convolutions} convolutions of 3 × 3 with 32 channels on emoji of 32 × 32 pixels; {epochs} "
            "epochs of SGD with Nesterov momentum at {rate}, gradients cut at length 1. There is no "
            "BatchNormalization, and the first weights are Keras' usual ones: other choices would help the "
            "plain network too, and hide what the skip connection does.",
            convolutions=2 * blocks,
            rate=f"{USUAL.learning_rate:g}",
            epochs=USUAL.epochs,
        )
    )
    return SkipConfig(blocks=blocks, seed=seed)


def _show_run(run: Run) -> None:
    config = SkipConfig.from_json(run.config)
    st.markdown(f"**{t('{n} blocks · seed {seed}', n=config.blocks, seed=config.seed)}**")
    shot = job_panel(run, lambda now: _show_epochs(run, now))
    if shot.state is JobState.DONE:
        _show_result(run, shot)
    elif not shot.state.live:
        _show_epochs(run, shot)


def _stories(run: Run, shot: Snapshot) -> dict[str, list[Epoch]]:
    try:
        found = {network: story(shot.epochs, network) for network in NETWORKS}
    except runs.WRONG_SHAPE:
        found = {}
    if not found or not all(found.values()):
        raise runs.damaged(run.id, runs.PROGRESS)
    return found


def _shares_loss() -> float:
    return knowing_shares(get_dataset(DATASET).count_by_class.values())


def _show_epochs(run: Run, shot: Snapshot) -> None:
    """Draw both charts up to the newest epoch; nothing before there is one."""
    if shot.epochs:
        stories = _stories(run, shot)
        _show_loss(stories)
        _show_gradients(stories, len(shot.epochs) - 1)


def _show_result(run: Run, shot: Snapshot) -> None:
    stories = _stories(run, shot)
    found = verdict(stories["plain"], stories["skip"], _shares_loss())
    st.success(say(found), icon=":material/gavel:")
    _show_loss(stories)
    last = len(shot.epochs) - 1
    epoch = st.slider(
        t("Gradient after epoch"),
        **url_number("after", 0, last, default=last),
        help=t("0 is before the first step. The dotted lines are always those of the start."),
    )
    _show_gradients(stories, epoch)
    _show_worths(run.read(RESULT, Worths.from_json))


def _show_loss(stories: Mapping[str, Sequence[Epoch]]) -> None:
    length = len(stories["plain"])
    lines: list[Properties] = [
        {
            "x": list(range(length)),
            "y": [epoch.loss for epoch in epochs],
            "name": t_marked(TITLES[network]),
            "mode": "lines",
            "line": {"color": COLOURS[network], "width": 3},
            "hovertemplate": "%{y:.3f}",
        }
        for network, epochs in stories.items()
    ]
    shares = {
        "x": [0, max(length - 1, 1)],
        "y": [_shares_loss()] * 2,
        "name": t("Knows only the classes' shares"),
        "mode": "lines",
        "line": {"color": text_colour(), "width": 1.5, "dash": "dot"},
        "hoverinfo": "skip",
    }
    show_chart(
        [*lines, shares],
        {
            "height": CURVES_HEIGHT,
            "xaxis": {"title": t("Epoch"), "rangemode": "tozero"},
            "yaxis": {"title": t("Training loss"), "rangemode": "tozero"},
            "hovermode": "x unified",
            "legend": ABOVE,
        },
        alt=t(
            "Training loss up to epoch {n}: {plain} at the end without skip connections, {skip} with them.",
            n=length - 1,
            plain=f"{stories['plain'][-1].loss:.2f}",
            skip=f"{stories['skip'][-1].loss:.2f}",
        ),
        key="skip_loss",
    )
    st.caption(
        t(
            "Look for a line that never leaves the dotted one: that network has only learned how many images "
            "each class has, and nothing about what they show."
        )
    )


def _show_gradients(stories: Mapping[str, Sequence[Epoch]], epoch: int) -> None:
    lines = []
    for network, epochs in stories.items():
        lines.append(_gradient_line(network, epochs[0], dash="dot", start=True))
        lines.append(_gradient_line(network, epochs[epoch], dash="solid", start=False))
    layout = {
        "height": CURVES_HEIGHT,
        "xaxis": {"title": t("Block, from the image's side"), "dtick": 1},
        "yaxis": {"title": t("Gradient norm (log)"), "type": "log", "exponentformat": "power"},
        "legend": ABOVE,
    }
    first = {network: f"{epochs[epoch].gradients[0]:.1e}" for network, epochs in stories.items()}
    last = {network: f"{epochs[epoch].gradients[-1]:.1e}" for network, epochs in stories.items()}
    show_chart(
        lines,
        layout,
        alt=t(
            "Gradient norm after epoch {epoch}, first to last block: {plain} to {plain_last} without skip "
            "connections, {skip} to {skip_last} with them.",
            epoch=epoch,
            plain=first["plain"],
            plain_last=last["plain"],
            skip=first["skip"],
            skip_last=last["skip"],
        ),
        key="skip_gradients",
    )
    st.caption(
        t(
            "The gradient tells a block how to change; it is computed from the last block back to the first. "
            "Look at block 1, and at the powers of ten: in a deep network without skip connections hardly "
            "anything arrives there. With them the sum hands the gradient past the block. Dotted: before the "
            "first step; solid: after epoch {epoch}.",
            epoch=epoch,
        )
    )


def _gradient_line(network: str, epoch: Epoch, *, dash: str, start: bool) -> Properties:
    return {
        "x": list(range(1, len(epoch.gradients) + 1)),
        "y": list(epoch.gradients),
        "name": t_marked(TITLES[network]),
        "showlegend": not start,
        "mode": "lines" if start else "lines+markers",
        "line": {"color": COLOURS[network], "width": 1.5 if start else 2.5, "dash": dash},
        "hovertemplate": "%{y:.2e}",
    }


def _show_worths(found: Worths) -> None:
    lines = [
        f"| | {t('Training accuracy')} | {t('Held-out accuracy')} |",
        "|:--|--:|--:|",
    ]
    for network in NETWORKS:
        seen, unseen = found.networks[network].train, found.networks[network].validation
        cells = (
            t_marked(TITLES[network]),
            f"{percent(seen.accuracy)} ({seen.correct} / {seen.n})",
            f"{percent(unseen.accuracy)} ({unseen.correct} / {unseen.n}), "
            f"{t('95 % interval')} {range_text(unseen)}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    st.markdown("\n".join(lines))
    st.caption(
        t(
            "Always saying the most frequent class is right on {correct} of {n} held-out images. Both "
            "networks start from nothing and have few images, so neither is good on new ones: this is about "
            "whether a deep network can learn at all.",
            correct=found.majority.correct,
            n=found.majority.n,
        )
    )
