"""What keeps the browser's history is sent until the browser has it, and not again."""

from streamlit.testing.v1 import AppTest

from tl_core.ui.history import steps


def script() -> None:
    import streamlit as st

    from tl_core.ui.history.steps import keep_steps

    keep_steps()
    st.text("below")


def components(app: AppTest) -> int:
    return len(app.get("bidi_component"))


def test_it_is_sent_until_the_browser_says_that_it_keeps_steps() -> None:
    app = AppTest.from_function(script, default_timeout=60).run()
    assert not app.exception and components(app) == 1
    assert components(app.run()) == 1, "a browser that was interrupted has to get it again"
    app.session_state[steps.KEPT_KEY] = True
    assert components(app.run()) == 0 and app.text[0].value == "below"


def test_what_the_browser_says_holds_for_this_session_only() -> None:
    first, second = (AppTest.from_function(script, default_timeout=60) for _ in range(2))
    first.session_state[steps.KEPT_KEY] = True
    assert components(first.run()) == 0
    assert components(second.run()) == 1
