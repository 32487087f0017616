"""A control's value comes from the URL, survives other pages and languages, and is never a traceback."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest


def script() -> None:
    """A page with one control of every kind; the session chooses page, language and the numbers' limits."""
    import streamlit as st

    from tl_core.errors import SettingInvalid
    from tl_core.ui import state

    def check(text: str) -> None:
        if text == "lost":
            raise SettingInvalid("There is no run {name}.", name=text)

    state.enter_page(st.session_state.get("page", "first"))
    if st.session_state.get("page") != "empty":
        labels = {"ko": {"a": "가", "b": "나"}}.get(st.session_state.get("lang", "en"), {})
        st.selectbox(
            "kind",
            **state.url_choice("kind", ["a", "b"], default="a"),
            format_func=lambda name: labels.get(name, name),
        )
        highest = st.session_state.get("highest", 512)
        st.slider("size", **state.url_number("size", 32, highest, default=224))
        st.number_input("rate", **state.url_number("rate", 0.0, 1.0, default=0.5, step=0.1))
        st.toggle("bias", **state.url_flag("bias", default=True))
        if st.session_state.get("wide", True):
            st.text_input("note", **state.url_text("note", default="", check=check))
    state.leave_page({"lang": st.session_state["lang"]} if "lang" in st.session_state else {})
    for sentence in state.notices():
        st.warning(sentence)


def page(**url: str) -> AppTest:
    app = AppTest.from_function(script, default_timeout=60)
    for name, value in url.items():
        app.query_params[name] = value
    return run(app)


def run(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def go(app: AppTest, name: str, **url: str) -> AppTest:
    """Follow a link of the app: the URL is what the link says, and nothing else."""
    for old in list(app.query_params):
        del app.query_params[old]
    app.session_state["page"] = name
    for key, value in url.items():
        app.query_params[key] = value
    return run(app)


def values(app: AppTest) -> tuple[Any, ...]:
    return (
        app.selectbox(key="kind").value,
        app.slider(key="size").value,
        app.number_input(key="rate").value,
        app.toggle(key="bias").value,
    )


USUAL = ("a", 224, 0.5, True)


def test_a_number_is_drawn_with_its_value_before_the_session_has_reached_the_browser() -> None:
    app = page(size="100")
    assert list(app.slider[0].proto.default) == [100] and app.number_input[0].proto.default == 0.5
    app.slider[0].set_value(300)
    assert list(run(app).slider[0].proto.default) == [300]


def test_without_a_url_everything_is_at_its_default_and_the_url_stays_empty() -> None:
    app = page()
    assert values(app) == USUAL
    assert dict(app.query_params) == {}
    assert not app.warning


def test_the_url_sets_every_kind_of_control() -> None:
    app = page(kind="b", size="64", rate="0.3", bias="0", note="hello")
    assert values(app) == ("b", 64, 0.3, False)
    assert app.text_input(key="note").value == "hello"
    assert dict(app.query_params) == {
        "kind": "b",
        "size": "64",
        "rate": "0.3",
        "bias": "0",
        "note": "hello",
    }


def test_a_changed_control_is_in_the_url_and_the_default_leaves_it() -> None:
    app = page()
    app.slider(key="size").set_value(100)
    run(app)
    assert dict(app.query_params) == {"size": "100"}
    app.slider(key="size").set_value(224)
    run(app)
    assert dict(app.query_params) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kind", "c"),  # no such option
        ("kind", ""),
        ("kind", "A"),
        ("size", "31"),  # below the range
        ("size", "513"),
        ("size", "64.5"),  # whole numbers only
        ("size", "large"),
        ("size", "9" * 5000),  # longer than Python turns into a number
        ("rate", "nan"),
        ("rate", "inf"),
        ("rate", "1e400"),
        ("bias", "yes"),
        ("bias", ""),
        ("note", "lost"),  # refused by the page's own check
    ],
)
def test_a_bad_value_in_the_url_is_the_default_with_one_sentence(name: str, value: str) -> None:
    app = page(**{name: value})
    assert values(app) == USUAL
    assert app.text_input(key="note").value == ""
    assert len(app.warning) == 1
    assert len(app.warning[0].value) < 200
    assert dict(app.query_params) == {}
    run(app)
    assert not app.warning  # once said, not said again


def test_markup_in_a_bad_value_is_shown_as_it_is() -> None:
    app = page(kind="![x](http://elsewhere/x.png)")
    assert "![" not in app.warning[0].value


def test_a_page_is_found_as_it_was_left() -> None:
    app = page()
    app.selectbox(key="kind").set_value("b")
    app.slider(key="size").set_value(100)
    run(app)
    go(app, "empty")
    go(app, "first")
    assert values(app) == ("b", 100, 0.5, True)
    assert dict(app.query_params) == {"kind": "b", "size": "100"}


def test_two_pages_may_use_the_same_name() -> None:
    app = page(kind="b")
    go(app, "second")
    assert values(app) == USUAL


def test_a_link_to_a_visited_page_wins_over_what_was_left_there() -> None:
    app = page(kind="b", size="64")
    go(app, "empty")
    go(app, "first", size="100")
    assert values(app) == ("b", 100, 0.5, True)


def test_a_choice_survives_the_change_of_all_labels() -> None:
    app = page()
    app.selectbox(key="kind").set_value("b")
    run(app)
    app.session_state["lang"] = "ko"
    run(app)
    assert app.selectbox(key="kind").options == ["가", "나"]
    assert app.selectbox(key="kind").value == "b"
    assert dict(app.query_params) == {"lang": "ko", "kind": "b"}


def test_a_number_that_another_control_leaves_outside_moves_to_the_nearest_end() -> None:
    app = page(size="500")
    app.session_state["highest"] = 300
    run(app)
    assert app.slider(key="size").value == 300
    assert not app.warning
    assert dict(app.query_params) == {"size": "300"}


def test_a_control_that_is_hidden_and_shown_again_keeps_its_value_but_not_its_place_in_the_url() -> (
    None
):
    app = page(note="hello")
    app.session_state["wide"] = False
    run(app)
    assert dict(app.query_params) == {}
    app.session_state["wide"] = True
    run(app)
    assert app.text_input(key="note").value == "hello"
    assert dict(app.query_params) == {"note": "hello"}


def test_unknown_parameters_leave_the_url() -> None:
    assert dict(page(utm="x", size="64").query_params) == {"size": "64"}
