"""Choose a kernel by name, set what can be set on it, turn it, or write its weights oneself."""

import numpy as np
import streamlit as st

from tl_core.convolution.arrays import Array
from tl_core.convolution.kernel_presets import Parameter
from tl_core.convolution.kernels import Kernel, get_kernel, list_kernels
from tl_core.convolution.separable import separated
from tl_core.convolution.weights import shortest, weights_from_text, weights_to_text
from tl_core.errors import LabError
from tl_core.ui import lesson
from tl_core.ui.convolution.controls import SHOWN, WEIGHTS, choice, number
from tl_core.ui.convolution.kernel_editing import CUSTOM, show_weights
from tl_core.ui.convolution.learned_filters import filter_titles, learned_kernel
from tl_core.ui.errors import fragment, show_error
from tl_core.ui.state import url_text
from tl_core.ui.text import t, t_marked
from tl_core.wording import N_

USUAL = "sobel_x"
OWN_TITLE = N_("Your own")
MOST_BIAS = 255
MOST_WRITTEN = 5
"""Weights a side that are written out in a sentence."""
OPERATIONS = {"correlation": N_("Cross-correlation"), "convolution": N_("Convolution")}


def kernel_controls() -> Kernel:
    """Draw the choice of a kernel with its weights, and what is done with it; returns the kernel."""
    presets = {preset.name: preset for preset in list_kernels()}
    url_text("weights", default=weights_to_text(get_kernel(USUAL).weights), check=weights_from_text)
    titles = {name: preset.title for name, preset in presets.items()} | {CUSTOM: OWN_TITLE}
    learned = filter_titles()
    name = choice(
        "kernel",
        t("Kernel"),
        titles | learned,
        default=USUAL,
        select=True,
        label_visibility="collapsed",
    )
    weights = st.container()
    if name == CUSTOM:
        kernel = _own()
    elif name in learned:
        kernel = _learned(name, learned[name])
    else:
        kernel = get_kernel(
            name, **{each.name: _parameter(name, each) for each in presets[name].parameters}
        )
    with weights:
        if not lesson.hidden("weights"):
            fragment(lambda: show_weights(kernel_as_set(kernel)), key=WEIGHTS)()
    choice(
        "operation",
        t("Operation"),
        OPERATIONS,
        default="correlation",
        select=True,
        redraws=[SHOWN],
        help=t(
            "Convolution in the mathematical sense turns the kernel by 180 degrees first. Deep learning "
            "does without, and says convolution all the same."
        ),
    )
    _bias(kernel)
    return kernel


def kernel_as_set(kernel: Kernel) -> Kernel:
    """Return `kernel` as `kernel_controls` gave it, one's own with its weights of now."""
    return _own() if kernel.name == CUSTOM else kernel


def turns() -> bool:
    """Whether the kernel is turned by 180 degrees first, as the controls say."""
    return bool(st.session_state["operation"] == "convolution")


def bias_as_set(kernel: Kernel) -> float:
    """Return what is added to every sum, if the kernel has a bias."""
    return 0.0 if kernel.second is not None else float(st.session_state["bias"])


def _bias(kernel: Kernel) -> None:
    """Draw the bias, if this kernel has one."""
    if kernel.second is not None:
        return
    number(
        "bias",
        t("Bias"),
        -MOST_BIAS,
        MOST_BIAS,
        default=0,
        redraws=[SHOWN],
        help=t(
            "Added to every sum. A filter learns one, or the normalisation behind it does; image editors "
            "call it offset. With 128 what is a little below 0 can be seen without another view."
        ),
    )


def show_meaning(kernel: Kernel, *, summed: bool = False, bias: float = 0.0) -> None:
    """Write what this kernel answers to, and what its sum does.

    Args:
        kernel: the kernel.
        summed: whether the results of red, green and blue are added up.
        bias: what is added to every sum.
    """
    meaning = t_marked(kernel.description)
    sums = _sum_text(float(kernel.weights.sum()), kernel.weights.ndim)
    flat = kernel.weights.ndim == 2  # of weights for each channel `sums` says it
    channels = t("Then the three channels are added up.") if summed and flat else ""
    biased = t("Then the bias is added.") if bias else ""
    st.caption(" ".join(filter(None, (meaning, sums, channels, biased, _separable_text(kernel)))))


def _separable_text(kernel: Kernel) -> str:
    """Say which two thin kernels do the same with fewer weights, if there are such; empty otherwise."""
    if kernel.weights.ndim == 3 or kernel.second is not None:
        return ""
    parts = separated(kernel.weights)
    if parts is None:
        return ""
    fewer, all_ = sum(map(len, parts)), kernel.weights.size
    if fewer >= all_:  # 2 × 2
        return ""
    column, row = ("[" + " ".join(map(shortest, part)) + "]" for part in parts)
    if max(kernel.weights.shape) > MOST_WRITTEN:
        return t(
            "It is separable: a column and then a row give the same with {fewer} weights, not {all}.",
            fewer=fewer,
            all=all_,
        )
    return t(
        "It is separable: the column {column} and then the row {row} give the same with {fewer} weights, not "
        "{all}.",
        column=column,
        row=row,
        fewer=fewer,
        all=all_,
    )


def _own() -> Kernel:
    return Kernel(
        name=CUSTOM,
        title=OWN_TITLE,
        description=N_("The weights are yours: change one and see what the image does."),
        weights=weights_from_text(st.session_state["weights"]),
    )


def _learned(name: str, title: str) -> Kernel:
    """Return the learned filter; until the engine has sent it, a kernel that changes nothing."""
    try:
        return learned_kernel(name, title)
    except LabError as error:
        show_error(error)
        return get_kernel("identity")


def _parameter(kernel: str, parameter: Parameter) -> float:
    value: float = number(
        f"{kernel}-{parameter.name}",
        t_marked(parameter.title),
        parameter.minimum,
        parameter.maximum,
        default=parameter.default,
        step=parameter.step,
        slider=True,
    )
    return value


def _sum_text(total: float, dimensions: int) -> str:
    if dimensions == 3:
        return t("It has weights for red, green and blue, and the three results are added up.")
    if np.isclose(total, 0, atol=1e-4):
        return t("The weights add up to 0: flat areas become 0, and only changes are left.")
    if np.isclose(total, 1, atol=1e-4):
        return t("The weights add up to 1: each channel keeps its brightness.")
    return t(
        "The weights add up to {total}: flat areas of a channel become {total} times as bright.",
        total=f"{total:.3g}",
    )


def same_when_turned(kernel: Kernel) -> bool:
    """Tell whether turning the kernel by 180 degrees leaves it as it is."""
    return all(_turns_into(part, part) for part in kernel.parts)


def only_signs_turn(kernel: Kernel) -> bool:
    """Tell whether turning a magnitude's kernels changes their signs only, on which no length depends."""
    return kernel.second is not None and all(_turns_into(part, -part) for part in kernel.parts)


def signs_text() -> str:
    """Say what `only_signs_turn` means for the result."""
    return t(
        "Turned by 180 degrees both kernels only change their sign, and the magnitude is the same: "
        "convolution and cross-correlation agree."
    )


def _turns_into(part: Array, other: Array) -> bool:
    return bool(np.array_equal(part[::-1, ::-1], other))
