"""Section 1-D: a signal, a patch, and every product as it slides."""

import re

import streamlit as st

from tl_core.convolution.one_dimension import SlidingProducts, convolve_1d
from tl_core.errors import LabError, SettingInvalid
from tl_core.ui.convolution.controls import choice, written
from tl_core.ui.convolution.scene import Scene
from tl_core.ui.errors import show_error
from tl_core.ui.text import t
from tl_core.wording import N_

SIGNAL = "0, 0, 26, 51, 58, 59, 53, 29, 0, 0, 0"
PATCH = "-1, 2, -1"
MODES = {"full": N_("full"), "same": N_("same"), "valid": N_("valid")}
LONGEST_TEXT = 2000
ROWS_SHOWN, COLUMNS_SHOWN = 60, 12
GOOD_KEY = "signal_good"
SEPARATORS = re.compile(r"[\s,;]+")


def show(_: Scene) -> None:
    """Draw the fields for signal and patch, the result, and the table of products."""
    left, right = st.columns([3, 2])
    with left:
        signal = written("signal", t("Signal"), default=SIGNAL, check=read_numbers)
    with right:
        patch = written("patch", t("Patch"), default=PATCH, check=read_numbers)
    mode = choice("mode", t("Keep"), MODES, default="full")
    numbers = _last_good(signal, patch)
    slid = convolve_1d(*numbers, mode)
    st.markdown(
        t(
            "{signal} numbers, patch of {patch}: **{output}** sums",
            signal=len(numbers[0]),
            patch=len(numbers[1]),
            output=len(slid.output),
        )
    )
    st.code(f"[{', '.join(map(shown, slid.output))}]", language=None, wrap_lines=True)
    st.caption(
        t(
            "As numpy.convolve: the patch is flipped, then slides along the signal. full: every overlap "
            "counts; same: as long as the longer of the two; valid: only where the shorter one lies inside "
            "the longer. With the patch -1, 2, -1 look for sums far from 0: there the signal bends."
        )
    )
    _show_table(slid, numbers)


def read_numbers(text: str) -> list[float]:
    """Return the numbers of a line, with commas or spaces between them.

    Raises:
        SettingInvalid: something else is in it, or too much.
    """
    parts = [part for part in SEPARATORS.split(text[: LONGEST_TEXT + 1].strip(" \t[]()")) if part]
    try:
        if len(text) > LONGEST_TEXT:
            raise ValueError(text)
        numbers = [float(part) for part in parts]
        convolve_1d(numbers, [1.0])
    except (ValueError, LabError):
        raise SettingInvalid(
            "This is not a row of numbers: {text}. Write numbers with commas between them.",
            text=text[:40],
        ) from None
    return numbers


def shown(value: float) -> str:
    """Return a number as short as it can be read."""
    return f"{value:.6g}" if value else "0"


def _last_good(signal: str, patch: str) -> tuple[list[float], list[float]]:
    """Return what was typed; if it cannot be read, say so and return what could be read last."""
    try:
        good = read_numbers(signal), read_numbers(patch)
    except LabError as error:
        show_error(error)
        usual = read_numbers(SIGNAL), read_numbers(PATCH)
        kept: tuple[list[float], list[float]] = st.session_state.get(GOOD_KEY, usual)
        return kept
    st.session_state[GOOD_KEY] = good
    return good


def _show_table(slid: SlidingProducts, numbers: tuple[list[float], list[float]]) -> None:
    signal, patch = numbers
    columns = range(min(len(patch), COLUMNS_SHOWN))
    header = f"| {t('Sum number')} | " + " | ".join(f"× {shown(patch[j])}" for j in columns)
    lines = [f"{header} | {t('Sum')} |", "|--:|" + "--:|" * (len(columns) + 1)]
    for i, output in enumerate(slid.output[:ROWS_SHOWN]):
        cells = [_product(slid, signal, i, j) for j in columns]
        lines.append(f"| {i + 1} | {' | '.join(cells)} | **{shown(output)}** |")
    st.markdown("\n".join(lines))
    if len(slid.output) > ROWS_SHOWN or len(patch) > COLUMNS_SHOWN:
        st.caption(
            t(
                "The table shows the first {rows} sums and {columns} weights.",
                rows=min(ROWS_SHOWN, len(slid.output)),
                columns=len(columns),
            )
        )
    st.caption(t("Each cell is a signal value times a weight. · is beyond the signal's ends: 0."))
    st.caption(
        t("The kernel and the image at the left are not used here: the patch is the kernel.")
    )


def _product(slid: SlidingProducts, signal: list[float], i: int, j: int) -> str:
    position = int(slid.positions[i, j])
    if not 0 <= position < len(signal):
        return "·"
    return f"{shown(signal[position])} → {shown(slid.products[i, j])}"
