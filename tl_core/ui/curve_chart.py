"""The chart of curves over epochs, with the levels and marks that guide the eye in it."""

from collections.abc import Mapping, Sequence
from math import isfinite, log10
from typing import Any

from tl_core.ui.charts import ABOVE, CURVES_HEIGHT, FAINT, FONT_SIZE, GUIDE, Properties, show_chart
from tl_core.ui.theme import background_colour, class_colour, text_colour

MOST_MARKERS = 40
"""Points of a line that are drawn one by one; more of them would hide it."""
SPARE = 0.06
"""Room above and below the lines, as a share of their height."""
FEW_EPOCHS = 12
"""Up to here every whole number of an axis is ticked: no epoch 1.5."""


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
        y_range: lowest and highest value of the axis; fitted to the lines with a name by default.
        log: whether the y axis is logarithmic; `y_range` is not looked at then.
        faint: lines without a name behind the others, such as those of earlier runs; they set no axis, and
            what lies outside of it is cut off.
        levels: translated name -> value of a dashed line across, such as chance.
        marks: translated name -> position of a dotted line upwards, such as the best epoch.
        height: pixels.
        key: of the chart, so that it moves instead of starting anew when the values change.
    """
    longest = max(map(len, curves.values()), default=0)
    faintly = {"line": {"color": FAINT, "width": 1.5}, "hoverinfo": "skip", "showlegend": False}
    lines = [_line(values, **faintly) for values in faint]
    for index, (name, values) in enumerate(curves.items()):
        colour = (colours or {}).get(name, class_colour(index))
        line = _line(values, name=name, line={"color": colour, "width": 2.5})
        if len(values) <= MOST_MARKERS:
            line |= {"mode": "lines+markers", "marker": {"size": 6}}
        lines.append(line)
    levels = dict(levels or {})
    # Names of two levels that are near each other would lie on one another: the lowest is below its line.
    lowest = min(levels, key=levels.__getitem__) if len(levels) > 1 else None
    notes = [_level(name, at, log=log, below=name == lowest) for name, at in levels.items()]
    for number, (name, position) in enumerate((marks or {}).items()):
        late = position > longest / 2  # there is more room at the left
        notes.append(_mark(name, position, number, late=late, above=_falls(curves)))
    y_axis: Properties = {"title": y_title}
    if log:
        y_axis |= {"type": "log", "dtick": 1, "minor": {"ticks": "inside"}}
    elif y_range:
        y_axis["range"] = y_range
    if faint and "range" not in y_axis:
        y_axis |= _fitted(list(curves.values()), log=log)
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


def _fitted(curves: Sequence[Sequence[float]], *, log: bool) -> Properties:
    """Return the range of an axis for these lines alone; a logarithmic axis wants exponents."""
    found = [
        value for curve in curves for value in curve if isfinite(value) and (value > 0 or not log)
    ]
    if not found:
        return {}
    low, high = (log10(end) if log else end for end in (min(found), max(found)))
    spare = SPARE * ((high - low) or 1.0)
    return {"range": (low - spare, high + spare)}


def _line(values: Sequence[float], **look: Any) -> Properties:
    places = {"x": list(range(1, len(values) + 1)), "y": list(values)}
    return {"mode": "lines"} | places | look


def _level(name: str, level: float, *, log: bool, below: bool) -> tuple[Properties, Properties]:
    """Return a dashed line across and its name; on a logarithmic axis a text wants the exponent."""
    ends = {"x0": 0, "x1": 1, "xref": "x domain", "y0": level, "y1": level}
    # On the right: that is where curves that rise have left the level of guessing.
    place = {"x": 1, "xref": "x domain", "xanchor": "right", "y": log10(level) if log else level}
    line = {"type": "line", "line": GUIDE | {"dash": "dash"}}
    # A mark's line may pass there: it does not strike the name out.
    note = _note(name) | {"bgcolor": background_colour()}
    return line | ends, note | place | ({"yanchor": "top"} if below else {})


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
