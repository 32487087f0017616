"""A press is answered, also where its run is cut short before the button is drawn."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.redrawing import part_of, redraw, redraw_parts


def script() -> None:
    import streamlit as st

    from tl_core.ui import presses, state
    from tl_core.ui.errors import fragment

    def looks() -> None:
        st.button("look", key="look")
        if st.session_state.pop("news", False):
            st.rerun()  # as the engine's state does when the engine becomes ready

    def acts() -> None:
        size = st.slider("Size", 0, 9, key="size")
        if st.button("Told once", key="once"):
            st.session_state["once_answered"] = True
        if presses.pressed("Kept", key="kept"):
            st.session_state.setdefault("answered", []).append(size)

    state.enter_page("page", dict)
    fragment(looks)()
    if not st.session_state.get("hidden"):
        fragment(acts)()
    state.leave_page({})
    presses.forget()


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_function(script, default_timeout=60).run()


def answers(app: AppTest) -> list[int]:
    return list(app.session_state["answered"]) if "answered" in app.session_state else []


def test_press_is_answered_once_in_its_part_alone_or_on_the_page(app: AppTest) -> None:
    redraw(app, app.button(key="kept").click())
    app.run()
    assert answers(app) == [0]
    app.button(key="kept").click().run()
    app.run()
    assert answers(app) == [0, 0]


def test_press_outlives_a_part_that_has_the_whole_page_drawn(app: AppTest) -> None:
    app.session_state["news"] = True
    app.slider(key="size").set_value(4)
    app.button(key="kept").click()
    app.button(key="once").click()
    redraw_parts(app, [part_of(app, key) for key in ("look", "kept")])
    assert answers(app) == [4]  # with what the controls say by now
    assert "once_answered" not in app.session_state  # what Streamlit's own button does
    app.run()
    assert answers(app) == [4]


def test_press_of_a_button_that_is_gone_is_forgotten(app: AppTest) -> None:
    app.session_state["hidden"] = True
    app.button(key="kept").click().run()
    app.session_state["hidden"] = False
    app.run()
    assert answers(app) == []
