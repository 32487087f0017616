"""The teacher's page: for the teacher alone, and what it lays out for the class."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import psutil
import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import HOME, address, button, faults, labels, press, sound, told, words
from tests.app.trainings import done, open_run, running
from tl_core import people, runs
from tl_core.engine.attempts import Attempt
from tl_core.engine.sentences import too_long
from tl_core.people import Person, mark_of, ownership, write_nickname
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.teacher import read_limits
from tl_core.teacher.pinned import read_pinned
from tl_core.teacher.presence import PRESENCE
from tl_core.ui import visitor
from tl_core.ui.engine_status import engine

PAGE = "pages/5_teacher.py"
SECRET, KEY = "ab" * 16, "a-key-of-a-teacher"
TEACHER = mark_of(SECRET)
ANN, BOB = Person(id=mark_of("ann")), Person(id=mark_of("bob"))
Open = Callable[..., AppTest]


@pytest.fixture
def with_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TL_TEACHER_KEY", KEY)


@pytest.fixture
def browser() -> list[str]:
    """Return the secret and the proof that the browser of every session keeps, to be changed."""
    return []


@pytest.fixture
def open_page(open_page: Open, browser: list[str]) -> Open:
    return lambda *page, **url: open_page(*page, kept=tuple(browser), **url)


@pytest.fixture
def as_teacher(with_key: None, browser: list[str]) -> None:
    """Every session is that of the teacher's browser."""
    browser[:] = [SECRET, people.proof_for(SECRET)]


def links(app: AppTest) -> list[str]:
    return [one.proto.label for one in app.get("page_link")]


def test_page_is_everybodys_in_a_lab_without_a_key(open_page: Open) -> None:
    app = open_page(PAGE)
    assert "What runs and waits" in words(app)
    assert "Teacher" in links(app)


def test_pupil_sees_no_class_but_a_field_for_the_key(open_page: Open, with_key: None) -> None:
    app = open_page(PAGE)
    assert "What runs and waits" not in words(app) and "This page is the teacher's" in told(app)[0]
    assert "Teacher" not in links(app)
    app.text_input[0].set_value("wrong-key")
    press(app, "Open")
    assert "not the teacher's key" in told(app)[-1] and "What runs and waits" not in words(app)
    app.text_input[0].set_value(KEY)
    press(app, "Open")
    assert "What runs and waits" in words(app)
    assert KEY not in str(app.query_params)


def test_teacher_sees_who_is_here_and_whose_job_is_next(open_page: Open, as_teacher: None) -> None:
    write_nickname(ANN, "*Ann*")
    PRESENCE.note(Person(id=ANN.id, nickname="*Ann*"), "Train")
    first, second = open_run(seed=1), open_run(seed=2)
    engine().submit(first, ANN)
    engine().submit(second, BOB)
    app = open_page(PAGE)
    assert "*Ann*" in app.dataframe[0].value.to_string()
    text = words(app)
    assert text.index("waits, number 1") < text.index("waits, number 2")
    assert "\\*Ann\\*" in text and f"without a name ({BOB.id[:4]})" in text
    (found,) = [one for one in app.button if one.key == f"first-{second.id}"]
    found.click()
    sound(app.run())
    assert [job.run for job in engine().jobs()[1]] == [second, first]
    (found,) = [one for one in app.button if one.key == f"end-waiting-{first.id}"]
    found.click()
    sound(app.run())
    assert snapshot(first).state is JobState.CANCELLED
    assert [job.run for job in engine().jobs()[1]] == [second]


