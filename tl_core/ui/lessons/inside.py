"""Section "Look inside": the network's layers as a table, one layer's weights, and how far they moved."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from tl_core.datasets.catalogue import get_dataset
from tl_core.engine.questions import BACKBONE_LAYERS
from tl_core.errors import LabError
from tl_core.head_math.costs import FLOAT32
from tl_core.results.metrics import read_model
from tl_core.training import Training, TrainingConfig
from tl_core.training.layer_tables import BACKBONE, HEAD, TableLine, network_table
from tl_core.ui.asking import ask, may_ask
from tl_core.ui.errors import show_error
from tl_core.ui.lessons.inside_graph import show_graph
from tl_core.ui.lessons.inside_weights import (
    Network,
    show_moved,
    show_weights,
)
from tl_core.ui.run_titles import run_title
from tl_core.ui.state import url_choice
from tl_core.ui.text import escaped, t

WHOLE, ALL = "whole", "all"
TABLE_HEIGHT = 400
BLOCK_WIDTH = 160
"""Pixels; where the parts leave less, the choice of the block goes into the next line."""


def show(config: TrainingConfig, run: Training | None) -> None:
    """Draw the table, a layer's weights and the distances.

    Args:
        config: the settings as they are chosen now.
        run: the run that the page shows; it can be looked into once it has results.
    """
    network = _choose_network(config, run)
    if not may_ask():
        return
    try:
        with st.spinner(t("Asking the network …")):
            layers = ask(
                BACKBONE_LAYERS, backbone=network.config.backbone, size=network.config.size
            )
            lines = network_table(network.config, layers, classes=network.classes)
        shown = _choose_lines(lines)
        _sums(lines, shown)
        _table(shown)
        show_graph(lines, shown)
        show_weights(network, shown)
        show_moved(network)
    except LabError as error:
        show_error(error)


def _choose_network(config: TrainingConfig, run: Training | None) -> Network:
    if run and run.has_results:
        titles = {"run": t("The trained run"), "settings": t("The settings")}
        chosen = st.segmented_control(
            t("Network"),
            **url_choice("in_network", list(titles), default="run"),
            format_func=titles.__getitem__,
            required=True,
        )
        if chosen == "run":
            st.caption(escaped(run_title(run)))
            return _network_of(run)
    return Network(config=config, classes=len(get_dataset(config.dataset).class_names))


def _network_of(run: Training) -> Network:
    model = read_model(run)
    # A run that was stopped in its first phase has left the backbone alone, whatever was planned.
    config = replace(run.settings, unfrozen=model.unfrozen)
    return Network(config=config, classes=len(model.class_names), run=run)


def _choose_lines(lines: Sequence[TableLine]) -> list[TableLine]:
    """Draw the choice of part and block, and return the layers to show."""
    titles = {WHOLE: t("Whole network"), BACKBONE: t("Backbone"), HEAD: t("Head")}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        part = st.segmented_control(
            t("Part"),
            **url_choice("in_part", list(titles), default=WHOLE),
            format_func=titles.__getitem__,
            required=True,
        )
        of_part = [line for line in lines if part in (WHOLE, line.part)]
        blocks = list(dict.fromkeys(line.block for line in of_part if line.block))
        if not blocks:
            return of_part
        block = st.selectbox(
            t("Block"),
            **url_choice("in_block", [ALL, *blocks], default=ALL),
            format_func=lambda name: t("All blocks") if name == ALL else name,
            help=t("Training freezes or unfreezes whole blocks."),
            width=BLOCK_WIDTH,
        )
    return of_part if block == ALL else [line for line in of_part if line.block == block]


def _sums(lines: Sequence[TableLine], shown: Sequence[TableLine]) -> None:
    weights = sum(line.parameters for line in shown)
    trainable = sum(line.trainable for line in shown)
    st.markdown(
        t(
            "**{trainable}** trainable + {frozen} frozen = {weights} weights, {megabytes} MB in float32",
            trainable=f"{trainable:,}",
            frozen=f"{weights - trainable:,}",
            weights=f"{weights:,}",
            megabytes=f"{weights * FLOAT32 / 1e6:,.1f}",
        )
    )
    parts = {part: sum(x.parameters for x in lines if x.part == part) for part in (BACKBONE, HEAD)}
    st.caption(
        t(
            "{n} of {all} layers. The whole network: {backbone} weights in the backbone + {head} in the "
            "head = {sum}.",
            n=len(shown),
            all=len(lines),
            backbone=f"{parts[BACKBONE]:,}",
            head=f"{parts[HEAD]:,}",
            sum=f"{sum(parts.values()):,}",
        )
    )


def _table(shown: Sequence[TableLine]) -> None:
    name, weights = t("Layer"), t("Weights")
    st.dataframe(
        {
            name: [line.name for line in shown],
            t("Type"): [line.kind for line in shown],
            t("Output shape"): [" × ".join(map(str, line.output_shape)) for line in shown],
            weights: [line.parameters for line in shown],
            t("Trainable"): [_trainable_text(line) for line in shown],
            t("Connected to"): [", ".join(line.connected) for line in shown],
        },
        hide_index=True,
        height="content" if len(shown) <= 10 else TABLE_HEIGHT,
        column_config={
            # As wide as the column on a small laptop: the weights are what to look at.
            name: st.column_config.TextColumn(pinned=True, width=160),
            t("Type"): st.column_config.TextColumn(width=138),
            t("Output shape"): st.column_config.TextColumn(width=95),
            weights: st.column_config.NumberColumn(format="localized", width=72),
        },
    )
    st.caption(
        t(
            "From the photo to the answer, one line a layer. Look for how the map gets smaller and deeper, "
            "where most of the weights are, and where a layer takes two inputs: a shortcut."
        )
    )


def _trainable_text(line: TableLine) -> str:
    if not line.parameters:
        return "–"
    return t("yes") if line.trainable else t("no")
