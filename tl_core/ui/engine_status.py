"""The engine of this web process, and its state in the sidebar."""

from typing import Literal

import streamlit as st

from tl_core import settings
from tl_core.engine.client import Engine
from tl_core.engine.status import EngineState
from tl_core.housekeeping import sweep_when_due
from tl_core.machine.folders import report_trouble
from tl_core.machine.garbage import collect_in_background
from tl_core.machine.limits import allow_open_files
from tl_core.run_book import expected_cost
from tl_core.teacher.photos import check_photos
from tl_core.ui.errors import fragment
from tl_core.ui.text import escaped, say, t, tn

Colour = Literal["orange", "green", "blue", "red"]

POLL_SECONDS = 1.0
COMING = (EngineState.STARTING, EngineState.RESTARTING, EngineState.UNREACHABLE)
"""States that change without anybody's doing, so that the sidebar looks again by itself."""


@st.cache_resource(show_spinner=False)
def engine() -> Engine:
    """Return the one engine of this process; starting it takes no time here.

    Every page asks for it, so that this runs once, with the first visitor.
    """
    report_trouble()
    allow_open_files()
    if not st.get_option("runner.postScriptGC"):
        collect_in_background()
    started = Engine(settings.current(), sweep_when_due, expected_cost, check_photos)
    started.start()
    return started


def engine_ready() -> bool:
    """Whether a question would be answered now."""
    return engine().status.state not in COMING


def show_engine_status() -> None:
    """Draw the engine's state in words; it follows by itself until the engine is ready."""
    coming = not engine_ready()
    fragment(_status_line, run_every=POLL_SECONDS if coming else None)(coming)


def _status_line(was_coming: bool) -> None:
    status = engine().status
    looks: dict[EngineState, tuple[str, Colour, str]] = {
        EngineState.STARTING: (t("Engine starting"), "orange", "hourglass_top"),
        EngineState.READY: (t("Engine ready"), "green", "check_circle"),
        EngineState.BUSY: (
            tn("Engine busy ({n} job queued)", "Engine busy ({n} jobs queued)", status.queued)
            if status.queued
            else t("Engine busy"),
            "blue",
            "sync",
        ),
        EngineState.RESTARTING: (t("Engine restarting"), "orange", "restart_alt"),
        EngineState.UNREACHABLE: (t("Engine unreachable"), "red", "error"),
    }
    text, colour, icon = looks[status.state]
    explanation = t(
        "The engine trains and predicts in processes of its own. Pages that need no network work without it."
    )
    st.badge(text, icon=f":material/{icon}:", color=colour, help=explanation)
    for problem in status.problems:
        st.caption(f":orange[:material/warning:] {escaped(say(problem))}")
    if was_coming and status.state not in COMING:
        st.rerun()
