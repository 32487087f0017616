"""Section "Layers": every layer of every head, and the feature map folding out, drawn to scale."""

from collections.abc import Sequence

import streamlit as st

from tl_core.head_math import HeadSetup, LayerRow
from tl_core.ui.gap.columns import beside, head_table, head_title, shape_text
from tl_core.ui.gap.drawing import fold_out
from tl_core.ui.gap.setup import TITLES
from tl_core.ui.text import t, t_marked
from tl_core.ui.theme import text_colour


def show(setup: HeadSetup, poolings: Sequence[str]) -> None:
    """Draw the tables, then the drawings."""

    def one(pooling: str) -> None:
        rows = setup.rows(pooling)
        head_table(t_marked(TITLES[pooling]), setup.feature_map, rows)
        _drawing(setup, pooling, rows)

    beside(poolings, one)
    st.caption(
        t(
            "Look at the first Dense layer: it has one weight for every number that comes in and every unit. "
            "All layers after it are the same on both sides. In the drawings one millimetre is the same "
            "number of values in every column, unless a strip would be too short to be seen, and the blue "
            "block is the first Dense layer's weights."
        )
    )


def _drawing(setup: HeadSetup, pooling: str, rows: tuple[LayerRow, ...]) -> None:
    height, width, channels = setup.feature_map
    dense = next(place for place, row in enumerate(rows) if row.kind == "Dense")
    vector, units = rows[dense - 1].output_shape[0], rows[dense].output_shape[0]
    numbers = t("{n} numbers", n=f"{vector:,}")
    weights = t("{n} weights", n=f"{vector * units:,}")
    st.image(
        fold_out(
            channels_label=shape_text(setup.feature_map),
            vector_label=numbers,
            weights_label=f"× {units:,} → {weights}",
            share=vector / (height * width * channels),
            text_colour=text_colour(),
        ),
        width="stretch",
        alt=t(
            "{head}: a feature map of {shape} becomes a strip of {numbers}, and the first Dense layer a "
            "block of {weights}.",
            head=head_title(pooling),
            shape=shape_text(setup.feature_map),
            numbers=numbers,
            weights=weights,
        ),
    )
