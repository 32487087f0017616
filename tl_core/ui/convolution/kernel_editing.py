"""The weights of the kernel as fields, buttons that change them all, and a form to write them as text."""

import re
from collections.abc import Callable

import numpy as np
import streamlit as st

from tl_core.convolution.arrays import Array
from tl_core.convolution.display import signed
from tl_core.convolution.kernels import Kernel
from tl_core.convolution.weights import (
    LARGEST_SIZE,
    check_weights,
    list_operations,
    planes_of,
    resize,
    shortest,
    weights_from_text,
    weights_to_text,
)
from tl_core.errors import LabError, SettingInvalid
from tl_core.ui.convolution.controls import CONTENT, SHOWN, WEIGHTS
from tl_core.ui.errors import callback, show_error
from tl_core.ui.pictures import show_picture
from tl_core.ui.redrawing import redraw
from tl_core.ui.text import t, t_marked
from tl_core.wording import N_

CUSTOM = "custom"
MOST_EDITABLE = 5
"""Weights a side that still fit as fields beside each other, on a phone too."""
MOST_CHARACTERS = 6
CELL_WIDTH = 42
"""Pixels of the field for one weight, at least."""
BUTTON_WIDTH = 105
"""Pixels of the longest name of an operation with its icon."""
PICTURE_SIDE = 200
CHANNELS = (N_("Red"), N_("Green"), N_("Blue"))
OPERATION_ICONS = {
    "rotate": ":material/rotate_left:",
    "flip_horizontal": ":material/swap_horiz:",
    "flip_vertical": ":material/swap_vert:",
    "negate": ":material/exposure:",
    "normalise": ":material/balance:",
}
POPOVER_KEY, TEXT_KEY, REFUSAL_KEY = "kernel_popover", "kernel_text", "kernel_refusal"
CHANNEL_KEY = "kernel_channel"
FIELDS_KEY = "_kernel_fields"
"""The weights that the fields have, as text, and which fields these are: see `_fields`."""
LONGEST_LINE = 4000
SEPARATORS = re.compile(r"[\s,;]+")


