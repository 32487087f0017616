"""How long each head takes for an answer: measured in a worker while it has nothing else to do."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from tl_core.engine.questions import HEAD_TIMES
from tl_core.head_math import HeadSetup
from tl_core.head_math.times import MOST_TIMED, HeadTime, HeadTimes
from tl_core.ui.asking import Measurement, until_known
from tl_core.ui.errors import callback
from tl_core.ui.gap.setup import TITLES
from tl_core.ui.text import t, t_marked

AGAIN_KEY = "_heads_timed_again"


def show_times(setup: HeadSetup, poolings: Sequence[str]) -> None:
    """Draw the time of one answer of every head; never waits."""
    st.subheader(t("Time for one photo"), anchor=False)
    heads = tuple(setup.with_pooling(pooling) for pooling in poolings)
    again = int(st.session_state.get(AGAIN_KEY, 0))
    measured = Measurement(HEAD_TIMES, version=again, feature_map=setup.feature_map, heads=heads)
    until_known(
        lambda: measured.answer is not None or measured.failed, partial(_draw, measured, poolings)
    )


def _draw(measured: Measurement[HeadTimes], poolings: Sequence[str]) -> None:
    measured.begin()  # again, while the engine starts or is busy
    found = measured.answer
    if found is None:
        st.caption(
            t("These times could not be measured; the engine's log says why.")
            if measured.failed
            else t("Timed as soon as the engine has nothing else to do …")
        )
        return
    header = [t("Head"), t("Median"), t("Middle half of the runs"), t("Fastest"), t("Times run")]
    lines = [f"| {' | '.join(header)} |", "|:--|--:|--:|--:|--:|"]
    lines += [_line(t_marked(TITLES[pooling]), found.heads.get(pooling)) for pooling in poolings]
    st.markdown("\n".join(lines))
    if any(time.disturbed for time in found.heads.values()):
        st.caption(
            t("Half of the runs are far apart: the machine was busy, and the fastest says more.")
        )
    st.button(t("Time them again"), icon=":material/timer:", on_click=callback(_again))
    st.caption(
        t(
            "From the feature map to the outputs, one photo at a time, in a worker of this lab with "
            "{threads} threads; the heads take turns, so that what else the machine does slows both alike. "
            "The backbone in front of them is not in it, and is the same for every head. Look for how much "
            "less the times differ than the weights do: of a small head most is the call itself.",
            threads=found.threads,
        )
    )


def _again() -> None:
    st.session_state[AGAIN_KEY] = int(st.session_state.get(AGAIN_KEY, 0)) + 1


def _line(title: str, time: HeadTime | None) -> str:
    if time is None:
        cells = [t("not timed: more than {most} weights", most=f"{MOST_TIMED:,}"), "", "", ""]
    else:
        between = f"{_milliseconds(time.low)} – {_milliseconds(time.high)}"
        median, fastest = _milliseconds(time.milliseconds), _milliseconds(time.fastest)
        cells = [f"**{median}**", between, fastest, str(time.runs)]
    return f"| {title} | {' | '.join(cells)} |"


def _milliseconds(value: float) -> str:
    return t("{n} ms", n=f"{value:.2f}" if value < 10 else f"{value:,.0f}")
