"""What a part that runs alone does to the address where the page, or a part of it, is not whole."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.redrawing import part_of, redraw_part


def script() -> None:
    """A page that can stop at its start or its end, or break in its content or in a part of that."""
    import streamlit as st

    from tl_core.errors import LabError
    from tl_core.ui import state
    from tl_core.ui.errors import callback, fragment
    from tl_core.ui.redrawing import redraw
    from tl_core.ui.sections import draw_alone

    drawn = st.session_state.setdefault("drawn", [])

    def troubled_by(what: str) -> bool:
        return bool(st.session_state["trouble"] == what)

    def side() -> None:
        drawn.append("side")
        st.button("look", key="look")

    def poll() -> None:
        drawn.append("poll")
        st.button("tick", key="tick")

    def inner() -> None:
        drawn.append("inner")

    def outer() -> None:
        drawn.append("outer")
        if troubled_by("outer"):
            raise LabError("It broke.")
        fragment(inner, key="inner")()

    def other() -> None:
        drawn.append("other")
        st.toggle("own", **state.url_flag("own"))

    def content() -> None:
        drawn.append("content")
        st.button("again", key="again")
        if troubled_by("content"):
            raise LabError("It broke.")
        st.number_input("near", **state.url_number("near", 0, 9, default=0))
        st.number_input(
            "both",
            **state.url_number("both", 0, 9, default=0),
            on_change=callback(lambda: redraw("outer", "other")),
        )
        st.number_input(
            "nested",
            **state.url_number("nested", 0, 9, default=0),
            on_change=callback(lambda: redraw("outer", "inner")),
        )
        fragment(outer, key="outer")()
        fragment(other, key="other")()

    drawn.append("page")
    state.enter_page("page")
    fragment(side)()
    fragment(poll, run_every=60)()
    if troubled_by("start"):
        st.stop()
    draw_alone(content)
    if troubled_by("end"):
        st.stop()
    state.leave_page({})


WHOLE = ["page", "side", "poll", "content", "outer", "inner", "other"]
PARTS = {"side": "look", "poll": "tick", "content": "again", "other": "own"}
"""A control of each part that the tests draw alone."""


class Page:
    """The page in one session; after a part was drawn alone ``AppTest`` knows nothing of the others."""

    def __init__(self, trouble: str = "", **url: str) -> None:
        self.app = AppTest.from_function(script, default_timeout=60)
        self.app.query_params.update(url)
        self.app.session_state["trouble"] = ""
        self.app.run()
        self.parts = {name: part_of(self.app, PARTS[name]) for name in PARTS}
        if trouble:
            self.app = AppTest.from_function(script, default_timeout=60)
            self.app.query_params.update(url)
            self.app.session_state["trouble"] = trouble
            self.app.run()
        assert not self.app.exception

    def drawn_by(self, part: str = "", **changes: Any) -> list[str]:
        """Draw a part alone after these changes, or without one the page; returns what was drawn."""
        for name, value in changes.items():
            self.app.session_state[name] = value
        before = len(self.app.session_state["drawn"])
        if part:
            redraw_part(self.app, self.parts[part])
        else:
            self.app.run()
        found: list[str] = self.app.session_state["drawn"][before:]
        return found

    @property
    def address(self) -> dict[str, str]:
        return {name: value for name, (value,) in self.app.query_params.items()}


@pytest.mark.parametrize("trouble", ["start", "content", "end"])
@pytest.mark.parametrize("part", ["side", "poll"])
def test_what_a_page_that_did_not_open_was_asked_for_outlives_a_part_that_runs_alone(
    trouble: str, part: str
) -> None:
    page = Page(trouble, near="7", own="1")
    for _ in range(2):
        assert page.drawn_by(part)[0] == part
        assert page.address == {"near": "7", "own": "1"}
    page.drawn_by(trouble="")
    assert page.app.number_input(key="near").value == 7 and page.app.toggle(key="own").value
    assert page.address == {"near": "7", "own": "1"}


def test_the_address_follows_again_once_a_page_that_broke_as_it_opened_is_whole() -> None:
    page = Page("content", near="7", own="1")
    assert page.drawn_by("content") == ["content"]
    assert [one.value for one in page.app.error] == ["It broke."]
    assert page.drawn_by("content", trouble="")[-len(WHOLE) :] == WHOLE
    assert page.address == {"near": "7", "own": "1"}
    assert page.drawn_by("content", near=3)[0] == "content"
    assert page.address == {"near": "3", "own": "1"}


def test_another_part_does_not_make_up_for_the_one_that_broke() -> None:
    page = Page(near="7", own="1")
    page.drawn_by("content", trouble="content")
    assert page.drawn_by("side") == ["side"]
    assert page.address == {"near": "7", "own": "1"}
    assert "page" not in page.drawn_by("content", trouble="", near=5)
    assert page.address == {"near": "5", "own": "1"}


def test_the_address_follows_again_after_a_part_broke_that_a_control_had_drawn() -> None:
    page = Page()
    page.app.number_input(key="both").set_value(3)
    assert page.drawn_by(trouble="outer") == ["outer", "other", *WHOLE[:-2], "other"]
    page.drawn_by("other", trouble="", own=True)
    assert page.address == {"both": "3", "own": "1"}
    assert page.drawn_by("other", own=False) == ["other"]
    assert page.address == {"both": "3"}


def test_a_part_that_is_drawn_inside_another_is_not_awaited_any_more() -> None:
    page = Page()
    page.app.number_input(key="nested").set_value(3)
    assert page.drawn_by() == ["outer", "inner"]
    assert page.address == {"nested": "3"}
    assert page.drawn_by("other", own=True) == ["other"]
    assert page.address == {"nested": "3", "own": "1"}


def test_a_page_that_broke_once_is_drawn_for_the_next_change_but_not_for_a_look() -> None:
    page = Page()
    assert page.drawn_by("side", trouble="end", near=1) == ["side", *WHOLE]
    assert page.address == {}
    assert page.drawn_by("poll", trouble="", near=2) == ["poll"]
    assert page.drawn_by("side") == ["side", *WHOLE]
    assert page.address == {"near": "2"}
    assert page.drawn_by("side") == ["side"]