def show_weights(kernel: Kernel) -> None:
    """Draw the weights: as fields to edit while they are few, else as a picture; and what changes them."""
    plane = _chosen_plane(kernel)
    shown = kernel.weights if plane is None else kernel.weights[..., plane]
    height, width = shown.shape
    if max(height, width) > MOST_EDITABLE:
        cell = max(1, PICTURE_SIDE // max(height, width))
        show_picture(
            signed(shown).repeat(cell, axis=0).repeat(cell, axis=1),
            alt=t("{rows} × {columns} weights", rows=height, columns=width),
            width=PICTURE_SIDE,
        )
    else:
        form, fields = _format(shown), _fields(shown)
        with st.grid(width, min_column_width=CELL_WIDTH, wrap=False, gap="xxsmall"):
            for row, column in np.ndindex(height, width):
                _weight(kernel, shown, (row, column), plane, form, fields)
    if refusal := st.session_state.get(REFUSAL_KEY):
        show_error(refusal)
    if kernel.second is None:
        _change_all(kernel)


def take(weights: Array) -> None:
    """Make `weights` the kernel; from now on it is the learner's own."""
    st.session_state["weights"] = weights_to_text(check_weights(weights))
    st.session_state["kernel"] = CUSTOM
    st.session_state.pop(REFUSAL_KEY, None)
    st.session_state.pop(TEXT_KEY, None)


def weights_from_lines(text: str) -> Array:
    """Return the weights that a person wrote: a row a line, an empty line between channels.

    Raises:
        SettingInvalid: as `check_weights`, or if something is not a number.
    """
    blocks = re.split(r"\n\s*\n", text.strip()[:LONGEST_LINE])
    try:
        planes = [
            [[float(number) for number in SEPARATORS.split(line.strip())] for line in rows]
            for rows in (block.splitlines() for block in blocks)
        ]
    except ValueError:
        raise SettingInvalid(
            "Only numbers can be weights. Write one row of the kernel a line, with spaces between numbers."
        ) from None
    if len(planes) == 1:
        return check_weights(planes[0])
    if len({len(row) for plane in planes for row in plane}) > 1 or len({*map(len, planes)}) > 1:
        return check_weights(planes[0] + [[]])  # its sentence is the one for ragged rows
    return check_weights(np.moveaxis(np.array(planes), 0, -1))


def weights_to_lines(weights: Array) -> str:
    """Return `weights` as `weights_from_lines` reads them; no digit is lost."""
    return "\n\n".join(
        "\n".join(" ".join(map(shortest, row)) for row in plane) for plane in planes_of(weights)
    )


def _chosen_plane(kernel: Kernel) -> int | None:
    if kernel.weights.ndim == 2:
        return None
    chosen = st.segmented_control(
        t("Weights for"),
        range(len(CHANNELS)),
        default=0,
        required=True,
        format_func=lambda index: t_marked(CHANNELS[index]),
        key=CHANNEL_KEY,
        label_visibility="collapsed",
    )
    return int(chosen)


def _fields(shown: Array) -> int:
    """Return which fields show these weights: others than before, if they did not come from a field.

    A browser that has not yet been told of the new weights sends what the fields had before, with the next
    press: of fields that are gone that is no change.
    """
    now = weights_to_text(shown)
    before, number = st.session_state.get(FIELDS_KEY, (now, 0))
    if before != now:
        number += 1
    st.session_state[FIELDS_KEY] = now, number
    return int(number)


def _weight(
    kernel: Kernel, shown: Array, place: tuple[int, int], plane: int | None, form: str, fields: int
) -> None:
    row, column = place
    key = f"weight-{fields}-{row}-{column}"
    st.session_state[key] = float(shown[place])
    st.number_input(
        t("Weight in row {row}, column {column}", row=row + 1, column=column + 1),
        key=key,
        value=float(shown[place]),  # until the session's reaches the browser, which shows 0 so long
        step=1.0,
        format=form,
        required=True,
        label_visibility="collapsed",
        disabled=kernel.second is not None,
        on_change=callback(_edit),
        args=(kernel.weights, place, plane, fields),
    )


def _format(weights: Array) -> str:
    """Return the format with most digits whose numbers still fit into their fields."""
    lengths = {
        digits: max(len(f"{weight:.{digits}g}") for weight in weights.flat) for digits in (5, 4, 3)
    }
    return f"%.{next((digits for digits, n in lengths.items() if n <= MOST_CHARACTERS), 2)}g"


def _edit(weights: Array, place: tuple[int, int], plane: int | None, fields: int) -> None:
    """Turn the kernel with one changed field into one's own."""
    changed = weights.copy()
    value = st.session_state[f"weight-{fields}-{place[0]}-{place[1]}"]
    changed[place if plane is None else (*place, plane)] = value
    shown = changed if plane is None else changed[..., plane]
    st.session_state[FIELDS_KEY] = weights_to_text(shown), fields
    _try(lambda: changed)


def _change_all(kernel: Kernel) -> None:
    with st.grid(min_column_width=BUTTON_WIDTH, gap="xxsmall", vertical_alignment="center"):
        for operation in list_operations():
            st.button(
                t_marked(operation.title),
                icon=OPERATION_ICONS[operation.name],
                key=f"kernel-{operation.name}",
                help=t_marked(operation.description),
                type="tertiary",
                on_click=callback(_try),
                args=(lambda apply=operation.apply: apply(_weights_of_now(kernel)),),
            )
        with st.popover(t("Edit"), key=POPOVER_KEY, on_change="rerun") as popover:
            if popover.open:
                _form(kernel)


def _weights_of_now(kernel: Kernel) -> Array:
    """Return the weights as a press before this one has left them, which may not be drawn yet."""
    own = _own_weights()
    return kernel.weights if own is None else own


def _form(kernel: Kernel) -> None:
    left, right = st.columns(2, wrap=False)
    for column, label, axis in ((left, t("Rows"), 0), (right, t("Columns"), 1)):
        key = f"kernel-size-{axis}"
        st.session_state[key] = kernel.weights.shape[axis]
        column.number_input(
            label,
            1,
            LARGEST_SIZE,
            st.session_state[key],
            key=key,
            on_change=callback(_resize),
            args=(kernel.weights,),
        )
    if kernel.weights.ndim == 2:
        st.button(
            t("Weights for each channel"),
            on_click=callback(_try),
            args=(lambda: np.repeat(kernel.weights[..., None], 3, axis=2),),
        )
    else:
        st.button(
            t("The same weights for all channels"),
            on_click=callback(_try),
            args=(lambda: kernel.weights.mean(axis=2),),
        )
    if TEXT_KEY not in st.session_state or not st.session_state.get(REFUSAL_KEY):
        st.session_state[TEXT_KEY] = weights_to_lines(kernel.weights)
    with st.form("kernel_form", border=False):
        st.text_area(
            t("Weights, one row a line"),
            key=TEXT_KEY,
            height=170,
            help=t("Numbers with spaces between them. For three channels leave an empty line."),
        )
        st.form_submit_button(t("Use these weights"), on_click=callback(_take_text))


def _resize(weights: Array) -> None:
    size = int(st.session_state["kernel-size-0"]), int(st.session_state["kernel-size-1"])
    _try(lambda: resize(weights, size))


def _take_text() -> None:
    _try(lambda: weights_from_lines(st.session_state[TEXT_KEY]))


def _try(change: Callable[[], Array]) -> None:
    """Take the changed weights, or say why not and keep those that are there."""
    before = _own_shape()
    try:
        take(change())
    except LabError as refusal:
        st.session_state[REFUSAL_KEY] = refusal
        return
    # Other weights of the same shape concern nothing else, if they were one's own before.
    redraw(*([WEIGHTS, SHOWN] if _own_shape() == before else [CONTENT]))


def _own_shape() -> tuple[int, ...] | None:
    """Return the shape of one's own kernel; None if another one is chosen."""
    own = _own_weights()
    return None if own is None else own.shape


def _own_weights() -> Array | None:
    """Return the weights of one's own kernel; None if another one is chosen."""
    if st.session_state["kernel"] != CUSTOM:
        return None
    return weights_from_text(st.session_state["weights"])
