"""The language follows the person: chosen, else from the URL, else from the browser, else English."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import example, given, strategies
from streamlit.testing.v1 import AppTest

from tl_core.errors import ImageRefused, LabError
from tl_core.ui import text


def script() -> None:
    import streamlit as st

    from tl_core.errors import LabError
    from tl_core.ui.text import language, say, t, t_marked

    st.title(language())
    st.text(t("Home"))
    st.text(t_marked("a class called Home"))
    st.text(say(LabError("Home", name="Home")))


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
    assert text.say(error) == str(error) == "cat.jpg has 30 MB."


def test_marked_text_among_the_values_is_translated_in_an_error_and_a_name_elsewhere_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(text, "language", lambda: "ko")
    error = LabError("<{name}>", name="Home")
    assert text.say(error) == "<홈>"
    assert text.say(error.sentence) == "<Home>"  # what somebody called a class, or a file


def test_a_sentence_can_be_said_later_in_the_language_of_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refusal = ImageRefused("{name} is empty. Copy it again, or choose another file.", name="a.jpg")
    with monkeypatch.context() as session:
        session.setattr(text, "language", lambda: "ko")
        say, now = text.later_say(), text.say(refusal)
    assert say(refusal) == now != text.say(refusal)
    assert "a.jpg" in now and re.search("[가-힣]", now)


def test_a_marked_text_is_known_in_every_language() -> None:
    assert text.every_language("animals") == ("animals", "동물")
    assert text.every_language("a class of somebody's") == ("a class of somebody's",) * 2


def test_an_empty_value_is_not_taken_for_the_catalogues_header(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(text, "language", lambda: "ko")
    assert text.say(LabError("<{name}>", name="")) == "<>"
    assert text.t("Home") == "홈"


HOSTILE = [
    "![x](http://elsewhere.example/x.png)",  # would ask another host for a picture
    "<script>alert(1)</script>",
    "[here](http://elsewhere.example)",
    "*cat*_2.jpg",
    "`code`",
    ":red[text]",
    "$a$ \\alpha | # x ~~y~~",
    "A &amp; B &lt;i&gt; &#58;",
    "see http://pets.example/a_b?c=d&e, (WWW.pets.example) or HTTPS://PETS.EXAMPLE",
    "cats@pets.example and mailto:_a+b@pets.example",
    ":material/home: :cat: :+1: :streamlit: cats:dogs:birds",
    "a -> b <- c <-> d -- e >= f <= g ~= h",
    "--@pets.example",  # what is left of a cut begins anew
    "- a list",
    "1. another",
    "    code\n\tcode\n===",
    "---",
]
SEEN_BEHIND_BACKSLASHES = (
    r"(https?://|www(?=\.))([-.\w]+)",
    r"[-.\w+]+@[-\w]+(\.[-\w]+)+",
    r":[\w+-]+:|:material/",
    r"(^|\s)(<->|->|<-|--|>=|<=|~=)(\s|$)",
)
"""What Streamlit 1.67 still finds in a text whose backslashes have been read."""


def unescaped(part: str) -> str:
    return re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL)


def found(text: str) -> bool:
    return any(re.search(each, text, re.IGNORECASE) for each in SEEN_BEHIND_BACKSLASHES)


@pytest.mark.parametrize("name", HOSTILE)
def test_escaped_text_has_no_markup_left(name: str) -> None:
    parts = text.escaped(name).split(text.CUT)
    assert text.MARKDOWN.search(name) or text.FOUND.search(name)
    for part in parts:
        assert not text.MARKDOWN.search(re.sub(r"\\.", "", part))
    assert "".join(map(unescaped, parts)) == name


def test_nothing_is_found_behind_the_backslashes() -> None:
    assert sum(map(found, HOSTILE)) > 5
    for name in HOSTILE:
        assert not any(found(unescaped(part)) for part in text.escaped(name).split(text.CUT))


MARKS = (
    *(
        "http",
        "https",
        "www",
        "pets.example",
        "cat",
        "material/",
        "small",
        "red",
        "amp;",
        "1",
        "고",
    ),
    *"://.@-><=~ \n\t\\`*_[](){}#|$&+!;^x",
)


@given(strategies.lists(strategies.sampled_from(MARKS), max_size=12).map("".join))
@example(text.CUT)
@example("::small[]")
def test_whatever_somebody_types_is_shown_as_it_is(name: str) -> None:
    parts = text.escaped(name).split(text.CUT)
    assert "".join(map(unescaped, parts)) == name
    assert not any(found(unescaped(part)) for part in parts)


def test_ordinary_names_are_not_touched() -> None:
    for name in ("고양이 1. (copy) - A&B: 50%!.jpg", "1.5 kg", "12.jpg"):
        assert text.escaped(name) == name


def two_sessions() -> None:
    """Say a word, wait for the other session to say its own, and say it again."""
    import streamlit as st

    from tl_core.ui.text import choose_language, language, t

    st.text(t("Home"))
    st.session_state["barrier"].wait(20)
    st.text(t("Home"))
    if chosen := st.session_state.get("choose"):
        choose_language(chosen)
        st.text(t("Home"))
    st.title(language())


def test_two_sessions_at_once_speak_two_languages() -> None:
    barrier = threading.Barrier(2)
    apps = {}
    for locale in ("en-US", "ko-KR"):
        app = apps[locale] = AppTest.from_function(two_sessions, default_timeout=60)
        app.context = {"locale": locale}
        app.session_state["barrier"] = barrier
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda app: app.run(), apps.values()))
    said = {locale: [one.value for one in app.text] for locale, app in apps.items()}
    assert said == {"en-US": ["Home", "Home"], "ko-KR": ["홈", "홈"]}


def test_a_language_that_is_chosen_holds_at_once_and_in_the_next_run() -> None:
    app = AppTest.from_function(two_sessions, default_timeout=60)
    app.session_state["barrier"] = threading.Barrier(1)
    app.session_state["choose"] = "ko"
    app.run()
    assert [one.value for one in app.text] == ["Home", "Home", "홈"]
    app.session_state["choose"] = ""
    app.run()
    assert [one.value for one in app.text] == ["홈", "홈"] and app.title[0].value == "ko"


def asks_often() -> None:
    from unittest.mock import patch

    import streamlit as st

    from tl_core.ui import text

    with patch.object(text, "_find_language", wraps=text._find_language) as found:
        for _ in range(50):
            text.t("Home")
    st.text(found.call_count)


def test_a_run_looks_for_its_language_once() -> None:
    app = AppTest.from_function(asks_often, default_timeout=60).run()
    assert not app.exception and app.text[0].value == "1"


def in_a_fragment() -> None:
    import streamlit as st

    from tl_core.ui.errors import callback, fragment
    from tl_core.ui.text import choose_language, t

    def part() -> None:
        st.text(t("Home"))
        st.button("ko", on_click=callback(choose_language), args=["ko"])

    fragment(part)()


def test_a_language_that_a_callback_chooses_holds_in_the_run_after_it() -> None:
    app = AppTest.from_function(in_a_fragment, default_timeout=60).run()
    assert app.text[0].value == "Home"
    app.button[0].click().run()
    assert app.text[0].value == "홈"
