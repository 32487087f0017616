"""Section Explore: the image, the kernel on it, and the result."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from tl_core.convolution.arrays import Array
from tl_core.convolution.display import get_view
from tl_core.convolution.geometry import Geometry, Pair
from tl_core.ui import lesson
from tl_core.ui.convolution.figures import (
    show_formula,
    show_stage,
    small,
    view_controls,
    whole,
)
from tl_core.ui.convolution.kernel_controls import (
    only_signs_turn,
    same_when_turned,
    show_meaning,
    signs_text,
)
from tl_core.ui.convolution.scene import Scene
from tl_core.ui.errors import callback
from tl_core.ui.pictures import show_picture
from tl_core.ui.text import t, t_marked
from tl_core.ui.theme import ACTIVATIONS

DARK, SEEN = 40, 0.02
"""Of 255, what looks black beside a page; and the share of brighter pixels that would be noticed."""
STRETCHED = "signed"
"""The view whose colours reach their ends whatever the values are."""


def show(scene: Scene) -> None:
    """Draw input and result, what the kernel means, and how the size follows from the numbers."""
    result = scene.result()
    stage = st.container()
    view = view_controls()
    shown = get_view(view).show(result)
    with stage:
        show_stage(scene.image.pixels, scene.layer, result, result_pixels=shown)
    scene.offer(lambda: get_view(view).show(scene.result()))
    if result.any() and nearly_black(shown):
        _offer_stretched(result)
    st.caption(_sizes(scene, result))
    show_meaning(scene.kernel, summed=scene.image.summed, bias=scene.bias)
    st.caption(_turned(scene, result))
    sizes, usage = st.columns([3, 2])
    with sizes:
        if not lesson.hidden("size_formula"):
            _show_size_formula(scene)
    with usage:
        _show_usage(scene)


def nearly_black(pixels: NDArray[np.uint8]) -> bool:
    """Tell whether a person would see nothing but black in a picture, `(h, w) or (h, w, 3)`."""
    return int(np.count_nonzero(pixels > DARK)) < SEEN * pixels.size


def _offer_stretched(result: Array) -> None:
    """Say why the result is dark, and offer the view in which small values have colours."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.info(
            t(
                "Nearly black, but not empty: the values go from {low} to {high}, and this view shows most "
                "of them dark.",
                low=whole(result.min()),
                high=whole(result.max()),
            ),
            icon=":material/brightness_low:",
            width="stretch",
        )
        st.button(
            t("Show it as {view}", view=t_marked(get_view(STRETCHED).title)),
            key="stretched",
            on_click=callback(_stretch),
        )


def _stretch() -> None:
    st.session_state["view"] = STRETCHED


def _sizes(scene: Scene, result: Array) -> str:
    height, width = scene.image.size
    return t(
        "Input {height} × {width} pixels, result {rows} × {columns}, values {low} to {high}.",
        height=height,
        width=width,
        rows=result.shape[0],
        columns=result.shape[1],
        low=whole(result.min()),
        high=whole(result.max()),
    )


def _turned(scene: Scene, result: Array) -> str:
    """Say how far convolution and cross-correlation are apart, and why."""
    if same_when_turned(scene.kernel):
        return t(
            "Turned by 180 degrees this kernel is the same: convolution and cross-correlation agree."
        )
    if only_signs_turn(scene.kernel):
        return signs_text()
    other = replace(scene, flip=not scene.flip).result()
    return t(
        "Convolution and cross-correlation differ here by up to {difference}: turned by 180 degrees this "
        "kernel is another one. See Views for where.",
        difference=whole(float(np.abs(result - other).max())),
    )


def _show_size_formula(scene: Scene) -> None:
    show_formula(scene.geometry, scene.image.size)
    st.caption(_formula_in_words(scene))
    vertical, horizontal = scene.geometry.axes(scene.image.size)
    rows, columns = vertical.dropped_from_image, horizontal.dropped_from_image
    if rows or columns:
        st.caption(
            t(
                "The last step of the stride does not reach {rows} rows at the bottom and {columns} "
                "columns at the right: the kernel never stands on them.",
                rows=rows,
                columns=columns,
            )
        )


def _formula_in_words(scene: Scene) -> str:
    """Say the formula that stands above, which for the padding ``same`` is another one."""
    if scene.geometry.padding != "same":
        return t(
            "Size of the result: (image + padding on both sides − kernel with its gaps) divided by the "
            "stride, rounded down, plus 1. Look for what stride 2 does to both sides."
        )
    top, bottom, left, right = scene.geometry.sides(scene.image.size)
    return t(
        "Size of the result with the padding same: image divided by the stride, rounded up, whatever the "
        "kernel. The padding is what that needs: here {top} + {bottom} rows and {left} + {right} columns.",
        top=top,
        bottom=bottom,
        left=left,
        right=right,
    )


def _show_usage(scene: Scene) -> None:
    shades, least, most = _usage(scene.geometry, scene.image.size)
    show_picture(
        shades,
        alt=t("How often each pixel is used: {low} to {high} times", low=least, high=most),
        caption=_usage_caption(least, most),
        depends_on=("usage", repr(scene.geometry), *scene.image.size),
    )


@lru_cache(64)
def _usage(geometry: Geometry, size: Pair) -> tuple[NDArray[np.uint8], int, int]:
    """Return how often each pixel is used as shades, `(h, w, 3)`, and how often at least and at most."""
    usage = geometry.usage_map(size)
    least, most = int(usage.min()), int(usage.max())
    colour = np.array([int(ACTIVATIONS[i : i + 2], 16) for i in (1, 3, 5)])
    table = np.linspace([255, 255, 255], colour, most + 1).round().astype(np.uint8)
    return small(table[usage], 240), least, most


def _usage_caption(least: int, most: int) -> str:
    """Say what the shades of the usage map mean: white is a pixel that nothing uses."""
    if least == most:
        return t("Every pixel of the input is used {count} times: one shade.", count=most)
    if least == 0:
        return t(
            "How often each pixel of the input is used: never (white) to {high} times. Look at the border.",
            high=most,
        )
    return t(
        "How often each pixel of the input is used: {low} times (palest) to {high} (darkest). Look at the "
        "border.",
        low=least,
        high=most,
    )
