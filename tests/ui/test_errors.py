"""A refusal is its own sentence, a bug is a sentence with a number, and the page goes on after both."""

import logging
import re

import pytest
from streamlit.testing.v1 import AppTest

from tl_core.ui import news
from tl_core.ui.errors import FAULT_KEY


def script(what: str) -> None:
    import streamlit as st

    from tl_core.errors import ImageRefused
    from tl_core.ui.errors import shown_in_place

    with shown_in_place():
        st.text("before")
        if what == "refusal":
            raise ImageRefused("{name} is empty.", name="*a*.jpg")
        if what == "bug":
            raise ZeroDivisionError("secret")
        if what == "stop":
            st.stop()
        st.text("inside")
    st.text("after")


def shown(what: str) -> AppTest:
    app = AppTest.from_function(script, default_timeout=60, args=(what,)).run()
    assert not app.exception
    return app


def texts(app: AppTest) -> list[str]:
    return [element.value for element in app.text]


def test_without_an_error_nothing_is_added() -> None:
    app = shown("nothing")
    assert texts(app) == ["before", "inside", "after"]
    assert not app.error


def test_a_refusal_is_shown_in_its_words_and_the_page_goes_on() -> None:
    app = shown("refusal")
    assert texts(app) == ["before", "after"]
    assert [error.value for error in app.error] == [r"\*a\*.jpg is empty."]


def test_a_bug_is_a_sentence_with_a_number_that_the_log_explains(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        app = shown("bug")
    assert texts(app) == ["before", "after"]
    (sentence,) = [error.value for error in app.error]
    number = re.search(r"[0-9a-f]{6}", sentence)
    assert number and "secret" not in sentence and "ZeroDivisionError" not in sentence
    record = next(record for record in caplog.records if number.group() in record.getMessage())
    assert record.exc_info and record.exc_info[0] is ZeroDivisionError
    assert any((block.key or "").startswith(FAULT_KEY) for block in app.main.children.values())


def test_streamlits_own_control_flow_passes() -> None:
    app = shown("stop")
    assert texts(app) == ["before"]
    assert not app.error


def clickable(what: str) -> None:

    import streamlit as st

    from tl_core.errors import ImageRefused
    from tl_core.ui.errors import callback, show_errors, shown_in_place, take_left

    def act(name: str, *, size: int) -> None:
        st.session_state.done = f"{name} {size}"
        if what == "refusal":
            raise ImageRefused("{name} is empty.", name="*a*.jpg")
        if what == "bug":
            raise ZeroDivisionError("secret")
        if what == "rerun":
            st.rerun()

    show_errors(take_left())  # as a page's frame does
    st.title("Page")
    with shown_in_place():
        st.button("Act", on_click=callback(act), args=["a"], kwargs={"size": 3})
        st.text(st.session_state.get("done", ""))


def clicked(what: str) -> AppTest:
    app = AppTest.from_function(clickable, default_timeout=60, args=(what,)).run()
    app.button[0].click()
    app.run()
    assert (
        not app.exception and app.title[0].value == "Page"
    )  # the page is there, whatever happened
    assert texts(app) == ["a 3"]
    return app


@pytest.mark.parametrize("what", ["nothing", "rerun"])
def test_a_callback_gets_its_arguments_and_leaves_the_page_as_it_was(what: str) -> None:
    assert not clicked(what).error


def test_what_a_callback_refuses_is_shown_on_the_page_until_it_could_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = clicked("refusal")
    for _ in range(2):  # the page may draw itself again at once
        assert [error.value for error in app.error] == [r"\*a\*.jpg is empty."]
        app.run()
    monkeypatch.setattr(news, "LEAST_SECONDS", 0.0)
    assert not app.run().error


def test_a_bug_in_a_callback_is_a_sentence_with_a_number_that_the_log_explains(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        app = clicked("bug")
    (sentence,) = [error.value for error in app.error]
    number = re.search(r"[0-9a-f]{6}", sentence)
    assert number and "secret" not in sentence
    record = next(record for record in caplog.records if number.group() in record.getMessage())
    assert record.exc_info and record.exc_info[0] is ZeroDivisionError


def test_a_full_memory_in_the_page_is_a_sentence_without_a_number() -> None:
    def page() -> None:
        import numpy as np

        from tl_core.ui.errors import shown_in_place

        with shown_in_place():
            np.empty(2**56)

    app = AppTest.from_function(page, default_timeout=60).run()
    (sentence,) = [error.value for error in app.error]
    assert "memory of this server" in sentence and "number" not in sentence
