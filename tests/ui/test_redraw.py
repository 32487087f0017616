"""A control that concerns some parts of a page has only those drawn, with the address in step."""

from streamlit.testing.v1 import AppTest


def script() -> None:
    """A page with a part around all, and one in it; the session lists what was drawn."""
    import streamlit as st

    from tl_core.errors import LabError
    from tl_core.ui import state
    from tl_core.ui.errors import callback, fragment
    from tl_core.ui.redrawing import redraw
    from tl_core.ui.sections import draw_alone

    drawn = st.session_state.setdefault("drawn", [])

    def show() -> None:
        drawn.append("shown")
        st.text(f"{st.session_state['near']} {st.session_state['far']}")
        st.toggle("own", **state.url_flag("own"))

    def content() -> None:
        drawn.append("content")
        if st.session_state.get("breaks"):
            raise LabError("It broke.")
        near = state.url_number("near", 0, 9, default=0)
        far = state.url_number("far", 0, 9, default=0)
        st.number_input("near", **near, on_change=callback(lambda: redraw("shown")))
        st.number_input("far", **far, on_change=callback(lambda: redraw("nowhere")))
        fragment(show, key="shown")()

    drawn.append("page")
    state.enter_page("page")
    draw_alone(content, key="content")
    state.leave_page({})


def run(app: AppTest) -> list[str]:
    """Run, and return what was drawn."""
    before = len(app.session_state["drawn"]) if "drawn" in app.session_state else 0
    app.run()
    assert not app.exception
    found: list[str] = app.session_state["drawn"][before:]
    return found


def opened(**url: str) -> AppTest:
    app = AppTest.from_function(script, default_timeout=60)
    for name, value in url.items():
        app.query_params[name] = value
    assert run(app) == ["page", "content", "shown"]
    return app


def address(app: AppTest) -> dict[str, str]:
    return {name: str(value) for name, value in app.query_params.items()}


def test_only_the_part_that_depends_on_a_control_is_drawn_and_it_reads_the_new_value() -> None:
    app = opened()
    app.number_input(key="near").set_value(3)
    assert run(app) == ["shown"]
    assert [one.value for one in app.text] == ["3 0"]
    assert address(app) == {"near": "3"}


def test_what_is_drawn_alone_is_what_the_whole_page_would_draw() -> None:
    app = opened(far="5")
    app.number_input(key="near").set_value(3)
    run(app)
    alone = [one.value for one in app.text]
    assert run(app) == ["page", "content", "shown"]
    assert alone == [one.value for one in app.text] == ["3 5"]
    assert address(app) == {"near": "3", "far": "5"}


def test_a_part_that_is_not_on_the_page_has_everything_drawn() -> None:
    app = opened()
    app.number_input(key="far").set_value(4)
    assert run(app) == ["page", "content", "shown"]
    assert [one.value for one in app.text] == ["0 4"]
    assert address(app) == {"far": "4"}


def test_what_the_address_says_outlives_a_part_that_breaks() -> None:
    app = opened(near="7", own="1")
    app.session_state["breaks"] = True
    assert run(app) == ["page", "content"]
    assert [error.value for error in app.error] == ["It broke."]
    assert address(app) == {"near": "7", "own": "1"}
    app.session_state["breaks"] = False
    run(app)
    assert [one.value for one in app.text] == ["7 0"]


def test_what_the_address_says_outlives_a_page_that_breaks_as_it_opens() -> None:
    app = AppTest.from_function(script, default_timeout=60)
    app.session_state["breaks"] = True
    app.query_params["near"] = "7"
    assert run(app) == ["page", "content"]
    assert address(app) == {"near": "7"}


def test_the_address_follows_again_once_a_part_is_whole_again() -> None:
    app = opened()
    app.session_state["breaks"] = True
    run(app)
    app.session_state["breaks"] = False
    app.session_state["near"] = 4
    run(app)
    app.number_input(key="near").set_value(5)
    assert run(app) == ["shown"]
    assert address(app) == {"near": "5"}
