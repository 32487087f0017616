"""Section Read: what a convolution is, in one page, with this photo and this kernel."""

from dataclasses import replace

import streamlit as st

from tl_core.convolution.geometry import Geometry
from tl_core.convolution.kernels import Kernel, get_kernel
from tl_core.convolution.stack import ConvolutionLayer
from tl_core.ui.convolution.figures import show_map, small
from tl_core.ui.convolution.scene import Scene
from tl_core.ui.pictures import show_picture
from tl_core.ui.text import t, t_marked

COMPARED = ("box", "sobel_x", "laplacian_8")


def show(scene: Scene) -> None:
    """Draw the article."""
    # One kernel without a bias: of a magnitude the first of its two.
    one = replace(scene, kernel=replace(scene.kernel, second=None), bias=0.0)
    result = one.result()
    rows, columns = result.shape[:2]
    height, width = scene.kernel.weights.shape[:2]
    weights = height * width * (3 if scene.image.summed else 1)
    st.markdown(
        t(
            "A photo is a grid of numbers. The kernel, here {name} with {height} × {width} weights, stands "
            "on one patch of it. Each weight is multiplied with the pixel below it, and the {count} "
            "products are added up: that sum is one pixel of the result. Then the kernel moves on by "
            "{stride} and does it again. This photo takes {all} such sums for a result of {rows} × "
            "{columns} pixels.",
            name=t_marked(scene.kernel.title),
            height=height,
            width=width,
            count=weights,
            stride=" × ".join(map(str, scene.geometry.stride)),
            all=f"{result.size:,}",
            rows=rows,
            columns=columns,
        )
    )
    before, after = st.columns(2, gap="small")
    with before:
        pixels = small(scene.image.pixels)
        show_picture(pixels, alt=scene.image.title, caption=t("The numbers that go in"))
    with after:
        show_map(result, alt=t("Result of your kernel"), caption=t("The sums that come out"))
    st.markdown(
        t(
            "The weights decide what a kernel finds. Their sum says what becomes of an even area of one "
            "channel: with 1 it keeps its brightness, with 0 it becomes 0 and only changes are left. The "
            "three kernels below are as large as each other."
        )
    )
    for column, name in zip(st.columns(len(COMPARED), gap="small"), COMPARED, strict=True):
        with column:
            _show_kernel(scene, get_kernel(name))
    st.markdown(
        t(
            "A network puts such layers one behind the other. After most of them, what is below zero "
            "becomes zero, and the next layer looks for patterns among the patterns: edges become corners, "
            "corners become textures, textures become ears and wheels. Nobody writes these weights. "
            "Training finds them, in small steps that make the answers less wrong."
        )
    )
    st.markdown(
        t(
            "A kernel has the same weights wherever it stands. That is why {count} numbers are enough for "
            "a photo of any size, and why an ear is found at the left as well as at the right.",
            count=weights,
        )
    )


def _show_kernel(scene: Scene, kernel: Kernel) -> None:
    side = kernel.weights.shape[0]
    geometry = Geometry(kernel=(side, side), padding="same", fill="replicate")
    layer = ConvolutionLayer(kernel=kernel, geometry=geometry, summed=scene.image.summed)
    title = t_marked(kernel.title)
    total = f"{kernel.weights.sum():.3g}"
    show_map(
        layer.apply(scene.image.pixels),
        alt=t("Result of {name}", name=title),
        caption=t("{name}: its weights add up to {total}", name=title, total=total),
    )
