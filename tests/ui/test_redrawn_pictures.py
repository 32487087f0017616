"""Pictures of a part that runs alone: what the server keeps of them while nothing draws the page."""

import pytest
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.testing.v1 import AppTest, app_test

from tests.redrawing import redraw
from tl_core.ui import redrawing


def script() -> None:
    import numpy as np
    import streamlit as st

    from tl_core.ui import state
    from tl_core.ui.errors import fragment
    from tl_core.ui.pictures import show_picture

    def part() -> None:
        shade = st.slider("shade", **state.url_number("shade", 0, 200, default=0))
        for more in range(st.slider("number", **state.url_number("number", 1, 9, default=1))):
            show_picture(np.full((600, 600), shade + more, np.uint8), alt="a shade")

    state.enter_page("page")
    fragment(part)()
    state.leave_page({})


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> MediaFileManager:
    """Return the manager of pictures that all runs of a test share, as the runs of a server do."""
    manager = MediaFileManager(MemoryMediaFileStorage("/mock/media"))
    monkeypatch.setattr(app_test, "MediaFileManager", lambda storage: manager)
    return manager


def pictures(manager: MediaFileManager) -> int:
    return len(manager._file_metadata)


def test_a_picture_makes_way_for_the_one_that_is_drawn_in_its_place(kept: MediaFileManager) -> None:
    app = AppTest.from_function(script, default_timeout=60).run()
    for shade in range(10, 16):
        redraw(app, app.slider(key="shade").set_value(shade))
        assert pictures(kept) == 1


def test_what_is_left_of_many_pictures_is_let_go_when_the_page_is_drawn(
    kept: MediaFileManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redrawing, "MOST_REDRAWN", 4)
    app = AppTest.from_function(script, default_timeout=60).run()
    counts = []
    for number in (9, 1, 2, 2):
        redraw(app, app.slider(key="number").set_value(number))
        counts.append(pictures(kept))
    assert counts == [9, 9, 9, 2]
