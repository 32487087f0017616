"""Section Stack: up to four layers in a row, every feature map, and what one of its pixels sees."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from tl_core.convolution.arrays import Array
from tl_core.convolution.display import signed
from tl_core.convolution.geometry import Geometry, Pair
from tl_core.convolution.kernels import Kernel, get_kernel, list_kernels
from tl_core.convolution.receptive import receptive_fields
from tl_core.convolution.stack import ConvolutionLayer, Layer, PoolingLayer, ReluLayer
from tl_core.errors import LabError
from tl_core.ui.convolution.controls import choice, number
from tl_core.ui.convolution.figures import show_map, small
from tl_core.ui.convolution.scene import Scene
from tl_core.ui.errors import show_error
from tl_core.ui.pictures import show_picture
from tl_core.ui.text import t, t_marked
from tl_core.wording import N_

MOST_LAYERS = 4
KINDS = {
    "none": N_("No layer"),
    "convolution": N_("Convolution"),
    "relu": N_("ReLU"),
    "max": N_("Max pooling"),
    "average": N_("Average pooling"),
}
YOURS = "yours"
USUAL = (("convolution", YOURS), ("relu", YOURS), ("max", YOURS), ("convolution", "laplacian_8"))
"""Kind and kernel of each layer until somebody chooses."""
MOST_STEP, MOST_WINDOW = 4, 4
FRAME, FRAME_EDGE = (217, 84, 30), (255, 255, 255)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Step:
    """One layer, and what it has made of the map before it."""

    layer: Layer
    title: str
    result: Array


def show(scene: Scene) -> None:
    """Draw the layers' controls, their feature maps, and the receptive field of one pixel."""
    columns = st.columns(MOST_LAYERS, gap="small")
    figures = st.columns(MOST_LAYERS, gap="small")
    steps: list[_Step] = []
    stopped = False
    for index, column in enumerate(columns):
        with column:
            layer, title = _layer_controls(index, scene)
            if layer is None or stopped:
                continue
            try:
                result = layer.apply(steps[-1].result if steps else scene.image.pixels)
            except LabError as error:
                show_error(error)
                stopped = True
                continue
            steps.append(_Step(layer=layer, title=title, result=result))
        with figures[index]:
            _show_step(steps[-1], index)
    st.caption(
        t(
            "A convolution here has the stride that stands below it, and as much padding as keeps the size "
            "at a stride of 1, filled with the border; stride, padding and dilation of the tab Geometry are "
            "not used."
        )
    )
    if steps:
        scene.offer(lambda: signed(steps[-1].result))
        _show_field(scene, steps)
    else:
        st.info(t("Choose at least one layer above."), icon=":material/layers:")


def _layer_controls(index: int, scene: Scene) -> tuple[Layer | None, str]:
    kind_usual, kernel_usual = USUAL[index]
    place = index + 1
    kind = choice(
        f"layer{place}", t("Layer {place}", place=place), KINDS, default=kind_usual, select=True
    )
    if kind == "none":
        return None, ""
    if kind == "relu":
        return ReluLayer(), t_marked(KINDS[kind])
    if kind == "convolution":
        titles = {YOURS: N_("Your kernel")} | {each.name: each.title for each in list_kernels()}
        name = choice(f"kernel{place}", t("Kernel"), titles, default=kernel_usual, select=True)
        step = number(f"step{place}", t("Stride"), 1, MOST_STEP, default=1)
        return _convolution(scene, name, step, first=index == 0), t_marked(titles[name])
    window = number(f"window{place}", t("Window"), 1, MOST_WINDOW, default=2)
    return PoolingLayer(mode=kind, window=(window, window)), t_marked(KINDS[kind])


