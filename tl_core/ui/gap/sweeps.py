"""Section "Sweeps": one number of the set-up changes, and every head's weights with it."""

from collections.abc import Sequence

import streamlit as st

from tl_core.head_math import HeadSetup
from tl_core.head_math.sweeps import AXES, Sweep, sweep
from tl_core.ui.charts import ABOVE, Properties, show_chart
from tl_core.ui.gap.setup import TITLES
from tl_core.ui.state import url_choice
from tl_core.ui.text import t, t_marked
from tl_core.ui.theme import class_colour
from tl_core.wording import N_

AXIS_TITLES = {
    "size": N_("Input size"),
    "channels": N_("Channels"),
    "units": N_("Units of the first Dense layer"),
}
SCALES = {"linear": N_("Linear"), "log": N_("Logarithmic")}
HEIGHT = 380


def show(setup: HeadSetup, poolings: Sequence[str]) -> None:
    """Draw the choice of what changes, and a line for each head."""
    left, right = st.columns(2)
    axis = left.segmented_control(
        t("What changes"),
        **url_choice("axis", AXES, default="size"),
        format_func=lambda name: t_marked(AXIS_TITLES[name]),
        required=True,
    )
    scale = right.segmented_control(
        t("Scale of the weights"),
        **url_choice("scale", list(SCALES), default="linear"),
        format_func=lambda name: t_marked(SCALES[name]),
        required=True,
    )
    found = sweep(setup, axis)
    _chart(setup, found, axis, scale, poolings)
    st.caption(_look_for(axis))


def _chart(setup: HeadSetup, found: Sweep, axis: str, scale: str, poolings: Sequence[str]) -> None:
    # A feature map grows by whole positions, so the lines are stairs.
    shape = "hv" if axis == "size" else "linear"
    lines: list[Properties] = []
    for index, pooling in enumerate(poolings):
        weights, colour = found.weights[pooling], class_colour(index)
        line = {
            "x": found.values,
            "y": weights,
            "name": t_marked(TITLES[pooling]),
            "line": {"color": colour, "width": 2.5, "shape": shape},
        }
        here = {
            "x": [found.values[found.current]],
            "y": [weights[found.current]],
            "mode": "markers",
            "marker": {"color": colour, "size": 12},
            "showlegend": False,
            "hoverinfo": "skip",
        }
        lines += [line, here]
    powers = axis != "size" and scale == "log"
    y_axis = {
        "title": t("Weights of the head"),
        "type": scale,
        "rangemode": "tozero",
        "exponentformat": "SI",
    }
    layout = {
        "height": HEIGHT,
        "xaxis": {"title": _axis_title(setup, axis), "type": "log" if powers else "linear"},
        "yaxis": y_axis,
        "hovermode": "x unified",
        "legend": ABOVE,
    }
    first, last = found.values[0], found.values[-1]
    ends = ", ".join(
        f"{t_marked(TITLES[pooling])} {found.weights[pooling][0]:,} → {found.weights[pooling][-1]:,}"
        for pooling in poolings
    )
    alt = t("Weights from {first} to {last}: {ends}.", first=first, last=last, ends=ends)
    show_chart(lines, layout, alt=alt, key="sweep")


def _axis_title(setup: HeadSetup, axis: str) -> str:
    if axis == "size":
        return (
            t("Input size (pixels)") if setup.backbone else t("Side of the feature map (positions)")
        )
    return t_marked(AXIS_TITLES[axis])


def _look_for(axis: str) -> str:
    return {
        "size": t(
            "The points are your set-up. Look for the shape: Flatten grows with the square of the size, GAP "
            "is a flat line, because a mean is one number however large the map is."
        ),
        "channels": t(
            "The points are your set-up. With many channels both grow in proportion to them, and the "
            "distance between them, on a logarithmic scale, nears the number of positions."
        ),
        "units": t(
            "The points are your set-up. Look for how few units Flatten could have for the weights that GAP "
            "has at 1,024."
        ),
    }[axis]
