"""What an action brought stays to be read, though the page draws itself again, until the next action."""

import pytest
from streamlit.testing.v1 import AppTest

from tl_core.ui import news


def script() -> None:
    """A page with one action that has news, another that has none, and a control that calls nothing."""
    import streamlit as st

    from tl_core.ui import news, state
    from tl_core.ui.errors import callback

    state.enter_page(st.session_state.get("page", "first"))
    st.button("Change", on_click=callback(news.leave), args=["here", "It is changed."])
    st.button("Other", on_click=callback(lambda: None))
    st.toggle("Toggle")
    for place in ("here", "there"):
        if sentence := news.said(place):
            st.success(sentence)
    state.leave_page({})


@pytest.fixture
def changed() -> AppTest:
    app = AppTest.from_function(script, default_timeout=60).run()
    assert not said(app)
    app.button[0].click()
    assert said(app.run()) == ["It is changed."]
    return app


def said(app: AppTest) -> list[str]:
    assert not app.exception
    return [one.value for one in app.success]


def test_news_outlive_runs_that_the_page_begins_by_itself(changed: AppTest) -> None:
    for _ in range(3):
        assert said(changed.run()) == ["It is changed."]


def test_the_next_action_ends_them(changed: AppTest) -> None:
    changed.button[1].click()
    assert not said(changed.run())
    assert not said(changed.run())


def test_another_page_ends_them(changed: AppTest) -> None:
    changed.session_state["page"] = "second"
    assert not said(changed.run())


def test_an_action_without_a_callback_ends_them_once_they_could_be_read(
    changed: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed.toggle[0].set_value(True)
    assert said(changed.run()) == ["It is changed."]
    monkeypatch.setattr(news, "LEAST_SECONDS", 0.0)
    changed.toggle[0].set_value(False)
    assert not said(changed.run())
