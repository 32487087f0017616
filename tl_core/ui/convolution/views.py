"""Section Views: the same numbers shown in five ways, and where convolution and cross-correlation differ."""

from dataclasses import replace

import numpy as np
import streamlit as st

from tl_core.convolution.arrays import Array, Pixels
from tl_core.convolution.display import Histogram, histogram, list_views
from tl_core.images.grids import grid
from tl_core.ui.convolution.figures import percent, show_map, whole
from tl_core.ui.convolution.histograms import show_histogram
from tl_core.ui.convolution.kernel_controls import (
    only_signs_turn,
    same_when_turned,
    signs_text,
)
from tl_core.ui.convolution.scene import Scene
from tl_core.ui.text import t, t_marked

ACROSS, GAP, GREY = 3, 6, 128
"""How the views stand in one picture: so many in a row, pixels between them, and their shade."""
MOST_COUNTED = 100_000
"""Values in the histogram; of more, evenly spaced ones are counted."""


def show(scene: Scene) -> None:
    """Draw the result in every view side by side, with the histogram of its values."""
    result = scene.result()
    counts = histogram(_thinned(result))
    st.markdown(_why(counts))
    with st.grid(3, min_column_width=180, gap="small"):
        for view in list_views():
            show_map(
                result,
                view=view.name,
                alt=t("The result, {view}", view=t_marked(view.title)),
                caption=f"**{t_marked(view.title)}**. {t_marked(view.description)}",
            )
        show_histogram(
            counts,
            alt=t(
                "Histogram of the values from {low} to {high}",
                low=whole(counts.edges[0]),
                high=whole(counts.edges[-1]),
            ),
            caption=t(
                "How often each value occurs. Between the two lines are the values 0 to 255 that a screen "
                "can show."
            ),
        )
    scene.offer(lambda: _side_by_side(scene.result()))
    _show_turned(scene, result)


def _side_by_side(result: Array) -> Pixels:
    """Return the result in every view, in one picture."""
    shown = [view.show(result) for view in list_views()]
    coloured = [np.dstack([one] * 3) if one.ndim == 2 else one for one in shown]
    return grid(coloured, coloured[0].shape, ACROSS, gap=GAP, background=GREY)


def _why(counts: Histogram) -> str:
    if counts.negative > 0.01:
        return t(
            "**Why is it black?** {negative} of the values are below 0, and a screen shows them black. They "
            "are not lost: look at them below.",
            negative=percent(counts.negative),
        )
    if counts.too_bright > 0.01:
        return t(
            "**Why is it white?** {bright} of the values are above 255, and a screen shows them white.",
            bright=percent(counts.too_bright),
        )
    return t("Nearly all values are from 0 to 255: a screen shows this result as it is.")


def _thinned(result: Array) -> Array:
    values = result.reshape(-1)
    return values[:: -(-values.size // MOST_COUNTED)]


def _show_turned(scene: Scene, result: Array) -> None:
    st.subheader(t("Convolution or cross-correlation"), anchor=False)
    if same_when_turned(scene.kernel):
        st.markdown(
            t(
                "Turned by 180 degrees this kernel is the same, so both give the same result: every "
                "pixel meets the same weight."
            )
        )
        return
    if only_signs_turn(scene.kernel):
        st.markdown(signs_text())
        return
    other = replace(scene, flip=not scene.flip).result()
    difference = np.abs(result - other)
    words, picture = st.columns([1, 1])
    words.markdown(
        t(
            "Turned by 180 degrees this kernel is another one. The results differ by up to {largest}, and "
            "by more than 0.5 in {share} of all values.",
            largest=whole(float(difference.max())),
            share=percent(float(np.mean(difference > 0.5))),
        )
    )
    with picture:
        show_map(
            difference,
            view="clipped",
            alt=t("Where convolution and cross-correlation differ"),
            caption=t("Bright is where the two results differ. Black is where they agree."),
        )
