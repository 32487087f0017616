"""Of a page's sections only the chosen one runs; a lesson may fix it, and one alone needs no choice."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest


def script() -> None:
    import streamlit as st

    from tl_core.ui import lesson, state
    from tl_core.ui.frame import app_wide
    from tl_core.ui.sections import Section, choose_section

    def section(name: str) -> Section[[int]]:
        return Section(name=name, title=name.upper(), show=lambda n: st.text(f"{name} {n}"))

    state.enter_page("first")
    lesson.show()
    names = st.session_state.get("names", ["a", "b", "c"])
    choose_section([section(name) for name in names]).show(7)
    state.leave_page(app_wide())
    for sentence in state.notices():
        st.warning(sentence)


def page(*names: str, **url: str) -> AppTest:
    app = AppTest.from_function(script, default_timeout=60)
    if names:
        app.session_state["names"] = list(names)
    for name, value in url.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def said(app: AppTest) -> list[str]:
    return [text.value for text in app.text]


def address(app: AppTest) -> dict[str, Any]:
    return {name: app.query_params[name] for name in app.query_params}


def test_the_first_is_shown_until_another_is_chosen_and_only_that_one_runs() -> None:
    app = page()
    assert said(app) == ["a 7"] and address(app) == {}
    assert app.segmented_control[0].options == ["A", "B", "C"]
    app.segmented_control(key="section").set_value("b")
    app.run()
    assert said(app) == ["b 7"] and address(app) == {"section": "b"}


def test_a_lesson_fixes_the_section_of_its_link() -> None:
    app = page(section="c", hide="section")
    for _ in range(2):
        assert not app.segmented_control and said(app) == ["c 7"]
        app.run()
    assert address(app) == {"section": "c", "hide": "section"}


@pytest.mark.parametrize("hide", [{}, {"hide": "section"}])
def test_a_section_that_does_not_exist_is_the_first_with_one_sentence(hide: dict[str, str]) -> None:
    app = page(section="<b>", **hide)
    assert said(app) == ["a 7"] and len(app.warning) == 1
    assert address(app) == hide


def test_one_section_alone_is_shown_without_a_choice() -> None:
    app = page("only")
    assert said(app) == ["only 7"] and not app.segmented_control
    assert page("only", "other").segmented_control
