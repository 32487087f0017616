"""The language follows the person: chosen, else from the URL, else from the browser, else English."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from tl_core.errors import ImageRefused, LabError
from tl_core.ui import text


def script() -> None:
    import streamlit as st

    from tl_core.errors import LabError
    from tl_core.ui.text import language, t, t_error, t_marked

    st.title(language())
    st.text(t("Home"))
    st.text(t_marked("a class called Home"))
    st.text(t_error(LabError("Home", name="Home")))


@pytest.mark.parametrize(
    ("browser", "url", "chosen", "expected"),
    [
        ("ko-KR", None, None, "ko"),
        ("ko", None, None, "ko"),
        ("KO-kr", None, None, "ko"),
        ("en-US", None, None, "en"),
        ("fr-FR", None, None, "en"),  # a language that is not there
        ("kok-IN", None, None, "en"),  # Konkani, whose code begins like Korean's
        (None, None, None, "en"),
        ("en-US", "ko", None, "ko"),
        ("ko-KR", "en", None, "en"),
        ("ko-KR", "fr", None, "ko"),
        ("en-US", "", None, "en"),
        ("en-US", "en", "ko", "ko"),
    ],
)
def test_the_language_follows_the_person(
    browser: str | None, url: str | None, chosen: str | None, expected: str
) -> None:
    app = AppTest.from_function(script, default_timeout=60)
    app.context = {"locale": browser}
    if url is not None:
        app.query_params["lang"] = url
    if chosen is not None:
        app.session_state["lang"] = chosen
    app.run()
    assert not app.exception
    assert app.title[0].value == expected
    assert [element.value for element in app.text] == {
        "en": ["Home", "a class called Home", "Home"],
        "ko": ["홈", "a class called Home", "홈"],
    }[expected]


def test_outside_a_session_text_is_english() -> None:
    assert text.t("Home") == "Home"
    assert text.language() == "en"


def test_placeholders_are_filled() -> None:
    assert text.t("{count} photos of {name}", count=3, name="{cats}") == "3 photos of {cats}"


def test_braces_stay_when_there_is_nothing_to_fill_in() -> None:
    assert text.t_marked(r"$\frac{a}{b}$") == r"$\frac{a}{b}$"


def test_singular_and_plural() -> None:
    counted = [
        text.tn("{n} photo of {name}", "{n} photos of {name}", n, name="A") for n in (0, 1, 2)
    ]
    assert counted == ["0 photos of A", "1 photo of A", "2 photos of A"]


def test_an_error_is_its_sentence() -> None:
    error = ImageRefused("{name} has {size} MB.", name="cat.jpg", size=30)
    assert text.t_error(error) == str(error) == "cat.jpg has 30 MB."


def test_an_empty_value_is_not_taken_for_the_catalogues_header(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(text, "language", lambda: "ko")
    assert text.t_error(LabError("<{name}>", name="")) == "<>"
    assert text.t("Home") == "홈"


@pytest.mark.parametrize(
    "name",
    [
        "![x](http://elsewhere/x.png)",  # would ask another host for a picture
        "<script>alert(1)</script>",
        "[here](http://elsewhere)",
        "*cat*_2.jpg",
        "`code`",
        ":material/home:",
        ":red[text]",
        "$a$ \\alpha | # x ~~y~~",
    ],
)
def test_escaped_text_has_no_markup_left(name: str) -> None:
    escaped = text.escaped(name)
    assert text.MARKDOWN.search(name)
    assert not text.MARKDOWN.search(re.sub(r"\\.", "", escaped))
    assert re.sub(r"\\(.)", r"\1", escaped) == name


def test_ordinary_names_are_not_touched() -> None:
    assert text.escaped("고양이 1. (copy) - A&B: 50%!.jpg") == "고양이 1. (copy) - A&B: 50%!.jpg"
