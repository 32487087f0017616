"""A small grid of pixels to paint on."""

import base64
from functools import cache, partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from streamlit.components.v2.types import ComponentRenderer

from tl_core.ui import theme
from tl_core.ui.errors import callback
from tl_core.ui.stage.component import declare, encode, memory, reported
from tl_core.ui.text import t

MOST_SIDE = 32
"""Pixels; a larger grid has cells that no finger can hit."""
Painting: TypeAlias = tuple[int, int, str]
"""Rows, columns, and the pixels as base64."""


def paint_grid(
    rows: int, columns: int, value: NDArray[np.uint8] | None = None, key: str = "paint"
) -> NDArray[np.uint8]:
    """Draw a grid to paint on with mouse, finger or keyboard, and return what is painted.

    Args:
        rows: 1 to 32.
        columns: 1 to 32.
        value: (rows, columns) uint8, what to start with; black by default. Pass what was returned last time,
            or another picture to set it from Python.
        key: name of the component, unique on its page.

    Returns:
        (rows, columns) uint8 0..255, as it was at the end of the last stroke.

    Raises:
        ValueError: a size outside its range, or a `value` of another size.

    Example::

        st.session_state["painting"] = paint_grid(8, 8, st.session_state.get("painting"))
    """
    if not (1 <= rows <= MOST_SIDE and 1 <= columns <= MOST_SIDE):
        raise ValueError(f"a grid has 1 to {MOST_SIDE} rows and columns; got {rows} x {columns}")
    if value is None:
        value = np.zeros((rows, columns), np.uint8)
    if value.shape != (rows, columns) or value.dtype != np.uint8:
        raise ValueError(f"expected ({rows}, {columns}) uint8, got {value.shape} {value.dtype}")
    asked: Painting = rows, columns, encode(value)
    kept = memory(key, asked)
    settled: Painting = kept.settle(asked, reported(key, "painting"), partial(_read, rows, columns))
    _component()(
        key=key,
        data={
            "rows": rows,
            "columns": columns,
            "painting": {"turn": kept.turn, "value": settled[2]},
            "colour": theme.ACTIVATIONS,
            "text": _words(),
        },
        on_painting_change=callback(lambda: None),
    )
    return _pixels(settled)


@cache
def _component() -> ComponentRenderer:
    return declare("paint")


def _read(rows: int, columns: int, text: Any) -> Painting:
    """Return what the browser sent; raises TypeError or ValueError if it is no painting of that size."""
    painting: Painting = rows, columns, text
    _pixels(painting)
    return painting


def _pixels(painting: Painting) -> NDArray[np.uint8]:
    rows, columns, text = painting
    data = base64.b64decode(text, validate=True)
    return np.frombuffer(data, np.uint8).reshape(rows, columns).copy()


def _words() -> dict[str, str]:
    return {
        "name": t(
            "Grid of {rows} × {columns} pixels to paint on. Arrow keys move, Space paints, the digits 0 to 9 "
            "paint from black to white."
        ),
        "grey": t("Grey: {value}"),
        "clear": t("Clear"),
        "invert": t("Invert"),
        "position": t("Pixel [{row}, {column}] = {value}"),
    }
