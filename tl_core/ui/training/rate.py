"""The learning-rate range test: its plot, what it says, and a rate to take with a click."""

from dataclasses import dataclass
from math import log10
from typing import Any

import numpy as np
import streamlit as st

from tl_core import runs
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState
from tl_core.training import TrainingConfig
from tl_core.training.rate_finder import (
    HEAD,
    HIGHEST,
    LOWEST,
    RESULT,
    STEPS,
    TAIL,
    ZONES,
    Point,
    RateTestConfig,
    Reading,
    nearest,
    points_of,
    read,
    verdict,
    zones,
)
from tl_core.ui.charts import FAINT, FONT_SIZE, GUIDE, Properties, show_chart
from tl_core.ui.errors import callback
from tl_core.ui.job_panel import job_panel, start_button
from tl_core.ui.state import take_link, url_choice
from tl_core.ui.text import say, t, t_marked
from tl_core.ui.theme import ACTIVATIONS, CLASSES, WEIGHTS, text_colour
from tl_core.ui.training.more import RATES, rate_text

HEIGHT = 300
ZONE_COLOURS = {
    "slow": CLASSES[7],
    "learns": ACTIVATIONS,
    "fast": CLASSES[1],
    "unclear": CLASSES[7],
}
CONTROLS = {HEAD: "rate", TAIL: "fine_rate"}
"""Names of the sliders that hold the rate of each phase."""
EDGE = 0.1
"""Decades that are free at either end: room for a dot and for the last number."""
NARROW = 10.0
"""Highest by lowest rate of a zone at the right edge that would cut off its name."""
ROOM_ABOVE = 1.35
"""Height of the plot, times the loss at the start: where a loss has run away is of no interest."""
USUAL = Reading(learns_from=3e-4, too_fast_from=0.1, suggestion=None)
"""Zones of the drawing that stands where there is no test yet."""


@dataclass(frozen=True, kw_only=True)
class _Chosen:
    """The rate as the page has it, and which slider it is."""

    phase: str
    rate: float


def show_rate_test(config: TrainingConfig) -> None:
    """Draw the range test that belongs to these settings, or what it would show and a button to run it."""
    chosen = _choose_phase(config)
    test = RateTestConfig(phase=chosen.phase, training=config)
    above = st.container()
    run = runs.find_run(test.KIND, test.as_json()) or _offer(test)
    with above:
        if run and job_panel(run).state is JobState.DONE:
            _show_result(run, chosen)
        else:
            _show_idea(chosen)


def _choose_phase(config: TrainingConfig) -> _Chosen:
    """Ask which of two phases is meant; where there is one, it is that."""
    phase = TAIL if config.unfrozen else HEAD
    if config.unfrozen and config.epochs:
        titles = {HEAD: t("Head"), TAIL: t("Blocks and head")}
        phase = st.segmented_control(
            t("Rate of the phase"),
            **url_choice("rate_of", tuple(titles), default=HEAD),
            format_func=titles.__getitem__,
            required=True,
            help=t(
                "The two phases have a rate each: the head's first, then that of the unfrozen blocks."
            ),
        )
    return _Chosen(phase=phase, rate=config.learning_rate if phase == HEAD else config.fine_rate)


def _offer(test: RateTestConfig) -> Run | None:
    return start_button(
        t("Test learning rates"),
        t(
            "The test raises the rate with every step and watches the loss. Look for the middle zone: too "
            "slow and the loss stays where it is, too fast and it jumps up. Dashed: how such a curve looks "
            "as a rule; the test draws that of your images."
        ),
        lambda: runs.open_run(test.KIND, test.as_json()),
        icon=":material/speed:",
        width="stretch",
        help=t(
            "A short training of about 100 steps that nothing is kept of. It takes seconds; features that "
            "are missing are computed first, and the training will find them there."
        ),
    )


def _show_result(run: Run, chosen: _Chosen) -> None:
    points, planned = run.read(RESULT, lambda found: (points_of(found), int(found["steps"])))
    reading = read(points)
    stop = nearest(reading.suggestion, RATES) if reading.suggestion else None
    _show_curve(points, reading, stop, chosen)
    st.markdown(say(verdict(reading)))
    if stop == rate_text(chosen.rate):
        st.caption(t("The nearest stop of the slider, {rate}, is chosen.", rate=stop))
    elif stop:
        st.button(
            t("Take {rate}", rate=stop),
            icon=":material/check:",
            on_click=callback(take_link),
            args=[{CONTROLS[chosen.phase]: stop}],
            help=t("Sets the slider to the nearest stop; nothing is trained yet."),
        )
    st.caption(_caption(run, len(points), planned))


def _caption(run: Run, taken: int, planned: int) -> str:
    sentences = [
        t(
            "Look for the steepest fall of the line, well to the left of where it turns up. Each dot is the "
            "loss of one batch, the line is their mean, in which the latest count most. Nothing of the test "
            "is kept: the training begins with its own weights."
        )
    ]
    if run.config.get("epochs"):
        sentences.append(
            t("Before the test the head learned for {epochs} epochs.", epochs=run.config["epochs"])
        )
    if planned < STEPS:
        sentences.append(
            t("Steps are slow here, so the test takes {planned} of them.", planned=planned)
        )
    if taken < planned:
        sentences.append(t("After {taken} steps the loss had run away.", taken=taken))
    return " ".join(sentences)


def _show_curve(points: list[Point], reading: Reading, stop: str | None, chosen: _Chosen) -> None:
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


def _show_idea(chosen: _Chosen) -> None:
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


def _layout(reading: Reading, chosen: _Chosen, y_axis: Properties) -> Properties:
    """Return the layout of a plot over the rate, with the zones and the chosen rate in it."""
    bands = zones(reading)
    shapes = [
        _upright(low, high, type="rect", fillcolor=ZONE_COLOURS[name], opacity=0.16, line_width=0)
        for name, (low, high) in bands.items()
    ]
    shapes.append(_upright(chosen.rate, chosen.rate, type="line", line=GUIDE | {"dash": "dot"}))
    notes = [_band_name(name, low, high) for name, (low, high) in bands.items()]
    notes.append({"x": log10(chosen.rate), "y": 0, "xanchor": "right", "text": t("chosen")})
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
