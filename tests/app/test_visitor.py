"""Who a session's visitor is: what the browser brings and keeps, and the teacher's key in an address."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.testing.v1 import AppTest

from tests.app.conftest import HOME, ROOT, address, faults, sound, told
from tl_core import people
from tl_core.people import Person, teacher
from tl_core.teacher.presence import Presence
from tl_core.ui import visitor

Open = Callable[..., AppTest]
KEY, OWN = "correct-horse", "a" * 32
ADDRESS = "10.0.0.7"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TL_TEACHER_KEY", KEY)
    monkeypatch.setattr(teacher, "_guesses", teacher._Guesses())


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Return ``connect(cookies, **url)``: the home page in a browser that brings these cookies."""

    def open_at(cookies: dict[str, str], **url: str) -> AppTest:
        monkeypatch.setattr(type(st.context), "cookies", property(lambda _: cookies))
        monkeypatch.setattr(type(st.context), "ip_address", property(lambda _: ADDRESS))
        app = AppTest.from_file(str(ROOT / HOME), default_timeout=60)
        app.context = {"locale": "en-US"}
        for name, value in url.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception and faults(app) == []
        return app

    return open_at


def kept(app: AppTest) -> visitor._Kept:
    found: visitor._Kept = app.session_state[visitor.SESSION_KEY]
    return found


def is_teacher(app: AppTest) -> bool:
    return people.was_proven(kept(app).proof, kept(app).secret)


def keepers(app: AppTest) -> list[Any]:
    """Return what the browser is asked to keep."""
    parts = [one.proto for one in app.get("bidi_component") if "fresh" in one.proto.json]
    return [json.loads(one.json) for one in parts]


def answer(app: AppTest, **said: str) -> AppTest:
    """Run the page as the browser makes it run once it has kept what it was asked to."""
    (part,) = [one.proto for one in app.get("bidi_component") if "fresh" in one.proto.json]
    states = app._tree.get_widget_states()
    value = json.dumps([{"event": "kept", "value": said}])
    states.widgets.add(id=_make_trigger_id(part.id, "events"), json_trigger_value=value)
    return app._run(states)


def test_a_browser_is_known_by_its_cookie_and_asked_for_nothing(
    connect: Callable[..., AppTest],
) -> None:
    app = connect({"tl_visitor": OWN})
    assert kept(app).secret == OWN and keepers(app) == []
    assert not is_teacher(app)


@pytest.mark.parametrize(
    "cookies",
    [
        {},
        {"tl_visitor": ""},
        {"tl_visitor": "A" * 32},
        {"tl_visitor": "a" * 31},
        {"tl_visitor": people.mark_of(OWN)},  # which others see
        {"tl_visitor": "../" * 20},
        {"tl_visitor": "x" * 10**5, "tl_teacher": "y" * 10**5},
        {"tl_teacher": people.mark_of(OWN)},
    ],
)
def test_a_new_or_a_hostile_browser_gets_a_secret_of_its_own(
    connect: Callable[..., AppTest], cookies: dict[str, str]
) -> None:
    first, second = connect(cookies), connect(cookies)
    (asked,) = keepers(first)
    assert asked == {"secret": kept(first).secret, "proof": "", "fresh": True, "leave": ""}
    assert people.is_secret(asked["secret"]) and kept(first).secret != kept(second).secret
    assert not is_teacher(first)
    before = kept(first).secret
    assert kept(sound(first.run())).secret == before


def test_nothing_of_a_secret_is_written_or_in_an_address(
    connect: Callable[..., AppTest], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = connect({"tl_visitor": OWN})
    people.write_nickname(people.Person(id=people.mark_of(OWN)), "Mina")
    sound(app.run())
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    names = "".join(str(path) for path in tmp_path.rglob("*"))
    assert b"Mina" in written and OWN.encode() not in written and OWN not in names
    assert OWN not in str(address(app)) and OWN not in caplog.text


def test_the_key_leaves_the_address_before_anything_is_drawn(
    connect: Callable[..., AppTest],
) -> None:
    app = connect({"tl_visitor": OWN}, teacher=KEY, lang="en")
    assert not app.title and not app.sidebar.markdown
    (asked,) = keepers(app)
    assert asked["leave"] == "teacher" and asked["proof"] == people.proof_for(OWN)
    assert KEY not in json.dumps(asked)
    sound(app.run())  # as after the browser's answer, which still says what the address was
    assert app.title and "teacher" not in address(app) and address(app)["lang"] == "en"
    assert is_teacher(app)
    cookies = {"tl_visitor": OWN, "tl_teacher": asked["proof"]}
    assert is_teacher(connect(cookies))
    assert not is_teacher(connect(cookies | {"tl_visitor": "b" * 32}))


@pytest.mark.slow
def test_a_wrong_key_is_said_and_guesses_are_counted(connect: Callable[..., AppTest]) -> None:
    for _ in range(teacher.MOST_GUESSES):
        app = sound(connect({"tl_visitor": OWN}, teacher="wrong-horse").run())
        assert not is_teacher(app) and any("not the teacher's key" in box for box in told(app))
    app = sound(connect({"tl_visitor": OWN}, teacher=KEY).run())
    assert not is_teacher(app) and any("Too many wrong keys" in box for box in told(app))
    assert "teacher" not in address(app)


def test_a_browser_that_was_the_teachers_does_not_wait_for_the_guesses_of_others(
    connect: Callable[..., AppTest],
) -> None:
    Presence().note(Person(id=people.mark_of(OWN), teacher=True), "Home")
    for number in range(teacher.FREE_GUESSES + 1):
        people.try_key("guess", str(number))
    stranger = sound(connect({"tl_visitor": "c" * 32}, teacher=KEY).run())
    assert not is_teacher(stranger) and any(
        "Open this address again" in one for one in told(stranger)
    )
    assert is_teacher(connect({"tl_visitor": OWN}, teacher=KEY))


def test_without_a_key_a_key_in_an_address_means_nothing(
    connect: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TL_TEACHER_KEY")
    app = sound(connect({"tl_visitor": OWN}, teacher="x").run())
    assert app.title and not told(app) and kept(app).proof == ""


def test_a_browser_that_kept_another_secret_is_that_one(
    connect: Callable[..., AppTest],
) -> None:
    """Its cookie is gone, or is not sent inside a frame; its local storage has all."""
    app = connect({})
    proof = people.proof_for(OWN)
    answer(app, secret=OWN, proof=proof)
    assert kept(app).secret == OWN and is_teacher(app)
    assert keepers(sound(app.run())) == []
    answered = connect({})
    answer(answered, secret="../" * 20, proof="x")
    assert people.is_secret(kept(answered).secret) and not is_teacher(answered)


def test_once_the_browser_has_answered_it_is_asked_for_nothing(
    connect: Callable[..., AppTest],
) -> None:
    app = connect({})
    before = kept(app).secret
    answer(app, secret=before, proof="")
    assert kept(app).secret == before and keepers(sound(app.run())) == []
