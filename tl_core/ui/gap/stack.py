"""Section "Stack calculator": any layers in any order, counted like ``model.summary()``."""

from contextlib import suppress
from dataclasses import fields

import streamlit as st

from tl_core.errors import LabError
from tl_core.head_math import (
    LayerRow,
    Shape,
    describe_stack,
    get_stack_preset,
    list_stack_presets,
    totals,
)
from tl_core.head_math.layers import KINDS, PADDINGS, Layer
from tl_core.head_math.stack_text import (
    MOST_CHARACTERS,
    long_text,
    read_stack,
    short_text,
    write_layer,
    write_stack,
)
from tl_core.ui.errors import callback, show_error
from tl_core.ui.gap.columns import shape_text, weights_text
from tl_core.ui.state import url_text
from tl_core.ui.text import t, t_marked

KEY, LINES_KEY, PRESET_KEY = "stack", "stack_lines", "stack_preset"
USUAL = "cifar10"


def show() -> None:
    """Draw the text of the stack, the ways to change it, and the table."""
    preset = get_stack_preset(USUAL)
    usual = short_text(write_stack(preset.input_shape, preset.layers))
    url_text(KEY, default=usual, check=lambda text: read_stack(long_text(text)))
    text, table = st.columns([2, 3], gap="large")
    with text:
        _edit()
    with table:
        _table()


def _edit() -> None:
    if short_text(st.session_state.get(LINES_KEY, "")) != st.session_state[KEY]:
        st.session_state[LINES_KEY] = long_text(st.session_state[KEY])
    st.selectbox(
        t("Start from"),
        [preset.name for preset in list_stack_presets()],
        index=None,
        format_func=lambda name: t_marked(get_stack_preset(name).title),
        placeholder=t("A well-known network"),
        key=PRESET_KEY,
        on_change=callback(_take_preset),
    )
    st.text_area(
        t("One layer a line, the input first"),
        key=LINES_KEY,
        height=250,
        max_chars=MOST_CHARACTERS,
        on_change=callback(_take_lines),
        help=t(
            "conv 32 3 (32 filters of 3 × 3), max 2, avg 2, flatten, gap, gmp, dense 64, dropout 0.5, "
            "batchnorm. conv, max and avg also take a stride (3/2) and same; conv and dense also nobias."
        ),
    )
    with st.popover(t("Add a layer"), icon=":material/add:", width="stretch"):
        _add()
    st.button(
        t("Remove the last layer"),
        icon=":material/remove:",
        width="stretch",
        on_click=callback(_remove_last),
    )


def _add() -> None:
    kind: str = st.selectbox(t("Layer"), KINDS, key="stack_kind")
    if kind in ("Conv2D", "Dense"):
        title = t("Filters") if kind == "Conv2D" else t("Units")
        st.number_input(title, 1, 4096, 32, key="stack_units")
        st.toggle(t("Bias"), value=True, key="stack_use_bias")
    if kind in ("Conv2D", "MaxPooling2D", "AveragePooling2D"):
        st.number_input(t("Window"), 1, 32, 3, key="stack_kernel")
        st.number_input(t("Stride (0 = usual)"), 0, 32, 0, key="stack_stride")
        st.selectbox(t("Padding"), PADDINGS, key="stack_padding")
    if kind == "Dropout":
        st.slider(t("Dropout"), 0.0, 0.9, 0.5, 0.1, key="stack_rate")
    st.button(t("Append"), icon=":material/add:", on_click=callback(_append))


def _append() -> None:
    """Append the layer that the controls describe; what has no control now has its usual value."""
    keys = {field.name: f"stack_{field.name}" for field in fields(Layer)}
    chosen = {name: st.session_state[key] for name, key in keys.items() if key in st.session_state}
    layer = Layer(**chosen)
    st.session_state[KEY] = short_text(f"{long_text(st.session_state[KEY])}\n{write_layer(layer)}")


def _remove_last() -> None:
    lines = st.session_state[KEY].split("_")
    st.session_state[KEY] = "_".join(lines[:-1]) if len(lines) > 1 else lines[0]


def _take_lines() -> None:
    st.session_state[KEY] = short_text(st.session_state[LINES_KEY])


def _take_preset() -> None:
    if name := st.session_state[PRESET_KEY]:
        preset = get_stack_preset(name)
        st.session_state[KEY] = short_text(write_stack(preset.input_shape, preset.layers))


def _table() -> None:
    """Draw the layers; at one that cannot be, those before it and the reason."""
    try:
        shape, layers = read_stack(st.session_state[LINES_KEY])
        rows, refusal = describe_stack(shape, layers), None
    except LabError as error:
        shape, rows, refusal = *_possible(st.session_state[LINES_KEY]), error
    if refusal:
        show_error(refusal)
    if not shape:
        return
    lines = [
        f"| {t('Layer')} | {t('Shape')} | {t('Weights')} |\n|:--|:--|:--|",
        f"| {t('Input')} | {shape_text(shape)} | |",
    ]
    lines += [
        f"| {row.name} | {shape_text(row.output_shape)} | {weights_text(row)} |" for row in rows
    ]
    sums = totals(rows)
    lines.append(f"| **{t('Total')}** | | **{sums.parameters:,}** |")
    st.markdown("\n".join(lines).replace("_", "\\_"))
    st.markdown(
        t(
            "{trainable} trainable, {frozen} not; {operations} multiply-adds for one photo.",
            trainable=f"{sums.trainable:,}",
            frozen=f"{sums.parameters - sums.trainable:,}",
            operations=f"{sums.multiply_adds:,}",
        )
    )
    st.caption(
        t(
            "Shapes are those of one photo. Look for the line with most weights: it is mostly the first "
            "Dense layer behind a Flatten."
        )
    )


def _possible(text: str) -> tuple[Shape, tuple[LayerRow, ...]]:
    """Return the input and the layers in front of the first impossible one; an empty input for none."""
    lines = text.splitlines()
    for count in range(len(lines) - 1, 0, -1):
        with suppress(LabError):
            shape, layers = read_stack("\n".join(lines[:count]))
            return shape, describe_stack(shape, layers)
    return (), ()
