"""Section Explore: the image, the kernel on it, and the result."""

from dataclasses import replace

import numpy as np
import streamlit as st

from tl_core.convolution.arrays import Array
from tl_core.convolution.display import get_view
from tl_core.convolution.geometry import formula
from tl_core.ui import lesson
from tl_core.ui.convolution.figures import show_stage, small, view_controls, whole
from tl_core.ui.convolution.kernel_controls import same_when_turned, show_meaning
from tl_core.ui.convolution.scene import Scene
from tl_core.ui.pictures import show_picture
from tl_core.ui.text import t
from tl_core.ui.theme import ACTIVATIONS


def show(scene: Scene) -> None:
    """Draw input and result, what the kernel means, and how the size follows from the numbers."""
    result = scene.result()
    stage = st.container()
    view = view_controls()
    with stage:
        show_stage(
            scene.image.pixels, scene.layer, result, result_pixels=get_view(view).show(result)
        )
    st.caption(_sizes(scene, result))
    show_meaning(scene.kernel)
    st.caption(_turned(scene, result))
    sizes, usage = st.columns([3, 2])
    with sizes:
        if not lesson.hidden("size_formula"):
            _show_size_formula(scene)
    with usage:
        _show_usage(scene)


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
    other = replace(scene, flip=not scene.flip).result()
    return t(
        "Convolution and cross-correlation differ here by up to {difference}: turned by 180 degrees this "
        "kernel is another one. See Views for where.",
        difference=whole(float(np.abs(result - other).max())),
    )


def _show_size_formula(scene: Scene) -> None:
    (down, down_values), (across, across_values) = formula(scene.geometry, scene.image.size)
    st.markdown(
        f"{t('Height')}: **{down.format(**down_values)}**  \n"
        f"{t('Width')}: **{across.format(**across_values)}**"
    )
    st.caption(
        t(
            "Size of the result: (image + padding on both sides − kernel) divided by the stride, rounded "
            "down, plus 1. Look for what stride 2 does to both sides."
        )
    )
    vertical, horizontal = scene.geometry.axes(scene.image.size)
    rows, columns = vertical.dropped_from_image, horizontal.dropped_from_image
    if rows or columns:
        st.caption(
            t(
                "The last step of the stride does not reach {rows} rows at the bottom and {columns} "
                "columns at the right: nothing in the result depends on them.",
                rows=rows,
                columns=columns,
            )
        )


def _show_usage(scene: Scene) -> None:
    usage = scene.geometry.usage_map(scene.image.size)
    most = int(usage.max())
    colour = np.array([int(ACTIVATIONS[i : i + 2], 16) for i in (1, 3, 5)])
    table = np.linspace([255, 255, 255], colour, most + 1).round().astype(np.uint8)
    show_picture(
        small(table[usage], 240),
        alt=t(
            "How often each pixel is used: {low} to {high} times",
            low=int(usage.min()),
            high=most,
        ),
        caption=t(
            "How often each pixel of the input is used: {low} (white) to {high} times. Look at the border.",
            low=int(usage.min()),
            high=most,
        ),
    )
