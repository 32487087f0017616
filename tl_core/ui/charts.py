"""The charts of all pages: same colours, same size rules, a description for each, nothing from outside.

Font, grid and background follow the page's theme (Streamlit's own Plotly template).

pandas is imported for Plotly, which asks it about every value as soon as it is there at all: half of it,
while another session's first table is importing it, would end the chart with an AttributeError.
"""

import html
import pickle
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd  # noqa: F401  see below
import streamlit as st
from numpy.typing import NDArray

from tl_core.statistics import Proportion
from tl_core.ui.figures import Written, is_plain
from tl_core.ui.projector import larger
from tl_core.ui.theme import ACTIVATIONS, NEGATIVE, POSITIVE, ZERO, class_colour, text_colour
from tl_core.wording import percent

BAR_HEIGHT = 42
"""Pixels for one bar of a bar chart, its gap included."""
CURVES_HEIGHT = 320
SIGNED_SCALE = ((0.0, NEGATIVE), (0.5, ZERO), (1.0, POSITIVE))
CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
CHARACTER_WIDTH = 10
"""Pixels at `FONT_SIZE`: the room that the value beside the longest bar needs."""
MOST_WRITTEN = 8
LARGEST_KEPT = 32_000
"""Bytes of a figure that is kept; a larger one, such as a picture, is seldom drawn twice."""
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
    texts = texts or [percent(value) for value in values]
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


def share_axis(**more: Any) -> Properties:
    """Return an axis of shares, 0..1, that are told as everywhere else: ``20 %``; its lines are `told`."""
    stops = [stop / 5 for stop in range(6)]
    return {"tickvals": stops, "ticktext": [percent(stop, digits=0) for stop in stops]} | more


def told(shares: Sequence[float | None]) -> Properties:
    """Return what a line says of each of its shares under the mouse, as `percent` writes it."""
    texts = ["" if share is None else percent(share) for share in shares]
    return {"customdata": texts, "hovertemplate": "%{customdata}"}


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
    on_click: Callable[[], None] | None = None,
) -> None:
    """Draw a Plotly chart as all charts of the lab are drawn.

    The chart is plain values, not a ``go.Figure``: to build one bit by bit takes ten times as long. One
    with arrays, which Plotly packs, that was drawn before, to the last value, is not looked through again.

    Args:
        traces: Plotly's own properties of each; scatter where there is no ``type``.
        layout: Plotly's own properties; axes that are named there get the lab's font.
        alt: translated description for a screen reader.
        key: of the chart, so that it moves instead of starting anew when the values change.
        on_click: what follows a click on a point, which `clicked` names then.
    """
    font = {"size": larger(FONT_SIZE), "color": text_colour()}
    axes = {
        name: {"tickfont": font, "fixedrange": True} | axis | {"title": _title(axis, font)}
        for name, axis in layout.items()
        if name.startswith(("xaxis", "yaxis"))
    }
    figure: Properties = {
        "data": [{"type": "scatter"} | _named(trace) for trace in traces],
        "layout": FLAT | dict(layout) | axes | {"font": font},
    }
    look: dict[str, Any] = {"width": "stretch", "config": CONFIG, "alt": alt, "key": key}
    if on_click:
        look |= {"on_select": on_click, "selection_mode": "points"}
    plain = all(map(is_plain, [*figure["data"], figure["layout"]]))
    st.plotly_chart(Written(figure) if plain else _looked_through(figure), **look)


def _looked_through(figure: Properties) -> Any:
    """Return a figure as Plotly takes it, which costs it ten times what drawing it costs."""
    packed = pickle.dumps(figure)
    return figure if len(packed) > LARGEST_KEPT else _kept(sha256(packed).digest(), figure)


@st.cache_resource(show_spinner=False, max_entries=200)
def _kept(digest: bytes, _figure: Properties) -> Any:
    """Return the figure for the whole process; the digest is that of all its values, so it fits no other."""
    return _figure_class()(**_figure)


@cache
def _figure_class() -> Any:
    from plotly.graph_objects import Figure  # here: a page without a chart need not wait for it

    class Kept(Figure):  # type: ignore[misc]
        """A figure that nobody changes, so that it is written out once."""

        def to_dict(self) -> Properties:
            if not hasattr(self, "_written"):
                self._written: Properties = super().to_dict()
            return self._written

    return Kept


def clicked(key: str) -> str:
    """Return the text that stands in ``customdata`` of the point that was clicked last, or nothing."""
    try:
        (point, *_) = st.session_state[key]["selection"]["points"]
        found = point["customdata"]
        return str(found[0] if isinstance(found, list) else found)
    except (KeyError, ValueError, TypeError, IndexError):  # the browser's word is any user's input
        return ""


def _named(trace: Properties) -> Properties:
    """Return a trace whose name, which may be that of a class, is no HTML to Plotly."""
    named = {"name": html.escape(str(trace["name"]), quote=False)} if trace.get("name") else {}
    return dict(trace) | named


def _title(axis: Properties, font: Properties) -> Properties:
    return {"text": axis.get("title", ""), "font": font}
