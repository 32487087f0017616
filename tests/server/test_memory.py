"""A server's memory stays bounded, although nothing is collected after each run of a page."""

import os
from pathlib import Path

import psutil
import pytest
import streamlit as st

from tests.server.serving import drawn, finished, serve, visit

LEFT, VISITS = 140, 300
"""Streamlit keeps 128 left sessions for a while: these many are there before anything is measured."""
MOST_MB = 40


async def come_and_go(port: int, visits: int) -> None:
    """Open the home page, draw it again and close it, so many times."""
    for _ in range(visits):
        async with visit(port) as tab:
            assert "Transfer Learning Lab" in await drawn(tab)
            await drawn(tab)


def megabytes(process: psutil.Popen) -> float:
    return float(process.memory_info().rss) / 1e6


@pytest.mark.slow
def test_visits_that_come_and_go_leave_no_memory_behind(tmp_path: Path) -> None:
    # No scheduler listens there: only the server is looked at.
    own = {"TL_DATA_DIR": str(tmp_path), "TL_SCHEDULER": "tcp://127.0.0.1:9"}
    with serve({**os.environ, **own}) as (port, process):
        finished(come_and_go(port, LEFT))
        first = megabytes(process)
        finished(come_and_go(port, VISITS))
        assert megabytes(process) - first < MOST_MB


def test_streamlit_knows_the_option_and_the_lab_has_it_off() -> None:
    """It is hidden: another version may call it otherwise, and would not say so."""
    assert st.get_option("runner.postScriptGC") is False
