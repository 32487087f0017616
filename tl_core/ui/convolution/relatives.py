"""Section Relatives: depthwise, grouped and transposed convolution, and the two global poolings."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import streamlit as st

from tl_core.convolution.arrays import Array, Image
from tl_core.convolution.display import absolute
from tl_core.convolution.pooling import global_average_pool, global_max_pool
from tl_core.convolution.relatives import depthwise, grouped, transposed
from tl_core.ui.convolution.controls import choice, number
from tl_core.ui.convolution.figures import show_map, show_stage, small
from tl_core.ui.convolution.scene import Scene
from tl_core.ui.pictures import show_picture
from tl_core.ui.text import t, t_marked
from tl_core.wording import N_

TITLES = {
    "depthwise": N_("Depthwise"),
    "grouped": N_("Grouped"),
    "transposed": N_("Transposed"),
    "average": N_("Global average"),
    "max": N_("Global maximum"),
}
MEANINGS = {
    "depthwise": N_(
        "Every channel has a kernel of its own, and channels never mix. A full layer would need "
        "three times the weights here, and hundreds of times in a network."
    ),
    "grouped": N_(
        "Channels and filters are split into groups that do not see each other. With one group it is a full "
        "layer, with as many as channels it is depthwise."
    ),
    "transposed": N_(
        "Every input pixel stamps the kernel, times its value, on a larger output: a layer that enlarges. "
        "Look for the grid where stamps overlap unevenly."
    ),
    "average": N_(
        "A whole channel becomes one number, its mean. No weights: this is the GAP on the next page."
    ),
    "max": N_("A whole channel becomes one number, its largest value: is the pattern anywhere?"),
}
FILTERS = (N_("Your kernel"), N_("Left and right flipped"), N_("Top and bottom flipped"))
MOST_STEP = 4
STAMPED_SIDE = 96
"""Pixels of the image that a transposed convolution enlarges."""


def show(scene: Scene) -> None:
    """Draw the chosen relative with its shapes, its number of weights and what it makes of the photo."""
    name = choice("relative", t("Relative"), TITLES, default="depthwise", wrap=True)
    st.caption(t_marked(MEANINGS[name]))
    DRAWN[name](scene)


def _show_depthwise(scene: Scene) -> None:
    kernel = _three_channels(scene)
    result = depthwise(scene.image.colour, kernel[..., None], scene.geometry)
    _show_shapes(scene.image.colour, result, int(kernel.size))
    if len(scene.kernel.parts) == 1 and scene.kernel.weights.ndim == 2:
        # The same kernel for each channel is what the stage knows as channels on their own.
        layer = replace(scene.layer, summed=False)
        show_stage(scene.image.colour, layer, result, result_pixels=absolute(result))
        st.caption(t("Red, green and blue of the result come from one channel each."))
    else:
        _show_maps(result, [t("From red"), t("From green"), t("From blue")])


def _show_grouped(scene: Scene) -> None:
    groups = int(choice("groups", t("Groups"), {"1": "1", "3": "3"}, default="3"))
    kernel = _three_channels(scene)
    filters = np.stack([kernel, kernel[:, ::-1], kernel[::-1]], axis=-1)
    # With three groups, filter j sees channel j only.
    weights = (
        filters
        if groups == 1
        else np.stack([filters[:, :, j, j] for j in range(3)], -1)[:, :, None]
    )
    result = grouped(scene.image.colour, weights, scene.geometry, groups=groups)
    _show_shapes(scene.image.colour, result, int(weights.size))
    _show_maps(result, [t_marked(title) for title in FILTERS])


def _show_transposed(scene: Scene) -> None:
    step = number("enlarge", t("Stride: how many times larger"), 1, MOST_STEP, default=2)
    image = small(scene.image.colour, STAMPED_SIDE)
    grey = np.asarray(image, np.float32).mean(axis=2, keepdims=True)
    kernel = _grey_kernel(scene)[:, :, None, None]
    result = transposed(grey, kernel, (step, step))
    _show_shapes(grey, result, int(kernel.size))
    before, after = st.columns(2, gap="small")
    with before:
        show_picture(
            np.rint(grey[..., 0]).astype(np.uint8), alt=t("Input"), caption=t("Input, reduced")
        )
    with after:
        show_map(result[..., 0], alt=t("Output"), caption=t("Output"))


def _show_global(pool: Callable[[Array], Array]) -> Callable[[Scene], None]:
    def draw(scene: Scene) -> None:
        result = scene.result()
        maps = result if result.ndim == 3 else result[..., None]
        numbers = pool(maps)
        _show_shapes(maps, numbers, 0)
        picture, values = st.columns([2, 1])
        with picture:
            show_map(result, alt=t("Result of the kernel"), caption=t("Result of the kernel"))
        with values:
            titles = (
                [t("Red"), t("Green"), t("Blue")] if len(numbers) == 3 else [t("The only channel")]
            )
            for title, value in zip(titles, numbers, strict=True):
                st.metric(title, f"{value:.1f}".replace("-", "−"))

    return draw


DRAWN: dict[str, Callable[[Scene], None]] = {
    "depthwise": _show_depthwise,
    "grouped": _show_grouped,
    "transposed": _show_transposed,
    "average": _show_global(global_average_pool),
    "max": _show_global(global_max_pool),
}


def _grey_kernel(scene: Scene) -> Array:
    weights = (
        scene.kernel.weights if scene.kernel.weights.ndim == 2 else scene.kernel.weights.sum(2)
    )
    return weights[::-1, ::-1] if scene.flip else weights


def _three_channels(scene: Scene) -> Array:
    """Return the kernel as `(kh, kw, 3)`, turned if the page says convolution."""
    weights = scene.kernel.weights
    if weights.ndim == 2:
        weights = np.repeat(weights[..., None], 3, axis=2)
    return weights[::-1, ::-1] if scene.flip else weights


def _show_shapes(before: Image, after: Image, weights: int) -> None:
    st.markdown(
        t(
            "{before} → **{after}**, with **{weights}** weights",
            before=_shape(before),
            after=_shape(after),
            weights=f"{weights:,}",
        )
    )


def _shape(values: Image) -> str:
    return " × ".join(str(side) for side in values.shape)


def _show_maps(result: Array, titles: list[str]) -> None:
    for index, (column, title) in enumerate(zip(st.columns(3, gap="small"), titles, strict=True)):
        with column:
            show_map(result[..., index], alt=title, caption=title)
