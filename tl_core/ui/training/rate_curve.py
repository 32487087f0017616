"""The plot of a range test: its curve, the zones of rates, the chosen rate and the suggested one."""

from math import log10
from typing import Any

import numpy as np

from tl_core.training.rate_finder import HIGHEST, LOWEST, Point
from tl_core.training.rate_reading import ZONES, Reading, zones
from tl_core.ui.charts import FAINT, FONT_SIZE, GUIDE, Properties, show_chart
from tl_core.ui.text import t, t_marked
from tl_core.ui.theme import ACTIVATIONS, CLASSES, WEIGHTS, text_colour

HEIGHT = 300
ZONE_COLOURS = {
    "slow": CLASSES[7],
    "learns": ACTIVATIONS,
    "fast": CLASSES[1],
    "unclear": CLASSES[7],
}
EDGE = 0.1
"""Decades that are free at either end: room for a dot and for the last number."""
NARROW = 10.0
"""Highest by lowest rate of a zone at the right edge that would cut off its name."""
ROOM_ABOVE = 1.35
"""Height of the plot, times the loss at the start: where a loss has run away is of no interest."""
USUAL = Reading(learns_from=3e-4, too_fast_from=0.1, suggestion=None)
"""Zones of the drawing that stands where there is no test yet."""


def show_curve(points: list[Point], reading: Reading, stop: str | None, chosen: float) -> None:
    """Draw the curve of a test.

    Args:
        points: of a finished test, at least one.
        reading: what they say.
        stop: the stop of the slider that is suggested, or None.
        chosen: the rate as the page has it.
    """
    rates = [point.rate for point in points]
    smoothed = [point.smoothed for point in points]
    lines: list[Properties] = [
        {
            "x": rates,
            "y": [point.loss for point in points],
            "mode": "markers",
            "marker": {"color": FAINT, "size": 5},
            "hoverinfo": "skip",
        },
        {
            "x": rates,
            "y": smoothed,
            "mode": "lines",
            "line": {"color": WEIGHTS, "width": 3},
            "hovertemplate": "%{x:.1e}: %{y:.2f}<extra></extra>",
        },
    ]
    if stop:
        lines.append(
            {
                "x": [float(stop)],
                "y": [np.interp(log10(float(stop)), np.log10(rates), smoothed)],
                "mode": "markers+text",
                "marker": {"color": ACTIVATIONS, "size": 13, "symbol": "diamond"},
                "text": [t("suggested")],
                "textposition": "top right",
                "hoverinfo": "skip",
            }
        )
    first = np.nan_to_num(smoothed[: max(len(points) // 10, 1)], nan=1.0, posinf=1.0)
    show_chart(
        lines,
        _layout(reading, chosen, {"range": [0, ROOM_ABOVE * float(max(first))]}),
        alt=t(
            "Loss while the learning rate grows from {low} to {high}: {zones}.",
            low=f"{LOWEST:g}",
            high=f"{rates[-1]:.1g}",
            zones=_zones_text(reading),
        ),
        key="rate_test",
    )


def _zones_text(reading: Reading) -> str:
    return ", ".join(
        f"{t_marked(ZONES[name])} {low:.1g} – {high:.1g}"
        for name, (low, high) in zones(reading).items()
    )


def show_idea(chosen: float) -> None:
    """Draw how such a curve looks as a rule: no numbers, because nothing was measured."""
    steps = np.linspace(log10(LOWEST), log10(HIGHEST), 80)
    fall = 1 / (1 + np.exp(3 * (steps + 2.3)))
    rise = np.exp(5 * (steps + 0.75))
    line = {
        "x": 10**steps,
        "y": 0.2 + 0.6 * fall + rise,
        "mode": "lines",
        "line": {"color": FAINT, "width": 3, "dash": "dash"},
        "hoverinfo": "skip",
    }
    show_chart(
        [line],
        _layout(USUAL, chosen, {"range": [0, 1.1], "showticklabels": False}),
        alt=t(
            "A sketch, nothing measured: the loss stays where it is at small rates, falls at medium ones and "
            "jumps up at large ones."
        ),
        key="rate_test",
    )


def _layout(reading: Reading, chosen: float, y_axis: Properties) -> Properties:
    """Return the layout of a plot over the rate, with the zones and the chosen rate in it."""
    bands = zones(reading)
    shapes = [
        _upright(low, high, type="rect", fillcolor=ZONE_COLOURS[name], opacity=0.16, line_width=0)
        for name, (low, high) in bands.items()
    ]
    shapes.append(_upright(chosen, chosen, type="line", line=GUIDE | {"dash": "dot"}))
    notes = [_band_name(name, low, high) for name, (low, high) in bands.items()]
    notes.append({"x": log10(chosen), "y": 0, "xanchor": "right", "text": t("chosen")})
    same = {
        "yref": "paper",
        "showarrow": False,
        "font": {"size": FONT_SIZE - 2, "color": text_colour()},
    }
    x_axis = {
        "title": t("Learning rate"),
        "type": "log",
        "range": [log10(LOWEST) - EDGE, log10(HIGHEST) + EDGE],
        "dtick": 1,
        "exponentformat": "power",
    }
    return {
        "height": HEIGHT,
        "showlegend": False,
        "shapes": shapes,
        "annotations": [note | same for note in notes],
        "xaxis": x_axis,
        "yaxis": {"title": t("Loss")} | y_axis,
    }


def _upright(low: float, high: float, **style: Any) -> Properties:
    """Return a shape between two rates, from the bottom of the plot to its top, below the lines."""
    ends = {"x0": low, "x1": high, "y0": 0, "y1": 1, "yref": "paper"}
    return ends | {"layer": "below"} | style


def _band_name(name: str, low: float, high: float) -> Properties:
    """Return the note in a band; on a logarithmic axis a note, unlike a shape, wants the exponent."""
    cut_off = high == HIGHEST and high / low < NARROW
    return {
        "x": log10(high if cut_off else (low * high) ** 0.5),
        "xanchor": "right" if cut_off else "center",
        "y": 1,
        "text": t_marked(ZONES[name]).replace(" ", "<br>"),
    }
