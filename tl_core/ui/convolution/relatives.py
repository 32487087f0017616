"""Section Relatives: depthwise, pointwise, grouped and transposed convolution, and both global poolings."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import streamlit as st

from tl_core.convolution.arrays import Array, Image
from tl_core.convolution.display import absolute, get_view, signed
from tl_core.convolution.geometry import Geometry
from tl_core.convolution.pooling import global_average_pool, global_max_pool
from tl_core.convolution.relatives import TransposedLayer, depthwise, grouped
from tl_core.convolution.stack import ConvolutionLayer, PoolingLayer
from tl_core.ui.convolution.controls import choice, number
from tl_core.ui.convolution.figures import show_stage, small
from tl_core.ui.convolution.scene import Scene
from tl_core.ui.text import t, t_marked
from tl_core.wording import N_

TITLES = {
    "depthwise": N_("Depthwise"),
    "pointwise": N_("Pointwise"),
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
    "pointwise": N_(
        "A kernel of 1 × 1 pixels sees no neighbours: it only mixes the channels. Behind a depthwise layer "
        "it makes a depthwise separable convolution, of which EfficientNet and MobileNet are built."
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
FILTERS = {
    "1": N_("Your kernel"),
    "2": N_("Mirrored"),
    "3": N_("Upside down"),
}
POINTWISE = (1.0, 0.0, -1.0)
"""Weights for red, green and blue until somebody chooses: what is redder than blue is above 0."""
MOST_STEP = 4
STAMPED_SIDE = 20
"""Pixels of the image that a transposed convolution enlarges: few enough to see each stamp."""
LAST_MAP_SIDE = 7
"""Numbers a side, at least, of the map of which global pooling makes one number."""


def show(scene: Scene) -> None:
    """Draw the chosen relative at work, with its shapes and its number of weights."""
    name = choice("relative", t("Relative"), TITLES, default="depthwise", wrap=True)
    st.caption(t_marked(MEANINGS[name]))
    if scene.kernel.second is not None:
        st.caption(t("A magnitude takes two kernels, and a layer has one: here it is the first."))
        scene = replace(scene, kernel=replace(scene.kernel, second=None))
    if scene.bias:
        st.caption(t("The bias of the page is not used here."))
        scene = replace(scene, bias=0.0)
    DRAWN[name](scene)


def _show_depthwise(scene: Scene) -> None:
    kernel = _turned(scene, _three_channels(scene))
    result = depthwise(scene.image.colour, kernel[..., None], scene.geometry)
    _show_shapes(scene.image.colour, result, int(kernel.size))
    layer = replace(scene.layer, summed=False)
    show_stage(scene.image.colour, layer, result, result_pixels=absolute(result))
    scene.offer(lambda: absolute(result))
    st.caption(
        t(
            "Red, green and blue of the result come from one channel each; the sign is dropped. Look at the "
            "products: no sum mixes two channels."
        )
    )


def _show_pointwise(scene: Scene) -> None:
    fields = st.columns(3, wrap=False)
    names = t("Weight of red"), t("Weight of green"), t("Weight of blue")
    weights = []
    for place, (field, name) in enumerate(zip(fields, names, strict=True)):
        with field:
            usual = POINTWISE[place]
            weights.append(number(f"mix{place + 1}", name, -2.0, 2.0, default=usual, step=0.1))
    mix = replace(scene.kernel, weights=np.array(weights, np.float32).reshape(1, 1, 3))
    layer = ConvolutionLayer(kernel=mix, geometry=Geometry(kernel=(1, 1)), summed=True)
    result = layer.apply(scene.image.colour)
    _show_shapes(scene.image.colour, result[..., None], int(mix.weights.size))
    show_stage(scene.image.colour, layer, result, result_pixels=signed(result))
    scene.offer(lambda: signed(result))
    taps = int(
        scene.kernel.weights[..., 0].size
        if scene.kernel.weights.ndim == 3
        else scene.kernel.weights.size
    )
    counted = t(
        "With your kernel in each of 3 channels and 3 such filters behind it: 3 × {taps} + 3 × 3 = "
        "{separable} weights, where a full layer has 3 × 3 × {taps} = {full}.",
        taps=taps,
        separable=3 * taps + 9,
        full=9 * taps,
    )
    st.caption(f"{counted} {_colours()}")


def _show_grouped(scene: Scene) -> None:
    left, right = st.columns([1, 3])
    with left:
        groups = int(choice("groups", t("Groups"), {"1": "1", "3": "3"}, default="3"))
    with right:
        number_ = int(choice("filter", t("Filter"), FILTERS, default="1", wrap=True))
    filters = _filters(scene, groups)
    result = grouped(scene.image.colour, _turned(scene, filters), scene.geometry, groups=groups)
    _show_shapes(scene.image.colour, result, int(filters.size))
    _show_filter(scene, filters, result, number_ - 1)


def _filters(scene: Scene, groups: int) -> Array:
    """Return three filters, `(kh, kw, 3 / groups, 3)`: the kernel as it is, mirrored, and upside down."""
    kernel = _three_channels(scene)
    filters = np.stack([kernel, kernel[:, ::-1], kernel[::-1]], axis=-1)
    if groups == 1:
        return filters
    # With three groups, filter j sees channel j only.
    return np.stack([filters[:, :, j, j] for j in range(3)], axis=-1)[:, :, None]


def _show_filter(scene: Scene, filters: Array, result: Array, index: int) -> None:
    """Draw what one filter sees of the image: in its group it is a layer like any other."""
    weights, alone = filters[..., index], filters.shape[2] == 1
    image: Image = scene.image.colour
    pixels = None
    if alone:
        weights, image = weights[..., 0], np.ascontiguousarray(image[..., index])
        pixels = np.zeros((*image.shape, 3), np.uint8)
        pixels[..., index] = image
    layer = replace(scene.layer, kernel=replace(scene.kernel, weights=weights), summed=not alone)
    shown = result[..., index]
    show_stage(image, layer, shown, result_pixels=signed(shown), image_pixels=pixels)
    scene.offer(lambda: signed(shown))
    if alone:
        channel = (t("red"), t("green"), t("blue"))[index]
        words = t(
            "This filter is in a group with {channel} and sees nothing else.", channel=channel
        )
    else:
        words = t("With one group every filter sees red, green and blue, and adds them up.")
    channels = t("Each filter gives one of the three channels of the result.")
    st.caption(f"{words} {channels} {_colours()}")


def _show_transposed(scene: Scene) -> None:
    step = number("enlarge", t("Stride: how many times larger"), 1, MOST_STEP, default=2)
    pixels = scene.image.pixels
    grey = np.rint(pixels.mean(axis=2)).astype(np.uint8) if pixels.ndim == 3 else pixels
    image, kernel = small(grey, STAMPED_SIDE), scene.kernel
    if kernel.weights.ndim == 3:
        kernel = replace(kernel, weights=kernel.weights.sum(axis=2))
    layer = TransposedLayer(kernel=kernel, stride=(step, step), flip=scene.flip)
    result = layer.apply(image)
    _show_shapes(image[..., None], result[..., None], int(kernel.weights.size))
    # The border is stamped less often, so there a kernel whose weights cancel out leaves its largest values.
    usual = float(np.percentile(np.abs(result), 95))
    show_stage(image, layer, result, result_pixels=signed(result, usual))
    scene.offer(lambda: signed(result, usual))
    reduced = t(
        "The image is reduced so that every stamp can be seen; stride and padding of the page are not used "
        "here."
    )
    st.caption(f"{reduced} {_colours()}")


def _show_global(mode: str, pool_all: Callable[[Array], Array]) -> Callable[[Scene], None]:
    def draw(scene: Scene) -> None:
        last = _last_map(scene.result(), mode)
        layer = PoolingLayer(mode=mode, window=(last.shape[0], last.shape[1]))
        pooled = layer.apply(last)
        channels = last if last.ndim == 3 else last[..., None]
        _show_shapes(channels, pool_all(channels), 0)
        limit = float(np.abs(last).max())
        show_stage(
            last,
            layer,
            pooled,
            result_pixels=signed(pooled, limit),
            image_pixels=signed(last, limit),
        )
        scene.offer(lambda: signed(pooled, limit))
        st.caption(
            t(
                "The result of the kernel is pooled twice: first until each of its numbers can be read, as "
                "in the last map of a network, which is often 7 × 7; then all of them become one."
            )
        )

    return draw


def _last_map(result: Array, mode: str) -> Array:
    """Return `result` pooled to a map of at least `LAST_MAP_SIDE` numbers on its longer side."""
    side = max(1, max(result.shape[:2]) // LAST_MAP_SIDE)
    rows, columns = (max(1, pixels // side) for pixels in result.shape[:2])
    windows = result[: rows * side, : columns * side].reshape(
        rows, min(side, result.shape[0]), columns, min(side, result.shape[1]), *result.shape[2:]
    )
    return np.asarray(windows.max(axis=(1, 3)) if mode == "max" else windows.mean(axis=(1, 3)))


DRAWN: dict[str, Callable[[Scene], None]] = {
    "depthwise": _show_depthwise,
    "pointwise": _show_pointwise,
    "grouped": _show_grouped,
    "transposed": _show_transposed,
    "average": _show_global("average", global_average_pool),
    "max": _show_global("max", global_max_pool),
}


def _three_channels(scene: Scene) -> Array:
    """Return the kernel as `(kh, kw, 3)`."""
    weights = scene.kernel.weights
    return weights if weights.ndim == 3 else np.repeat(weights[..., None], 3, axis=2)


def _colours() -> str:
    """Say what the colours of a signed result mean."""
    return t_marked(get_view("signed").description)


def _turned(scene: Scene, weights: Array) -> Array:
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
