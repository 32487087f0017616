"""Section Learned filters: what a network found by itself, and what it makes of the photo."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tl_core.convolution.answers import Depth
from tl_core.convolution.arrays import Array
from tl_core.convolution.display import signed
from tl_core.convolution.similarity import most_similar
from tl_core.engine.questions import PHOTO_MAPS
from tl_core.errors import LabError
from tl_core.ui.asking import ask, may_ask
from tl_core.ui.convolution.figures import small
from tl_core.ui.convolution.learned_filters import (
    choose_network,
    filter_name,
    first_filters,
)
from tl_core.ui.convolution.scene import Scene
from tl_core.ui.errors import callback, show_error
from tl_core.ui.pictures import show_picture
from tl_core.ui.text import t

NUMBER_KEY = "filter_choice"
ACROSS = 8
CELL, GAP, NUMBER_HEIGHT = 48, 6, 14
SENT_SIDE = 320
"""Pixels of the photo that the worker gets; it resizes to the network's input anyway."""
PICTURE_SIDE = 96


def show(scene: Scene) -> None:
    """Draw the filters, the one most like the learner's kernel, and the photo's feature maps."""
    network = choose_network()
    if not may_ask():
        return
    try:
        with st.spinner(t("Asking the network …")):
            filters = first_filters(network)
            pixels = small(scene.image.colour, SENT_SIDE)
            depths = ask(PHOTO_MAPS, backbone=network, pixels=pixels).depths
    except LabError as error:
        show_error(error)
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _show_filters(network, filters)
    with right:
        _show_most_similar(scene, network, filters)
    _show_depths(depths, (network, scene.image.name))


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
    show_picture(_side_by_side(grey, filters[index].sum(axis=2)), alt=words, caption=words)
    st.metric(t("Most similar: filter {number}", number=index + 1), f"{cosine:.2f}")
    st.caption(
        t(
            "Cosine similarity of the weights, channels added up: 1 is the same pattern, 0 has nothing in "
            "common. The network was never told about your kernel."
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
            _row(depth.maps),
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


def _side_by_side(*kernels: Array) -> NDArray[np.uint8]:
    """Return the kernels on the signed scale, each in a square of `PICTURE_SIDE` pixels on grey."""
    sheet = np.full((PICTURE_SIDE, len(kernels) * (PICTURE_SIDE + GAP) - GAP, 3), 128, np.uint8)
    for place, weights in enumerate(kernels):
        factor = PICTURE_SIDE // max(weights.shape)
        cells = signed(weights).repeat(factor, axis=0).repeat(factor, axis=1)
        left = place * (PICTURE_SIDE + GAP)
        sheet[: cells.shape[0], left : left + cells.shape[1]] = cells
    return sheet


def _row(maps: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the maps side by side, each enlarged to the same size."""
    factor = max(1, PICTURE_SIDE // max(maps.shape[1:]))
    tiles = [plane.repeat(factor, axis=0).repeat(factor, axis=1) for plane in maps]
    gap = np.full((tiles[0].shape[0], GAP), 255, np.uint8)
    return np.concatenate([part for tile in tiles for part in (tile, gap)][:-1], axis=1)


def _sheet_size(count: int) -> tuple[int, int]:
    rows = -(-count // ACROSS)
    return ACROSS * (CELL + GAP) + GAP, rows * (CELL + GAP + NUMBER_HEIGHT) + GAP


@st.cache_resource(show_spinner=False, max_entries=4)
def _contact_sheet(network: str, _filters: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return all filters of a network in one picture, each with its number."""
    sheet = Image.new("RGB", _sheet_size(len(_filters)), (255, 255, 255))
    draw = ImageDraw.Draw(sheet)
    for index, weights in enumerate(_filters):
        row, column = divmod(index, ACROSS)
        left, top = GAP + column * (CELL + GAP), GAP + row * (CELL + GAP + NUMBER_HEIGHT)
        scaled = 127.5 + 127.5 * weights / max(float(np.abs(weights).max()), 1e-9)
        cell = Image.fromarray(np.rint(scaled).astype(np.uint8))
        sheet.paste(cell.resize((CELL, CELL), Image.Resampling.NEAREST), (left, top))
        draw.text((left, top + CELL), str(index + 1), fill=(60, 60, 60))
    return np.asarray(sheet)