def _convolution(scene: Scene, name: str, step: int, *, first: bool) -> ConvolutionLayer:
    kernel: Kernel = scene.kernel if name == YOURS else get_kernel(name)
    if kernel.weights.ndim == 3 and not first:
        # Behind the first layer there is no red, green and blue any more.
        kernel = Kernel(
            name=kernel.name,
            title=kernel.title,
            description=kernel.description,
            weights=kernel.weights.sum(axis=2),
        )
    shape = kernel.weights.shape[0], kernel.weights.shape[1]
    geometry = Geometry(kernel=shape, stride=(step, step), padding="same", fill="replicate")
    return ConvolutionLayer(
        kernel=kernel,
        geometry=geometry,
        summed=scene.image.summed,
        flip=scene.flip,
        bias=scene.bias if name == YOURS else 0.0,
    )


def _show_step(step: _Step, index: int) -> None:
    height, width = step.result.shape[:2]
    show_map(
        step.result,
        alt=t("Feature map {place}: {layer}", place=index + 1, layer=step.title),
        caption=t(
            "{place}. {layer}: {height} × {width}",
            place=index + 1,
            layer=step.title,
            height=height,
            width=width,
        ),
    )


def _show_field(scene: Scene, steps: list[_Step]) -> None:
    """Draw on the image what the chosen pixel of the last feature map sees."""
    height, width = steps[-1].result.shape[:2]
    controls, picture = st.columns([2, 3])
    with controls:
        row = number("row", t("Row of the output pixel"), 0, height - 1, default=height // 2)
        column = number("column", t("Column"), 0, width - 1, default=width // 2)
    vertical, horizontal = receptive_fields(
        [step.layer.geometry for step in steps], scene.image.size
    )[-1]
    rows, columns = vertical.seen_by(row), horizontal.seen_by(column)
    with controls:
        st.markdown(_seen(scene.image.size, rows, columns))
        st.caption(
            t(
                "This is its receptive field. Every kernel or window larger than one pixel makes it larger, "
                "and a layer that halves the map makes every later one count double."
            )
        )
    with picture:
        show_picture(
            _framed(scene.image.colour, rows, columns),
            alt=t("The image with the receptive field framed"),
            caption=t("Framed: what the pixel sees. All maps are blue below 0, red above."),
        )


def _seen(size: Pair, rows: Pair, columns: Pair) -> str:
    """Say what one pixel sees of an image of `size`: no more than there is, the rest being padding."""
    field = rows[1] - rows[0] + 1, columns[1] - columns[0] + 1
    (top, bottom), (left, right) = (
        (max(first, 0), min(last, side - 1))
        for (first, last), side in zip((rows, columns), size, strict=True)
    )
    seen = bottom - top + 1, right - left + 1
    sentence = t(
        "One pixel of the last feature map sees **{height} × {width}** pixels of the image: rows {top} to "
        "{bottom}, columns {left} to {right}.",
        height=seen[0],
        width=seen[1],
        top=top,
        bottom=bottom,
        left=left,
        right=right,
    )
    if seen == field:
        return sentence
    padding = t(
        "It could see {field_height} × {field_width}: the rest lies outside the image, in the padding.",
        field_height=field[0],
        field_width=field[1],
    )
    return f"{sentence} {padding}"


def _framed(image: NDArray[np.uint8], rows: Pair, columns: Pair) -> NDArray[np.uint8]:
    """Return a smaller copy of `image` with a frame around the rows and columns, as far as they are in it."""
    factor = -(-max(image.shape[:2]) // 480)
    picture = small(image, 480).copy()
    height, width = picture.shape[:2]
    top, bottom = (min(max(row // factor, 0), height - 1) for row in rows)
    left, right = (min(max(column // factor, 0), width - 1) for column in columns)
    inside = picture[top : bottom + 1, left : right + 1].copy()
    thin = max(1, max(height, width) // 200)
    # With light edges, so that it shows on any picture.
    for wide, colour in ((4 * thin, FRAME_EDGE), (3 * thin, FRAME), (thin, FRAME_EDGE)):
        picture[max(0, top - wide) : bottom + 1 + wide, max(0, left - wide) : right + 1 + wide] = (
            colour
        )
    picture[top : bottom + 1, left : right + 1] = inside
    return picture
