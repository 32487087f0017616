"""How the kernel is slid: only what can exist on this image can be set."""

from dataclasses import replace

import streamlit as st

from tl_core.convolution.geometry import FILLS, MOST_PADDING, Geometry, Pair, Sides
from tl_core.convolution.kernels import Kernel
from tl_core.ui.convolution.controls import GEOMETRY, SHOWN, choice, number
from tl_core.ui.text import t
from tl_core.wording import N_

PADDINGS = {"valid": N_("valid"), "same": N_("same"), "full": N_("full"), "pixels": N_("pixels")}
FILL_TITLES = {
    "zeros": N_("Zeros"),
    "constant": N_("A constant"),
    "reflect": N_("Reflected"),
    "replicate": N_("Border repeated"),
    "wrap": N_("Other side"),
}
MOST_STRIDE, MOST_DILATION = 8, 8
USUAL_PADDING = 1
BOTH = (GEOMETRY, SHOWN)
"""What a control redraws on which others here depend: each that changes how much padding there is."""


def geometry_controls(kernel: Kernel, size: Pair) -> None:
    """Draw stride, dilation and padding for `kernel` on `size` pixels."""
    shape = _shape(kernel)
    down, right = st.columns(2)  # below each other where both do not fit
    with down:
        number("stride_y", t("Stride down"), 1, MOST_STRIDE, default=1, redraws=BOTH)
    with right:
        number("stride_x", t("Stride right"), 1, MOST_STRIDE, default=1, redraws=BOTH)
    number(
        "dilation",
        t("Dilation"),
        1,
        _most_dilation(shape, size, _padding(shape, size)),
        default=1,
        help=t("Pixels from one weight to the next; 1 leaves no gaps."),
        redraws=BOTH,
    )
    _filling(_unfilled(shape).sides(size), size)


def geometry_as_set(kernel: Kernel, size: Pair) -> Geometry:
    """Return how `kernel` is slid over `size` pixels, as the controls say."""
    geometry = _unfilled(_shape(kernel))
    if not any(geometry.sides(size)):
        return geometry
    fill = st.session_state["fill"]
    constant = float(st.session_state["constant"]) if fill == "constant" else 0.0
    return replace(geometry, fill=fill, constant=constant)


def _unfilled(shape: Pair) -> Geometry:
    """Return the geometry as the controls say, without what the padding holds."""
    set_to = st.session_state
    padding = set_to["padding"]
    return Geometry(
        kernel=shape,
        stride=(set_to["stride_y"], set_to["stride_x"]),
        dilation=(set_to["dilation"],) * 2,
        padding=set_to["pixels"] if padding == "pixels" else padding,
    )


def _shape(kernel: Kernel) -> Pair:
    return kernel.weights.shape[0], kernel.weights.shape[1]


def _padding(shape: Pair, size: Pair) -> str | int | Sides:
    """Draw the choice of padding among those on which the kernel fits."""
    missing = max(0, *(kernel - pixels for kernel, pixels in zip(shape, size, strict=True)))
    chosen = choice(
        "padding",
        t("Padding"),
        PADDINGS,
        default="valid",
        redraws=BOTH,
        only=[name for name in PADDINGS if name != "valid" or not missing],
        wrap=True,
        help=t(
            "valid: the kernel stays inside. same: as much padding as keeps the size at a stride of 1, as "
            "Keras does it. full: every overlap counts. pixels: as many as you say, on every side."
        ),
    )
    if chosen != "pixels":
        return chosen
    pixels: int = number(
        "pixels",
        t("Pixels of padding on every side"),
        -(-missing // 2),
        MOST_PADDING,
        default=USUAL_PADDING,
        redraws=BOTH,
    )
    return pixels


def _most_dilation(shape: Pair, size: Pair, padding: str | int | Sides) -> int:
    """Return the largest dilation with which the kernel still fits."""
    if isinstance(padding, str) and padding != "valid":
        return MOST_DILATION
    around = 2 * padding if isinstance(padding, int) else 0
    fits = [
        (pixels + around - 1) // (kernel - 1)
        for kernel, pixels in zip(shape, size, strict=True)
        if kernel > 1
    ]
    return max(1, min([MOST_DILATION, *fits]))


def _filling(sides: Sides, size: Pair) -> None:
    """Draw what the padding holds, if there is any."""
    if not any(sides):
        return
    vertical, horizontal = max(sides[:2]), max(sides[2:])
    reflects = vertical < size[0] and horizontal < size[1]
    fill = choice(
        "fill",
        t("Padding holds"),
        FILL_TITLES,
        default="zeros",
        only=[name for name in FILLS if name != "reflect" or reflects],
        select=True,
        redraws=BOTH,
    )
    if fill == "constant":
        number("constant", t("Value of the padding"), 0, 255, default=128, redraws=[SHOWN])