def test_job_that_waits_again_while_its_last_attempt_ends_is_shown_twice(
    open_page: Open, as_teacher: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine().submit(run := queued(1), ANN)
    queue = engine()._queue_of(run)
    monkeypatch.setattr(queue, "detach", lambda: None)  # no engine is lost now
    (job,) = queue.jobs()[1]
    queue._active[run.id] = Attempt(job, "token", None, time.monotonic(), "train")
    app = open_page(PAGE)
    ends = [one.key for one in app.button if one.key and one.key.endswith(run.id)]
    assert {f"end-running-{run.id}", f"end-waiting-{run.id}"} < set(ends)


def test_teacher_changes_the_limits(open_page: Open, as_teacher: None) -> None:
    app = open_page(PAGE, section="class")
    assert [one.value for one in app.number_input] == [2, 3000, 30]
    app.number_input[0].set_value(5)
    sound(app.run())
    assert read_limits().jobs == 5
    assert open_page(PAGE, section="class").number_input[0].value == 5


def test_network_and_lesson_of_the_class_are_on_the_home_page_and_on_predict(
    open_page: Open, as_teacher: None, browser: list[str]
) -> None:
    run = done(open_run())
    ownership.join(run.folder, TEACHER)
    app = open_page(PAGE, section="class")
    assert "From your teacher" not in words(app)
    assert "Nothing is laid out" in words(app) and "as here:" not in words(app)
    (network,) = [one for one in app.selectbox if one.label == "Network"]
    network.set_value(run.id)
    sound(app.run())
    app.text_input[0].set_value("http://lab:8501/train?lesson=Look&seed=7&teacher=" + KEY)
    press(app, "Lay it out")
    assert read_pinned().run == run.id
    assert "as here:" in words(app) and "Nothing is laid out" not in words(app)
    browser[:] = ["cd" * 16]  # a pupil
    app = open_page(HOME)
    assert {"The lesson: Train", "The network of the class"} <= set(links(app))
    queries = "".join(one.proto.query_string for one in app.get("page_link"))
    assert "lesson=Look" in queries and f"run={run.id}" in queries and KEY not in queries
    app = open_page("pages/4_predict.py")
    (network,) = [one for one in app.selectbox if one.label == "Network"]
    assert network.value == run.id


def test_lesson_opens_as_it_was_laid_out_whatever_a_pupil_has_set_there(
    open_page: Open, as_teacher: None, browser: list[str]
) -> None:
    app = open_page(PAGE, section="class")
    address_of_lesson = "http://lab:8501/convolution?kernel=box&page=1&label=2&embed=true"
    app.text_input[0].set_value(address_of_lesson)
    press(app, "Lay it out")
    browser[:] = ["cd" * 16]  # a pupil
    app = open_page("pages/1_convolution.py", stride_y="3", kernel="sobel_x")
    app.query_params.clear()
    sound(app.switch_page(HOME).run())
    (lesson,) = [
        one for one in app.get("page_link") if one.proto.label == "The lesson: Convolution"
    ]
    app.query_params.clear()
    app.query_params |= dict(parse_qsl(lesson.proto.query_string))
    sound(app.switch_page("pages/1_convolution.py").run())
    assert address(app) == {"kernel": "box"}
    assert app.number_input(key="stride_y").value == 1


def test_without_a_network_of_the_class_predict_asks_imagenets(
    open_page: Open, as_teacher: None, browser: list[str]
) -> None:
    ownership.join(done(open_run()).folder, TEACHER)
    browser[:] = ["cd" * 16]
    app = open_page("pages/4_predict.py")
    (network,) = [one for one in app.selectbox if one.label == "Network"]
    assert network.value == "imagenet"


def test_cleaning_up_shows_first_and_deletes_once_that_is_confirmed(
    open_page: Open, as_teacher: None
) -> None:
    pupils, own = open_run(seed=1), open_run(seed=2)
    ownership.join(pupils.folder, ANN.id)
    ownership.join(own.folder, TEACHER)
    app = open_page(PAGE, section="after")
    assert "Delete" not in labels(app)
    press(app, "Look what there is")
    assert app.dataframe[0].value["How many"].tolist() == [1, 0, 0, 0]
    assert button(app, "Delete").disabled
    (forged := button(app, "Delete")).proto.disabled = False  # by other means than a mouse
    forged.click()
    sound(app.run())
    assert pupils.folder.exists()
    press(app, "Look what there is")
    app.checkbox[0].check()
    sound(app.run())
    press(app, "Delete")
    assert "1 thing is gone." in told(app)
    assert not pupils.folder.exists() and own.folder.exists()


# What a pupil meets on the page where jobs begin


def test_pupil_who_has_two_waiting_is_told_so_and_the_teacher_is_not(
    open_page: Open, as_teacher: None, browser: list[str]
) -> None:
    refused = "2 of your jobs of this kind are waiting already, as many as each pupil may have."

    def train(*seeds: int) -> list[str]:
        pages = [press(open_page("pages/3_train.py", seed=str(seed)), "Train") for seed in seeds]
        return [error.value for page in pages for error in page.error]

    assert train(0, 1, 2) == []
    browser[:] = ["cd" * 16]
    errors = train(3, 4, 5)
    assert len(errors) == 1 and refused in errors[0]
    assert len(engine().jobs()[1]) == 5


def test_run_that_was_stopped_for_its_time_says_so(open_page: Open) -> None:
    run = running(open_run())
    run.append("state", state="cancelled", **too_long(30).sentence.to_json())
    app = open_page("pages/3_train.py", run=run.id)
    (box,) = [text for text in told(app) if text.startswith("Stopped.")]
    assert "It ran for 30 minutes, as long as a job of a pupil may." in box


# Over the protocol: what the page calls, pressed by somebody who is a pupil by then.


@pytest.mark.parametrize(
    ("section", "press_it"),
    [
        ("now", lambda app: app.button(key=f"first-{queued(2).id}").click()),
        ("now", lambda app: app.button(key=f"end-waiting-{queued(1).id}").click()),
        ("class", lambda app: app.number_input[0].set_value(40)),
        ("class", lambda app: app.number_input[2].set_value(600)),
        ("class", lambda app: app.selectbox[0].set_value(open_run(seed=9).id)),
        ("class", lambda app: (app.text_input[0].set_value("train"), button(app, "Lay it out").click())),
        ("class", lambda app: button(app, "Take it back").click()),
        ("after", lambda app: button(app, "Look what there is").click()),
        ("after", lambda app: button(app, "Delete").click()),
    ],
)  # fmt: skip
def test_pupil_who_sends_what_the_page_of_a_teacher_sends_changes_nothing(
    section: str,
    press_it: Callable[[AppTest], Any],
    open_page: Open,
    as_teacher: None,
    tmp_path: Path,
) -> None:
    ownership.join(done(open_run(seed=9)).folder, BOB.id)
    for number, by in ((1, ANN), (2, BOB)):
        engine().submit(queued(number), by)
    app = open_page(PAGE, section="class")
    app.text_input[0].set_value("predict?size=3")
    press(app, "Lay it out")
    app = open_page(PAGE, section=section)
    if section == "after":
        press(app, "Look what there is")
        app.checkbox[0].check()
        sound(app.run())
    before = (engine().jobs()[1], read_limits(), read_pinned(), runs.list_ids())
    app.session_state[visitor.SESSION_KEY].proof = ""  # not the teacher any more
    press_it(app)
    app.run()
    assert not faults(app)
    assert any("Only the teacher" in text or "belongs to" in text for text in told(app))
    assert (engine().jobs()[1], read_limits(), read_pinned(), runs.list_ids()) == before


def queued(number: int) -> runs.Run:
    return open_run(seed=number)


def test_page_speaks_korean(open_page: Open, as_teacher: None, korean: None) -> None:
    for section in ("now", "class", "after", "archive"):
        open_page(PAGE, section=section)


def test_the_processor_is_looked_at_for_a_while_and_a_number_stays_with_its_unit(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    # psutil remembers for each thread when it was asked last, and says 0 to one that has never asked.
    monkeypatch.setattr(psutil, "cpu_percent", lambda interval=None: 37.2 if interval else 0.0)
    said = words(open_page(PAGE))
    assert "processor **37\xa0%**" in said and re.search(r"Free memory \*\*\d+\.\d\xa0GB", said)
