"""Choose a kernel by name, set what can be set on it, or write its weights oneself."""

import numpy as np
import streamlit as st

from tl_core.convolution.arrays import Array
from tl_core.convolution.kernel_presets import Parameter
from tl_core.convolution.kernels import Kernel, get_kernel, list_kernels
from tl_core.convolution.weights import check_weights, weights_from_text, weights_to_text
from tl_core.ui.charts import number_grid
from tl_core.ui.state import url_choice, url_number, url_text
from tl_core.ui.text import t, t_marked
from tl_core.wording import N_

USUAL = "sobel_x"
CUSTOM = "custom"
MOST_EDITABLE = 5
"""Weights a side that still fit as fields beside each other, on a phone too."""
OWN_TITLE = N_("Your own")
HEIGHT, MEANING_HEIGHT = 500, 80
"""Pixels; fixed, so that nothing below moves when another kernel is chosen."""
MOST_CHARACTERS = 6
CELL_WIDTH, ROW_HEIGHT = 44, 48
"""Pixels of the field for one weight, at least, and of a row of them with its gap."""


def kernel_controls() -> Kernel:
    """Draw the choice of a kernel with its weights, and return it; always of the same height."""
    presets = {preset.name: preset for preset in list_kernels()}
    url_text("weights", default=_text(get_kernel(USUAL)), check=weights_from_text)
    with st.container(height=HEIGHT, border=False):
        name = st.selectbox(
            t("Kernel"),
            **url_choice("kernel", [*presets, CUSTOM], default=USUAL),
            format_func=lambda name: t_marked(
                presets[name].title if name in presets else OWN_TITLE
            ),
            help=t("A kernel is a small grid of weights that slides over the image."),
        )
        weights = st.container()
        if name == CUSTOM:
            kernel = _own()
        else:
            kernel = get_kernel(
                name, **{each.name: _parameter(name, each) for each in presets[name].parameters}
            )
        with weights:
            _weights(kernel)
    return kernel


def show_meaning(kernel: Kernel) -> None:
    """Write below the result what this kernel answers to, and what its sum does."""
    with st.container(height=MEANING_HEIGHT, border=False):
        st.caption(f"{t_marked(kernel.description)} {_sum_text(float(kernel.weights.sum()))}")


def _own() -> Kernel:
    return Kernel(
        name=CUSTOM,
        title=OWN_TITLE,
        description=N_("The weights are yours: change one and see what the image does."),
        weights=weights_from_text(st.session_state["weights"]),
    )


def _parameter(kernel: str, parameter: Parameter) -> float:
    limits = url_number(
        f"{kernel}-{parameter.name}",
        parameter.minimum,
        parameter.maximum,
        default=parameter.default,
        step=parameter.step,
    )
    value: float = st.slider(t_marked(parameter.title), **limits)
    return value


def _weights(kernel: Kernel) -> None:
    """Draw the weights: as fields to edit while they are few, else as a picture."""
    height, width = kernel.weights.shape[:2]
    if max(height, width) > MOST_EDITABLE:
        number_grid(
            kernel.weights,
            alt=t("{rows} × {columns} weights", rows=height, columns=width),
            height=ROW_HEIGHT * MOST_EDITABLE,
            key="weights-picture",
        )
        return
    with st.grid(width, min_column_width=CELL_WIDTH, wrap=False, gap="xxsmall"):
        for row, column in np.ndindex(height, width):
            _weight(kernel, row, column)


def _weight(kernel: Kernel, row: int, column: int) -> None:
    key = f"weight-{row}-{column}"
    st.session_state[key] = float(kernel.weights[row, column])
    st.number_input(
        t("Weight in row {row}, column {column}", row=row + 1, column=column + 1),
        key=key,
        step=1.0,
        format=_format(kernel.weights),
        required=True,
        label_visibility="collapsed",
        disabled=kernel.second is not None,
        on_change=_edit,
        args=kernel.weights.shape,
    )


def _format(weights: Array) -> str:
    """Return the format with most digits whose numbers still fit into their fields."""
    lengths = {
        digits: max(len(f"{weight:.{digits}g}") for weight in weights.flat) for digits in (5, 4, 3)
    }
    return f"%.{next((digits for digits, n in lengths.items() if n <= MOST_CHARACTERS), 2)}g"


def _edit(height: int, width: int) -> None:
    """Turn the fields into a kernel of one's own."""
    cells = [
        [st.session_state[f"weight-{row}-{column}"] for column in range(width)]
        for row in range(height)
    ]
    st.session_state["weights"] = weights_to_text(check_weights(cells))
    st.session_state["kernel"] = CUSTOM


def _sum_text(total: float) -> str:
    if np.isclose(total, 0, atol=1e-4):
        return t("The weights add up to 0: flat areas become 0, and only changes are left.")
    if np.isclose(total, 1, atol=1e-4):
        return t("The weights add up to 1: the image keeps its brightness.")
    return t(
        "The weights add up to {total}: flat areas become {total} times as bright.",
        total=f"{total:.3g}",
    )


def _text(kernel: Kernel) -> str:
    return weights_to_text(kernel.weights)
