"""A part that runs alone keeps the address in step, and has the page drawn where that must know."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.redrawing import redraw
from tl_core.ui import redrawing


def script() -> None:
    import streamlit as st

    from tl_core.errors import LabError
    from tl_core.ui import state
    from tl_core.ui.errors import callback, fragment
    from tl_core.ui.redrawing import want_page

    def choose_elsewhere() -> None:
        st.session_state["seed"] = 7

    def follow() -> None:
        st.session_state["photo"] = "cat"

    def inner() -> None:
        st.slider("Zoom", **state.url_number("zoom", 0, 9, default=0))

    def part() -> None:
        st.text("part")
        size = st.slider("Size", **state.url_number("size", 0, 9, default=1))
        if size > 5:
            st.checkbox("Large", **state.url_flag("large"))
        st.button("Seed 7", key="seven", on_click=callback(choose_elsewhere))
        st.button("Cat", key="cat", on_click=callback(follow))
        st.button("By link", key="link", on_click=callback(state.take_link), args=[{"size": "3"}])
        st.slider("All", **state.url_number("all", 0, 9, default=0), on_change=callback(want_page))
        if size == 9:
            raise LabError("Nine is broken.")
        fragment(inner)()

    def app_wide() -> dict[str, str]:
        return {"photo": st.session_state["photo"]} if "photo" in st.session_state else {}

    state.enter_page("first", app_wide)
    st.text("page")
    st.number_input("Seed", **state.url_number("seed", 0, 9, default=0))
    fragment(part)()
    state.leave_page(app_wide())


@pytest.fixture
def app() -> AppTest:
    app = AppTest.from_function(script, default_timeout=60).run()
    assert drawn(app) == ["page", "part"]
    return app


def drawn(app: AppTest) -> list[str]:
    return [one.value for one in app.text]


def address(app: AppTest) -> dict[str, Any]:
    return {name: app.query_params[name] for name in app.query_params}


def move(app: AppTest, key: str, value: int) -> AppTest:
    return redraw(app, app.slider(key=key).set_value(value))


def test_a_change_in_a_part_draws_the_part_alone_and_is_in_the_address(app: AppTest) -> None:
    move(app, "size", 3)
    assert drawn(app) == ["part"] and not app.number_input
    assert address(app) == {"size": "3"}
    move(app, "zoom", 4)
    assert drawn(app) == [] and address(app) == {"size": "3", "zoom": "4"}
    app.run()
    assert address(app) == {"size": "3", "zoom": "4"}


def test_a_control_that_is_no_longer_drawn_leaves_the_address_and_comes_back(app: AppTest) -> None:
    move(app, "size", 6)
    redraw(app, app.checkbox(key="large").check())
    assert address(app) == {"size": "6", "large": "1"}
    move(app, "size", 2)
    assert address(app) == {"size": "2"}
    move(app, "size", 7)
    assert app.checkbox(key="large").value and address(app) == {"size": "7", "large": "1"}


@pytest.mark.parametrize(
    ("key", "wanted"),
    [("seven", {"seed": "7"}), ("cat", {"photo": "cat"}), ("link", {"size": "3"})],
)
def test_what_concerns_the_page_draws_the_page(
    app: AppTest, key: str, wanted: dict[str, str]
) -> None:
    redraw(app, app.button(key=key).click())
    assert drawn(app)[-2:] == ["page", "part"]
    assert address(app) == wanted
    move(app, "size", 4)
    assert drawn(app) == ["part"]


def test_a_part_can_want_the_page(app: AppTest) -> None:
    move(app, "all", 2)
    assert drawn(app)[-2:] == ["page", "part"] and address(app) == {"all": "2"}


def test_a_part_that_breaks_leaves_the_address_as_it_was(app: AppTest) -> None:
    move(app, "zoom", 4)
    app.run()
    move(app, "size", 9)
    assert [one.value for one in app.error] == ["Nine is broken."]
    assert address(app) == {"zoom": "4"}
    app.run()
    move(app, "size", 8)
    assert not app.error and address(app) == {"size": "8", "zoom": "4"}


def test_the_page_is_drawn_now_and_then_so_that_its_pictures_are_let_go(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redrawing, "MOST_REDRAWN", 3)
    found = []
    for value in (2, 3, 4, 5):
        found.append(drawn(move(app, "size", value)))
    assert found == [["part"], ["part"], found[2], ["part"]]
    assert found[2][-2:] == ["page", "part"]
