"""The figures that several sections draw: the image, a result in one of its views, a feature map."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image as Picture

from tl_core.convolution.arrays import Array, Image
from tl_core.convolution.display import get_view, list_views
from tl_core.convolution.geometry import Geometry, Pair, formula
from tl_core.convolution.stack import ConvolutionLayer
from tl_core.ui.convolution.controls import choice
from tl_core.ui.pictures import show_picture
from tl_core.ui.stage.stage import StagedLayer, convolution_stage
from tl_core.ui.state import url_text
from tl_core.ui.text import t, t_marked
from tl_core.wording import percent as in_percent

SMALL_SIDE = 320
"""Pixels; figures side by side are narrower than this, so more would only cost time."""


def show_stage(
    image: Image,
    layer: StagedLayer,
    result: Array,
    result_pixels: NDArray[np.uint8],
    image_pixels: NDArray[np.uint8] | None = None,
) -> None:
    """Draw a layer at work, with every product under the mouse; a pinned position is kept in the URL."""
    url_text("pin", check=_position)
    text = st.session_state["pin"]
    pinned = convolution_stage(
        image,
        layer,
        result,
        image_pixels=image_pixels,
        result_pixels=result_pixels,
        bias=layer.bias if isinstance(layer, ConvolutionLayer) else 0.0,
        pin=_position(text) if text else None,
    )
    st.session_state["pin"] = "" if pinned is None else f"{pinned[0]},{pinned[1]}"


def _position(text: str) -> Pair:
    """Return ``12,30`` as row 12 and column 30; raises ValueError for anything else."""
    row, column = (int(part) for part in text[:20].split(","))
    return row, column


def show_formula(geometry: Geometry, size: Pair) -> None:
    """Write how height and width of the result follow from an image of `size` pixels."""
    (down, down_values), (across, across_values) = formula(geometry, size)
    st.markdown(
        f"{t('Height')}: **{down.format(**down_values)}**  \n"
        f"{t('Width')}: **{across.format(**across_values)}**"
    )


def show_map(values: Array, *, alt: str, caption: str, view: str = "signed") -> None:
    """Draw a feature map small, as `view` shows it."""
    show_picture(small(get_view(view).show(values)), alt=alt, caption=caption)


def small(pixels: NDArray[np.uint8], side: int = SMALL_SIDE) -> NDArray[np.uint8]:
    """Return `pixels` reduced by a whole factor to at most about `side`; a small picture stays as it is."""
    factor = -(-max(pixels.shape[:2]) // side)
    if factor == 1:
        return pixels
    height, width = pixels.shape[:2]
    # A side thinner than the factor would vanish.
    return np.asarray(Picture.fromarray(pixels).reduce((min(factor, width), min(factor, height))))


def view_controls() -> str:
    """Draw the choice of how the result's numbers become colours, and return its name."""
    titles = {view.name: view.title for view in list_views()}
    chosen = choice(
        "view",
        t("Show the result"),
        titles,
        default="absolute",
        label_visibility="collapsed",
        wrap=True,
    )
    st.caption(t_marked(get_view(chosen).description))
    return chosen


def whole(value: float) -> str:
    """Return a number without digits behind the point, with a minus sign as wide as a plus."""
    return f"{value:.0f}".replace("-", "−")


def percent(share: float) -> str:
    """Return a share as whole percent, or with a digit where that would be 0."""
    return in_percent(share, digits=0 if share >= 0.01 or share == 0 else 1)
