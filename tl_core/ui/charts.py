"""The charts of all pages: same colours, same size rules, a description for each, nothing from outside.

Font, grid and background follow the page's theme (Streamlit's own Plotly template).

pandas is imported for Plotly, which asks it about every value as soon as it is there at all: half of it,
while another session's first table is importing it, would end the chart with an AttributeError.
"""

import html
from collections.abc import Mapping, Sequence
from math import log10
from typing import Any

import numpy as np
import pandas as pd  # noqa: F401  see below
import streamlit as st
from numpy.typing import NDArray

from tl_core.statistics import Proportion
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
FEW_EPOCHS = 12
"""Up to here every whole number of an axis is ticked: no epoch 1.5."""
FONT_SIZE = 15
FAINT = "rgba(128, 128, 128, 0.35)"
GUIDE = {"color": "#8a8f98", "width": 1.5}
ABOVE = {"orientation": "h", "y": 1.02, "yanchor": "bottom"}
"""Where a legend stands: above the plot, so that it takes no width from it."""
Properties = dict[str, Any]
"""Plotly's own properties of a trace, of a layout, or of a part of one, as plain values."""
FLAT: Properties = {"margin": {"l": 0, "r": 0, "t": 8, "b": 0}, "dragmode": False}


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
    bars = {
        "type": "bar",
        "x": list(values),
        "y": [str(position) for position in range(len(names))],
        "orientation": "h",
        "text": list(texts),
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": list(colours or map(class_colour, range(len(names))))},
        "hoverinfo": "skip",
    }
    layout = {
        "height": 16 + BAR_HEIGHT * len(names),
        "bargap": 0.35,
        "margin": FLAT["margin"] | {"r": CHARACTER_WIDTH * max(map(len, texts), default=0)},
        "xaxis": {"range": [0, end or 1], "visible": False},
        "yaxis": {
            "autorange": "reversed",
            "tickvals": [str(position) for position in range(len(names))],
            "ticktext": [html.escape(name, quote=False) for name in names],  # Plotly reads HTML
            "ticks": "",
        },
    }
    show_chart([bars], layout, alt=alt, key=key)


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
    longest = max(map(len, [*curves.values(), *faint]), default=0)
    faintly = {"line": {"color": FAINT, "width": 1.5}, "hoverinfo": "skip", "showlegend": False}
    lines = [_line(values, **faintly) for values in faint]
    for index, (name, values) in enumerate(curves.items()):
        colour = (colours or {}).get(name, class_colour(index))
        line = _line(values, name=name, line={"color": colour, "width": 2.5})
        if len(values) <= MOST_MARKERS:
            line |= {"mode": "lines+markers", "marker": {"size": 6}}
        lines.append(line)
    notes = [_level(name, level, log=log) for name, level in (levels or {}).items()]
    for number, (name, position) in enumerate((marks or {}).items()):
        late = position > longest / 2  # there is more room at the left
        notes.append(_mark(name, position, number, late=late, above=_falls(curves)))
    y_axis: Properties = {"title": y_title}
    if log:
        y_axis |= {"type": "log", "dtick": 1, "minor": {"ticks": "inside"}}
    elif y_range:
        y_axis["range"] = y_range
    layout = {
        "height": height,
        "xaxis": {
            "title": x_title,
            "range": (0, longest + 0.5),
            "dtick": 1 if longest <= FEW_EPOCHS else None,
        },
        "yaxis": y_axis,
        "shapes": [shape for shape, _ in notes],
        "annotations": [text for _, text in notes],
        "hovermode": "x unified",
        "legend": ABOVE,
    }
    show_chart(lines, layout, alt=alt, key=key)


def _line(values: Sequence[float], **look: Any) -> Properties:
    places = {"x": list(range(1, len(values) + 1)), "y": list(values)}
    return {"mode": "lines"} | places | look


def _level(name: str, level: float, *, log: bool) -> tuple[Properties, Properties]:
    """Return a dashed line across and its name; on a logarithmic axis a text wants the exponent."""
    ends = {"x0": 0, "x1": 1, "xref": "x domain", "y0": level, "y1": level}
    # On the right: that is where curves that rise have left the level of guessing.
    place = {"x": 1, "xref": "x domain", "xanchor": "right", "y": log10(level) if log else level}
    line = {"type": "line", "line": GUIDE | {"dash": "dash"}}
    return line | ends, _note(name) | place


def _falls(curves: Mapping[str, Sequence[float]]) -> bool:
    """Whether the first line ends below its start: then the upper right is free, else the lower right."""
    first = next(iter(curves.values()), ())
    return bool(first) and first[-1] < first[0]


def _mark(
    name: str, position: float, number: int, *, late: bool, above: bool
) -> tuple[Properties, Properties]:
    """Return a dotted line upwards and its name, where there is room."""
    ends = {"x0": position, "x1": position, "y0": 0, "y1": 1, "yref": "y domain"}
    side = {"x": position, "xanchor": "right" if late else "left", "yref": "y domain"}
    height = number * (FONT_SIZE + 2)
    place = {"y": 1, "yanchor": "top", "yshift": -height} if above else {"y": 0, "yshift": height}
    line = {"type": "line", "line": GUIDE | {"dash": "dot"}}
    return line | ends, _note(name) | side | place


def _note(text: str) -> Properties:
    font = {"size": FONT_SIZE - 2, "color": text_colour()}
    return {"text": text, "font": font, "showarrow": False, "yanchor": "bottom"}


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
    cells = {
        "type": "heatmap",
        "z": values,
        "text": [[f"{value:.3g}" for value in row] for row in values],
        "texttemplate": "%{text}" if max(values.shape) <= MOST_WRITTEN else None,
        "colorscale": list(SIGNED_SCALE) if signed else [(0.0, ZERO), (1.0, colour)],
        "zmin": -top if signed else 0.0,
        "zmax": top,
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hoverinfo": "skip",
    }
    axis = {"visible": False}
    layout = {
        "height": height,
        "xaxis": axis | {"constrain": "domain"},
        "yaxis": axis | {"autorange": "reversed", "scaleanchor": "x"},
    }
    show_chart([cells], layout, alt=alt, key=key)


def interval_bars(found: Sequence[Proportion]) -> Properties:
    """Return the error bars of points at the accuracies of `found`: from end to end of each 95 % interval."""
    return {
        "array": [one.interval[1] - one.accuracy for one in found],
        "arrayminus": [one.accuracy - one.interval[0] for one in found],
    }


def show_chart(
    traces: Sequence[Properties],
    layout: Properties,
    *,
    alt: str,
    key: str | None = None,
) -> None:
    """Draw a Plotly chart as all charts of the lab are drawn.

    The chart is plain values, not a ``go.Figure``: to build one bit by bit takes ten times as long.

    Args:
        traces: Plotly's own properties of each; scatter where there is no ``type``.
        layout: Plotly's own properties; axes that are named there get the lab's font.
        alt: translated description for a screen reader.
        key: of the chart, so that it moves instead of starting anew when the values change.
    """
    font = {"size": FONT_SIZE, "color": text_colour()}
    axes = {
        name: {"tickfont": font, "fixedrange": True} | axis | {"title": _title(axis, font)}
        for name, axis in layout.items()
        if name.startswith(("xaxis", "yaxis"))
    }
    figure = {
        "data": [{"type": "scatter"} | dict(trace) for trace in traces],
        "layout": FLAT | dict(layout) | axes | {"font": font},
    }
    st.plotly_chart(figure, width="stretch", config=CONFIG, alt=alt, key=key)


def _title(axis: Properties, font: Properties) -> Properties:
    return {"text": axis.get("title", ""), "font": font}
