"""The sidebar says what somebody should mend about the engine."""

import os
import re

import pytest
import streamlit as st

from tests.app.conftest import words
from tests.engine.conftest import wait_for
from tl_core import files
from tl_core.engine.client import Engine
from tl_core.engine.status import EngineState, EngineStatus
from tl_core.errors import EngineUnavailable
from tl_core.ui.engine_status import engine
from tl_core.ui.text import CUT

REFUSAL = EngineUnavailable("The worker on {host} gets no work: it lacks keras.", host="*host-2*")


def test_cluster_out_of_reach_is_explained_in_the_sidebar(open_page, monkeypatch):
    monkeypatch.setattr("tl_core.engine.connection.CONNECT_SECONDS", 3)  # long enough to be refused
    open_page()
    wait_for(lambda: engine().status.problems)
    shown = words(open_page()).replace("\\", "").replace(CUT, "")  # Markdown's
    # On a busy machine the last of several attempts may end by its time.
    reason = r"(Connection refused|Timed out trying to connect to tcp://127\.0\.0\.1:9 after 3 s)"
    assert re.search(rf"No scheduler answers at tcp://127\.0\.0\.1:9 \({reason}\)\. Start", shown)
    assert "compare TL_SCHEDULER and TL_CERTIFICATE" in shown


def test_the_engine_of_the_app_tidies_up_the_data_folder(open_page, tmp_path):
    old, own = (tmp_path / "queues" / f"{name}.json" for name in "ab")
    for path in (old, own):
        files.write_json(path, {})
    os.utime(old, (0, 0))
    open_page()
    wait_for(lambda: not old.exists())
    assert own.exists()


@pytest.mark.parametrize("state", [EngineState.READY, EngineState.STARTING])
def test_refused_worker_is_named_as_it_is_beside_every_state(open_page, monkeypatch, state):
    status = EngineStatus(state=state, running=0, queued=0, problems=(REFUSAL,))
    monkeypatch.setattr(Engine, "status", property(lambda _: status))
    app = open_page()
    assert any(r"\*host-2\* gets no work" in caption.value for caption in app.sidebar.caption)


def test_nothing_is_said_where_there_is_nothing_to_mend(open_page, monkeypatch):
    status = EngineStatus(state=EngineState.READY, running=0, queued=0)
    monkeypatch.setattr(Engine, "status", property(lambda _: status))
    assert "gets no work" not in words(open_page())
    assert "No scheduler" not in words(open_page())


@pytest.mark.parametrize("by_streamlit", [False, True])
def test_garbage_is_collected_once_by_the_lab_or_by_streamlit(open_page, monkeypatch, by_streamlit):
    begun = []
    monkeypatch.setattr("tl_core.ui.engine_status.collect_in_background", lambda: begun.append(1))
    options = {"runner.postScriptGC": by_streamlit}
    option = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: options.get(name, option(name)))
    open_page()
    open_page()
    assert begun == ([] if by_streamlit else [1])


@pytest.mark.parametrize(
    ("page", "url", "expected"),
    [
        ("pages/3_train.py", {}, 1),
        ("pages/2_gap_vs_flatten.py", {"section": "measure"}, 1),
        ("pages/2_gap_vs_flatten.py", {}, 0),  # nothing trains there
    ],
)
def test_the_engine_expects_a_training_where_somebody_can_ask_for_one(
    open_page, monkeypatch, page, url, expected
):
    told = list[Engine]()
    monkeypatch.setattr(Engine, "expect_training", lambda engine: told.append(engine))
    open_page(page, **url)
    assert min(len(told), 1) == expected
