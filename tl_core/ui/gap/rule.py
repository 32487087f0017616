"""Section "The rule": many channels, GAP; few channels, Flatten; with the measurement behind it."""

import streamlit as st

from tl_core.head_math import HeadSetup
from tl_core.head_math.rule import EVIDENCE, FEW, MANY, standing
from tl_core.statistics import Proportion
from tl_core.ui.charts import ABOVE, interval_bars, share_axis, show_chart, told
from tl_core.ui.gap.setup import TITLES
from tl_core.ui.text import say, t
from tl_core.ui.theme import class_colour, text_colour
from tl_core.wording import percent

HEIGHT = 380


def show(setup: HeadSetup) -> None:
    """Draw the rule, where this set-up stands and why, and the evidence."""
    found = standing(setup)
    st.subheader(
        t("This set-up: {head}", head=TITLES[found.take])
        if found.take
        else t("This set-up: measure it"),
        anchor=False,
    )
    st.markdown(
        t(
            "Many channels: GAP. Few channels: Flatten. Up to {few} channels Flatten was ahead at every "
            "point of our measurement, from {many} on no difference was shown.",
            few=FEW,
            many=MANY,
        )
    )
    st.info(say(found.sentence), icon=":material/straighten:")
    _evidence(setup.feature_map[2])
    st.caption(
        t(
            "Measured: the built-in set, EfficientNet-Lite0 at 160 px, only the first channels of its 5 × 5 "
            "× 1,280 map, no hidden layer, three seeds together ({n} held-out guesses a point); the bars "
            "are 95 % intervals. The dashed line is your set-up. Look for where the two lines meet. One data "
            "set is one data set: section Measure it repeats this with yours.",
            n=EVIDENCE[0].n,
        )
    )


def _evidence(channels: int) -> None:
    ticks = [point.channels for point in EVIDENCE]
    lines = []
    for index, pooling in enumerate(("flatten", "gap")):
        found = [Proportion(correct=getattr(point, pooling), n=point.n) for point in EVIDENCE]
        line = {
            "x": ticks,
            "y": [one.accuracy for one in found],
            "name": TITLES[pooling],
            "mode": "lines+markers",
            "line": {"color": class_colour(index), "width": 2.5},
            "error_y": interval_bars(found) | {"thickness": 1.5},
        }
        lines.append(line | told([one.accuracy for one in found]))
    here = {
        "type": "line",
        "x0": channels,
        "x1": channels,
        "y0": 0,
        "y1": 1,
        "yref": "y domain",
        "line": {"dash": "dash", "color": text_colour(), "width": 1.5},
    }
    layout = {
        "height": HEIGHT,
        "shapes": [here],
        "xaxis": {"title": t("Channels"), "type": "log", "tickvals": ticks},
        "yaxis": share_axis(title=t("Validation accuracy")),
        "hovermode": "x unified",
        "legend": ABOVE,
    }
    points = ", ".join(
        t(
            "{channels} channels: Flatten {flatten}, GAP {gap}",
            channels=point.channels,
            flatten=percent(point.flatten / point.n),
            gap=percent(point.gap / point.n),
        )
        for point in EVIDENCE
    )
    show_chart(lines, layout, alt=t("Accuracy of both heads: {ends}.", ends=points), key="evidence")
