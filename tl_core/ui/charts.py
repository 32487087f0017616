"""The charts of all pages: same colours, same size rules, a description for each, nothing from outside.

Font, grid and background follow the page's theme (Streamlit's own Plotly template).

pandas is imported for Plotly, which asks it about every value as soon as it is there at all: half of it,
while another session's first table is importing it, would end the chart with an AttributeError.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd  # noqa: F401  see below
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from tl_core.ui.theme import ACTIVATIONS, NEGATIVE, POSITIVE, ZERO, class_colour, text_colour

BAR_HEIGHT = 42
"""Pixels for one bar of a bar chart, its gap included."""
CURVES_HEIGHT = 320
MOST_MARKERS = 40
"""Points of a line that are drawn one by one; more of them would hide it."""
SIGNED_SCALE = ((0.0, NEGATIVE), (0.5, ZERO), (1.0, POSITIVE))
CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
CHARACTER_WIDTH = 10
"""Pixels at `FONT_SIZE`: the room that the value beside the longest bar needs."""
MOST_WRITTEN = 8
FONT_SIZE = 15
FAINT = "rgba(128, 128, 128, 0.35)"
GUIDE = {"color": "#8a8f98", "width": 1.5}
FLAT: dict[str, Any] = {"margin": {"l": 0, "r": 0, "t": 8, "b": 0}, "dragmode": False}


def bar_chart(
    names: Sequence[str],
    values: Sequence[float],
    *,
    alt: str,
    texts: Sequence[str] | None = None,
    colours: Sequence[str] | None = None,
    largest: float | None = None,
    key: str | None = None,
) -> None:
    """Draw one horizontal bar a name, first name on top, each with its value written beside it.

    Args:
        names: translated names, or names of classes.
        values: length of each bar, from 0.
        alt: translated description for a screen reader.
        texts: what is written beside each bar; percentages of `values` by default.
        colours: one for each bar; those of the classes by default.
        largest: value of a bar of full length; the largest of `values` by default.
        key: of the chart, so that it moves instead of starting anew when the values change.
    """
    texts = texts or [f"{value:.1%}" for value in values]
    end = largest if largest is not None else max([*values, 0.0])
    bars = go.Bar(
        x=list(values),
        y=[str(position) for position in range(len(names))],
        orientation="h",
        text=list(texts),
        textposition="outside",
        cliponaxis=False,
        marker={"color": list(colours or map(class_colour, range(len(names))))},
        hoverinfo="skip",
    )
    layout = {
        "height": 16 + BAR_HEIGHT * len(names),
        "bargap": 0.35,
        "margin": FLAT["margin"] | {"r": CHARACTER_WIDTH * max(map(len, texts), default=0)},
        "xaxis": {"range": [0, end or 1], "visible": False, "fixedrange": True},
        "yaxis": {
            "autorange": "reversed",
            "tickvals": [str(position) for position in range(len(names))],
            "ticktext": list(names),
            "fixedrange": True,
            "ticks": "",
        },
    }
    show_chart(go.Figure(bars, FLAT | layout), alt=alt, key=key)


def curve_chart(
    curves: Mapping[str, Sequence[float]],
    *,
    alt: str,
    x_title: str,
    y_title: str,
    colours: Mapping[str, str] | None = None,
    y_range: tuple[float, float] | None = None,
    log: bool = False,
    faint: Sequence[Sequence[float]] = (),
    levels: Mapping[str, float] | None = None,
    marks: Mapping[str, float] | None = None,
    height: int = CURVES_HEIGHT,
    key: str | None = None,
) -> None:
    """Draw one line a name over 1, 2, 3 ..., with points while they are few: a single value shows too.

    Args:
        curves: translated name -> values; lines may differ in length, and NaN leaves a gap.
        alt: translated description for a screen reader.
        x_title: translated, with the unit, such as "Epoch".
        y_title: translated, with the unit.
        colours: name -> colour; those of the classes by default.
        y_range: lowest and highest value of the axis; fitted to the lines by default.
        log: whether the y axis is logarithmic; `y_range` is not looked at then.
        faint: lines without a name behind the others, such as those of earlier runs.
        levels: translated name -> value of a dashed line across, such as chance.
        marks: translated name -> position of a dotted line upwards, such as the best epoch.
        height: pixels.
        key: of the chart, so that it moves instead of starting anew when the values change.
    """
    figure = go.Figure(layout=FLAT | {"height": height})
    for values in faint:
        _add_faint(figure, values)
    for index, (name, values) in enumerate(curves.items()):
        colour = (colours or {}).get(name, class_colour(index))
        figure.add_scatter(
            x=list(range(1, len(values) + 1)),
            y=list(values),
            name=name,
            mode="lines+markers" if len(values) <= MOST_MARKERS else "lines",
            line={"color": colour, "width": 2.5},
            marker={"size": 6},
        )
    figure.update_xaxes(title=x_title, fixedrange=True, dtick=_whole([*curves.values(), *faint]))
    figure.update_yaxes(title=y_title, fixedrange=True, range=None if log else y_range)
    longest = max(map(len, [*curves.values(), *faint]), default=0)
    figure.update_xaxes(range=(0, longest + 0.5))
    if log:
        figure.update_yaxes(type="log", dtick=1, minor={"ticks": "inside"})
    small = {"size": FONT_SIZE - 2, "color": text_colour()}
    for name, level in (levels or {}).items():
        figure.add_hline(
            level,
            line=GUIDE | {"dash": "dash"},
            annotation={"text": name, "font": small},
            annotation_position="top left",
        )
    for number, (name, position) in enumerate((marks or {}).items()):
        late = position > longest / 2  # there is more room at the left
        figure.add_vline(
            position,
            line=GUIDE | {"dash": "dot"},
            annotation={"text": name, "font": small, "yshift": number * (FONT_SIZE + 2)},
            annotation_position="bottom left" if late else "bottom right",
        )
    figure.update_layout(
        hovermode="x unified", legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"}
    )
    show_chart(figure, alt=alt, key=key)


def _add_faint(figure: Any, values: Sequence[float]) -> None:
    figure.add_scatter(
        x=list(range(1, len(values) + 1)),
        y=list(values),
        mode="lines",
        line={"color": FAINT, "width": 1.5},
        hoverinfo="skip",
        showlegend=False,
    )


def number_grid(
    values: NDArray[np.floating],
    *,
    alt: str,
    signed: bool = True,
    colour: str = ACTIVATIONS,
    largest: float | None = None,
    height: int = 240,
    key: str | None = None,
) -> None:
    """Draw a small grid of numbers, each in its cell's colour: a kernel, a patch, a confusion matrix.

    Args:
        values: ``(rows, columns)``; up to 8 a side the numbers are written into the cells.
        alt: translated description for a screen reader.
        signed: white at zero, red above, blue below; otherwise from white to `colour`.
        colour: of the largest value where values have no sign.
        largest: the size of value that gets the full colour; the largest present by default.
        height: pixels.
        key: of the chart.
    """
    top = largest or float(np.max(np.abs(values), initial=0.0)) or 1.0
    cells = go.Heatmap(
        z=values,
        text=[[f"{value:.3g}" for value in row] for row in values],
        texttemplate="%{text}" if max(values.shape) <= MOST_WRITTEN else None,
        colorscale=list(SIGNED_SCALE) if signed else [(0.0, ZERO), (1.0, colour)],
        zmin=-top if signed else 0.0,
        zmax=top,
        showscale=False,
        xgap=2,
        ygap=2,
        hoverinfo="skip",
    )
    axis = {"visible": False, "fixedrange": True}
    layout = {
        "height": height,
        "xaxis": axis | {"constrain": "domain"},
        "yaxis": axis | {"autorange": "reversed", "scaleanchor": "x"},
    }
    show_chart(go.Figure(cells, FLAT | layout), alt=alt, key=key)


def show_chart(figure: Any, *, alt: str, key: str | None = None) -> None:
    """Draw a Plotly figure as all charts of the lab are drawn; `alt` is its translated description."""
    font = {"size": FONT_SIZE, "color": text_colour()}
    axes = {"tickfont": font, "title_font": font}
    figure.update_layout(font=font).update_xaxes(axes).update_yaxes(axes)
    st.plotly_chart(figure, width="stretch", config=CONFIG, alt=alt, key=key)


def _whole(lines: Sequence[Sequence[float]]) -> int | None:
    """Tick every whole number while there are few of them: no epoch 1.5."""
    longest = max(map(len, lines), default=0)
    return 1 if longest <= 12 else None
