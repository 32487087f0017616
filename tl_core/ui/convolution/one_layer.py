"""One layer of a real network at a glance: a filter's weights, its sums, bias, ReLU, and pooling."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from tl_core.convolution.answers import FirstLayer
from tl_core.convolution.display import relu, signed
from tl_core.convolution.sheets import filter_map_sheet, kernel_row
from tl_core.convolution.stack import PoolingLayer
from tl_core.ui.convolution.figures import percent
from tl_core.ui.pictures import show_picture
from tl_core.ui.text import t

NARROWEST = 100
"""Pixels of a step; on a phone three stand beside each other."""
SILENT = 1e-3
"""Weights below this say nothing beside a bias of some units."""
POOLING = PoolingLayer(mode="max", window=(2, 2))


def show_steps(layer: FirstLayer, number: int, names: tuple[str, str]) -> None:
    """Draw what becomes of the photo in one filter, step by step.

    Args:
        layer: the first layer at work on the photo.
        number: of the filter, from 1.
        names: of the network and of the photo; the key of what is kept.
    """
    index = number - 1
    sums, biased = layer.sums[index].astype(np.float32), layer.with_bias(index)
    active = layer.activated(index)
    pooled = POOLING.apply(active)
    limit = float(max(np.abs(sums).max(), np.abs(biased).max()))
    bias = f"{layer.biases[index]:+.2f}".replace("-", "−")
    silent = percent(float(np.mean(active == 0)))
    steps = (
        (
            kernel_row(*np.moveaxis(layer.weights[index], -1, 0)),
            t("**1. Weights** for red, green and blue: blue is below 0, red above."),
        ),
        (
            signed(sums, limit),
            t(
                "**2. Sums** of the products, {low} to {high}.",
                low=_short(sums.min()),
                high=_short(sums.max()),
            ),
        ),
        (signed(biased, limit), t("**3. Bias** {bias} added to every sum.", bias=bias)),
        (relu(active), _after_activation(layer, silent)),
        (
            relu(pooled),
            t(
                "**5. Max pooling**, 2 × 2, of the map as shown: {height} × {width} are left.",
                height=pooled.shape[0],
                width=pooled.shape[1],
            ),
        ),
    )
    st.subheader(t("One layer at a glance: filter {number}", number=number), anchor=False)
    with st.grid(len(steps), min_column_width=NARROWEST, gap="small"):
        for place, (picture, words) in enumerate(steps, start=1):
            show_picture(
                picture,
                alt=words.replace("**", ""),
                caption=words,
                depends_on=("step", place, number, *names),
            )
    if np.abs(layer.weights[index]).max() < SILENT:
        st.info(
            t(
                "This filter is silent: the normalisation behind it multiplies its weights by almost 0, so "
                "its map is the bias, whatever the photo."
            ),
            icon=":material/volume_off:",
        )
    st.caption(
        t(
            "The numbers are the network's own, with the normalisation behind the layer multiplied into "
            "weights and bias. Look for what the bias lets through and what ReLU throws away. Not every "
            "network pools here: EfficientNet-Lite0 takes a stride of 2 instead, VGG16 pools after its "
            "second layer."
        )
    )


def show_all(layer: FirstLayer, names: tuple[str, str]) -> NDArray[np.uint8]:
    """Draw every filter beside its map, and return the picture."""
    sheet = _sheet(names, layer)
    count = len(layer.weights)
    show_picture(
        sheet,
        alt=t(
            "The {count} filters of the first layer, each beside its map of the photo", count=count
        ),
        caption=t(
            "Every filter beside what it makes of the photo after ReLU, each map stretched on its own. Look "
            "for two that answer to opposite sides of the same edge, and for one that answers to a colour."
        ),
        depends_on=("filters beside maps", *names),
    )
    return sheet


def _after_activation(layer: FirstLayer, silent: str) -> str:
    if layer.cap is None:
        return t("**4. ReLU** sets what is below 0 to 0: {silent} of the map.", silent=silent)
    return t(
        "**4. ReLU** sets what is below 0 to 0: {silent} of the map. This one also ends at {cap}.",
        silent=silent,
        cap=f"{layer.cap:g}",
    )


def _short(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


@st.cache_resource(show_spinner=False, max_entries=8)
def _sheet(names: tuple[str, str], _layer: FirstLayer) -> NDArray[np.uint8]:
    maps = np.stack([relu(_layer.activated(index)) for index in range(len(_layer.weights))])
    return filter_map_sheet(_layer.weights, maps)
