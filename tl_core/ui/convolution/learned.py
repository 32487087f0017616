"""Section Learned filters: what a network found by itself, and what it makes of the photo."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from tl_core.convolution.answers import Depth
from tl_core.convolution.sheets import contact_sheet, kernel_row, map_row
from tl_core.convolution.similarity import most_similar
from tl_core.engine.questions import FIRST_LAYER, PHOTO_MAPS
from tl_core.errors import LabError
from tl_core.ui.asking import ask, may_ask
from tl_core.ui.convolution import channels, one_layer
from tl_core.ui.convolution.figures import small
from tl_core.ui.convolution.learned_filters import (
    choose_network,
    filter_name,
    first_filters,
)
from tl_core.ui.convolution.scene import Scene
from tl_core.ui.errors import callback, show_error, shown_in_place
from tl_core.ui.pictures import show_picture
from tl_core.ui.text import t

NUMBER_KEY = "filter_choice"
SENT_SIDE = 320
"""Pixels of the photo that the worker gets; it resizes to the network's input anyway."""


def show(scene: Scene) -> None:
    """Draw the filters, the one most like the learner's kernel, one at work, and the photo's maps."""
    network = choose_network()
    if not may_ask():
        return
    try:
        with st.spinner(t("Asking the network …")):
            filters = first_filters(network)
            pixels = small(scene.image.colour, SENT_SIDE)
            layer = ask(FIRST_LAYER, backbone=network, pixels=pixels)
            depths = ask(PHOTO_MAPS, backbone=network, pixels=pixels).depths
    except LabError as error:
        show_error(error)
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _show_filters(network, filters)
    with right:
        _show_most_similar(scene, network, filters)
    names = network, scene.image.name
    one_layer.show_steps(layer, int(st.session_state[NUMBER_KEY]), names)
    sheet = one_layer.show_all(layer, names)
    scene.offer(lambda: sheet)
    _show_depths(depths, names)
    with shown_in_place():
        channels.show(network, pixels, scene.image.name)


def _show_filters(network: str, filters: NDArray[np.float32]) -> None:
    show_picture(
        _contact_sheet(network, filters),
        alt=t("The {count} filters of the first layer", count=len(filters)),
        caption=t(
            "The first layer's filters in their colours; grey is 0. Look for edges, spots and colours."
        ),
        depends_on=("filters", network),
    )
    left, right = st.columns([1, 1], vertical_alignment="bottom", wrap=False)
    left.number_input(t("Filter number"), 1, len(filters), value=1, key=NUMBER_KEY)
    right.button(
        t("Use as kernel"),
        icon=":material/grid_on:",
        on_click=callback(_use_chosen),
        args=(network,),
        width="stretch",
    )


def _use_chosen(network: str) -> None:
    _use(network, int(st.session_state[NUMBER_KEY]))


def _use(network: str, number: int) -> None:
    st.session_state["kernel"] = filter_name(network, number)


def _show_most_similar(scene: Scene, network: str, filters: NDArray[np.float32]) -> None:
    index, cosine = most_similar(scene.kernel.weights, filters)
    grey = scene.kernel.weights if scene.kernel.weights.ndim == 2 else scene.kernel.weights.sum(2)
    words = t("Left your kernel, right filter {number}", number=index + 1)
    show_picture(kernel_row(grey, filters[index].sum(axis=2)), alt=words, caption=words)
    st.metric(t("Most similar: filter {number}", number=index + 1), f"{cosine:.2f}")
    st.caption(
        t(
            "Cosine similarity of the weights, channels added up, a large kernel cut to its middle: 1 is "
            "the same pattern, 0 is neither like it nor its opposite. The network was never told about your "
            "kernel."
        )
    )
    st.button(
        t("Use filter {number} as kernel", number=index + 1),
        on_click=callback(_use),
        args=(network, index + 1),
    )


def _show_depths(depths: Sequence[Depth], names: tuple[str, str]) -> None:
    st.subheader(t("The photo inside the network"), anchor=False)
    for depth in depths:
        height, width, channels = depth.shape
        show_picture(
            map_row(depth.maps),
            alt=t("Feature maps after {layer}", layer=depth.layer),
            caption=t(
                "After {layer}: {height} × {width}, {shown} of {channels} channels",
                layer=depth.layer,
                height=height,
                width=width,
                shown=len(depth.maps),
                channels=channels,
            ),
            depends_on=("maps", *names, depth.layer),
        )
    st.caption(
        t(
            "Shown are the channels that vary most; bright is a strong answer. Look for how edges at the top "
            "become parts, and parts become a few coarse spots."
        )
    )


@st.cache_resource(show_spinner=False, max_entries=4)
def _contact_sheet(network: str, _filters: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return all filters of a network in one picture, each with its number."""
    return contact_sheet(_filters)
