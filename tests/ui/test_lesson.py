"""A lesson link says the teacher's sentence, hides controls, and stays what it is; it is never trusted."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from tl_core.ui.text import CUT


def script() -> None:
    """A page with two controls and a group of them, as a page with lessons draws them."""
    import streamlit as st

    from tl_core.ui import lesson, state
    from tl_core.ui.frame import app_wide

    state.enter_page("first")
    lesson.show()
    for name in ("size", "rate"):
        with lesson.part(name):
            value = st.slider(name, **state.url_number(name, 0, 100, default=10))
        st.markdown(f"{name} = {value}")
    with lesson.part("more"), st.expander("More"):
        left, right = st.columns(2)
        with left, st.popover("Even more"):
            kind = st.selectbox("Kind", **state.url_choice("kind", ("a", "b"), default="a"))
        on = right.toggle("On", **state.url_flag("on"))
        right.button("Press")
        st.caption("Of more")
    st.text(f"{kind} {on}")
    lesson.maker({"size": "The size", "rate": "The rate", "more": "More"})
    state.leave_page(app_wide())
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


def shown(app: AppTest) -> list[str | None]:
    return [slider.key for slider in app.slider]


def address(app: AppTest) -> dict[str, Any]:
    return {name: app.query_params[name] for name in app.query_params}


def test_without_a_lesson_nothing_is_said_and_nothing_hidden() -> None:
    app = page()
    assert not app.info
    assert shown(app) == ["size", "rate"]
    assert address(app) == {}


def test_the_sentence_is_shown_and_a_hidden_control_keeps_its_value_of_the_link() -> None:
    app = page(lesson="Make it small", hide="size", size="7")
    assert [info.value for info in app.info] == ["Make it small"]
    assert shown(app) == ["rate"]
    assert [text.value for text in app.markdown] == ["size = 7", "rate = 10"]


def test_a_lesson_survives_reruns_and_changes_of_other_controls() -> None:
    url = {"lesson": "Make it small", "hide": "size", "size": "7"}
    app = page(**url)
    app.slider(key="rate").set_value(20)
    run(run(app))
    assert app.info[0].value == "Make it small"
    assert shown(app) == ["rate"]
    assert address(app) == {**url, "rate": "20"}


def test_a_hidden_group_leaves_nothing_and_its_controls_keep_their_values_through_every_rerun() -> (
    None
):
    url = {"kind": "b", "on": "1"}
    app = page(**url)
    assert [one.key for one in (*app.selectbox, *app.toggle)] == ["kind", "on"]
    assert app.caption and app.expander and app.button
    app = page(hide="more", **url)
    for number in (20, 30):
        app.slider(key="rate").set_value(number)
        run(run(app))
        assert app.text[0].value == "b True"
        assert not (app.selectbox or app.toggle or app.caption or app.expander or app.button)
        assert address(app) == {**url, "hide": "more", "rate": str(number)}
    assert shown(app) == ["size", "rate"]


def test_a_name_that_the_page_does_not_have_hides_nothing() -> None:
    app = page(hide="colour,rate")
    assert shown(app) == ["size"]
    assert not app.warning


@pytest.mark.parametrize(
    "hostile",
    [
        "**bold** _and_ `code`",
        "[click](http://evil.example)",
        "<script>alert(1)</script><b>b</b>",
        ":red[red] :material/home: $x^2$",
        "# title",
        "line\n\n- list\n\n> quote",
        "~~gone~~ | table |",
    ],
)
def test_markdown_in_the_sentence_is_shown_as_it_was_written(hostile: str) -> None:
    text = page(lesson=hostile).info[0].value
    plain = text.replace("\\", "").replace(CUT, "")
    assert plain == " ".join(hostile.split())
    assert "\n" not in text
    for mark in "*_`<#~|$":
        assert text.count(mark) == text.count(f"\\{mark}")


def test_an_address_in_the_sentence_is_no_link() -> None:
    text = page(lesson="see https://evil.example or www.evil.example, mail a@evil.example").info[0]
    for pattern in ("://", "www.", "a@"):
        assert pattern not in text.value


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ({"lesson": "x" * 301}, "301"),
        ({"hide": "<b>"}, "hide"),
        ({"hide": "size,,rate"}, "hide"),
        ({"hide": ",".join(["size"] * 41)}, "hide"),
        ({"hide": "s" * 41}, "hide"),
    ],
)
def test_a_lesson_that_cannot_be_used_is_one_sentence(url: dict[str, str], said: str) -> None:
    app = page(**url)
    assert len(app.warning) == 1
    assert said in app.warning[0].value
    assert shown(app) == ["size", "rate"]
    assert not app.info


def test_the_longest_sentence_is_shown() -> None:
    assert page(lesson="x" * 300).info[0].value == "x" * 300


def make(app: AppTest, sentence: str, hide: list[str]) -> str:
    app.session_state["lesson_maker"] = True
    run(app)
    app.text_area[0].set_value(sentence)
    app.multiselect[0].set_value(hide)
    run(app)
    return str(app.code[0].value)


def test_the_made_link_opens_what_the_teacher_saw_with_the_lesson() -> None:
    app = page(rate="55")
    app.slider(key="size").set_value(3)
    link = make(app, "Größe & Kante? 100 % = a+b\nLook!", ["size"])
    url = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert url == {
        "size": "3",
        "rate": "55",
        "lesson": "Größe & Kante? 100 % = a+b Look!",
        "hide": "size",
    }
    again = page(**url)
    assert again.info[0].value.replace("\\", "") == url["lesson"]
    assert shown(again) == ["rate"]
    assert again.markdown[0].value == "size = 3"


def test_the_link_follows_a_control_that_changes_while_the_maker_is_open() -> None:
    app = page()
    assert "size" not in make(app, "Look", [])
    app.slider(key="size").set_value(42)
    run(app)
    assert "size=42" in app.code[0].value
    assert "hide" not in app.code[0].value


def test_the_maker_starts_with_the_lesson_that_is_shown() -> None:
    app = page(lesson="Make it small", hide="size")
    app.session_state["lesson_maker"] = True
    run(app)
    assert app.text_area[0].value == "Make it small"
    assert app.multiselect[0].value == ["size"]


def test_a_link_that_others_reach_has_a_qr_code_and_one_that_they_do_not_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tl_core.ui.qr.lan_addresses", lambda: ("192.168.7.7",))
    app = page(rate="55")
    assert make(app, "Look", ["rate"]).startswith("http://192.168.7.7:")
    assert [button.key for button in app.button if button.key] == ["qr_lesson_maker"]
    app.button(key="qr_lesson_maker").click()
    run(app)
    assert not app.session_state["lesson_maker"]  # a window is below an open popover
    assert [code.value[:22] for code in app.code] == ["http://192.168.7.7:850"]
    run(app)
    assert len(app.code) == 1  # in sight until somebody closes it
    del app.session_state["_window_open"]
    run(app)
    assert not app.code
    app.session_state["lesson_maker"] = True
    monkeypatch.setattr("tl_core.ui.qr.lan_addresses", tuple)
    run(app)
    assert app.text_area[0].value == "Look" and app.multiselect[0].value == ["rate"]
    assert app.code[0].value.startswith("?")
    assert not [button.key for button in app.button if button.key]
    assert len(app.caption) == 3  # of the page's own, of the link, and why others cannot open it
