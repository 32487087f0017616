"""Section Pooling: what is left of the result, and how much less it moves when the image moves."""

import numpy as np
import streamlit as st

from tl_core.convolution.arrays import Array, Image
from tl_core.convolution.display import clipped
from tl_core.convolution.geometry import Pair
from tl_core.convolution.pooling import change, shifted_results
from tl_core.convolution.stack import PoolingLayer
from tl_core.ui.convolution.controls import choice, number
from tl_core.ui.convolution.figures import percent, show_map, show_stage
from tl_core.ui.convolution.scene import Scene
from tl_core.ui.text import t
from tl_core.wording import N_

MODES = {"max": N_("Largest value"), "average": N_("Mean value")}
MOST_WINDOW = 8
TESTED_SIDE = 200
"""Pixels of the image that the test moves."""


def show(scene: Scene) -> None:
    """Draw the result before and after pooling, and the test with an image moved by one pixel."""
    result = np.abs(scene.result())
    layer = _pooling_controls(result)
    pooled = layer.apply(result)
    show_stage(result, layer, pooled, result_pixels=clipped(pooled))
    scene.offer(lambda: clipped(pooled))
    st.caption(
        t(
            "The absolute result of the kernel, and of each window of it {what}. Look for what stays "
            "although most numbers are gone.",
            what=t("the largest value") if layer.mode == "max" else t("the mean"),
        )
    )
    _show_shift_test(scene, layer)


def _pooling_controls(result: Array) -> PoolingLayer:
    most = min(MOST_WINDOW, *result.shape[:2])
    kind, window_side, stride_side = st.columns([2, 1, 1])
    with kind:
        mode = choice("pool", t("Keep of each window"), MODES, default="max")
    with window_side:
        window = number("window", t("Window"), 1, most, default=2)
    with stride_side:
        stride = number("pool_stride", t("Its stride"), 1, MOST_WINDOW, default=min(2, most))
    return PoolingLayer(mode=mode, window=(window, window), stride=(stride, stride))


def _middle(image: Image, kernel: Pair) -> Image:
    """Return the middle of a large image: the test needs no more, and costs four times the result."""
    most = TESTED_SIDE + max(kernel)
    tops = [max(0, (side - most) // 2) for side in image.shape[:2]]
    return image[tops[0] : tops[0] + most, tops[1] : tops[1] + most]


def _show_shift_test(scene: Scene, layer: PoolingLayer) -> None:
    """Draw how much changes when the image moves one pixel to the side, with and without pooling."""
    st.subheader(t("The image moves by one pixel"), anchor=False)

    def convolved(cut: Image) -> Array:
        return np.abs(scene.layer.apply(cut))

    plain = shifted_results(_middle(scene.image.pixels, scene.geometry.kernel), convolved)
    pooled = layer.apply(plain[0]), layer.apply(plain[1])
    left, right = st.columns(2, gap="small")
    for column, pair, title in (
        (left, plain, t("Without pooling")),
        (right, pooled, t("With pooling")),
    ):
        with column:
            share = percent(change(*pair))
            st.metric(title, share)
            show_map(
                _changes(*pair),
                view="clipped",
                alt=t("{title}: what changes, {share}", title=title, share=share),
                caption=t("Bright is what changes when the image moves by one pixel."),
            )
    st.caption(
        t(
            "The number is the length of the change divided by the length of the result. Look for how it "
            "falls with a larger window."
        )
    )


def _changes(first: Array, moved: Array) -> Array:
    """Return by how much each pixel changes, `(h, w)`: of several channels, the one that changes most."""
    changes = np.abs(moved - first)
    return np.asarray(changes.max(axis=2)) if changes.ndim == 3 else changes
