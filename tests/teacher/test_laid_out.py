"""What the teacher lays out for the class, and who is here."""

import time

import pytest

from tl_core import runs
from tl_core.errors import NotAllowed, RunNotFound, SettingInvalid
from tl_core.people import NOBODY, Person, mark_of
from tl_core.teacher import presence
from tl_core.teacher.pinned import Pinned, pin_lesson, pin_run, read_pinned
from tl_core.teacher.presence import Presence, teachers

TEACHER, PUPIL = Person(id=mark_of("t"), teacher=True), Person(id=mark_of("p"))
PAGES = {"train": 0, "predict": 0}


@pytest.fixture(autouse=True)
def lab(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TL_TEACHER_KEY", "a-key-of-a-teacher")
    return tmp_path


@pytest.mark.parametrize(
    ("address", "page", "parameters"),
    [
        ("https://lab:8501/train?lesson=Look&hide=a,b", "train", {"lesson": "Look", "hide": "a,b"}),
        ("http://10.0.0.1/lab/predict/?run=0123456789abcdef", "predict", {"run": "0123456789abcdef"}),
        ("train?lesson=%EA%B0%80", "train", {"lesson": "가"}),  # without what comes before
        # The key opens what the class must not have; language and tour are each one's own.
        ("http://lab/train?teacher=secret&lang=ko&tour=a-1&seed=3", "train", {"seed": "3"}),
        ("http://lab/train?" + "%00<b>=1&x=2", "train", {"x": "2"}),
        ("http://lab/train?embed=true&EMBED_OPTIONS=dark_theme&x=2", "train", {"x": "2"}),
    ],
)  # fmt: skip
def test_lesson_is_kept_as_its_page_and_what_it_sets(address, page, parameters):
    pin_lesson(address, PAGES, TEACHER)
    assert read_pinned() == Pinned(page=page, parameters=parameters)


@pytest.mark.parametrize(
    "address", ["http://10.0.0.1:8501/?photo=cat", "http://10.0.0.1:8501", "/"]
)
def test_home_page_is_no_lesson_because_a_link_there_would_lead_to_itself(address, lab):
    pin_lesson("http://lab/train?seed=3", PAGES, TEACHER)
    with pytest.raises(SettingInvalid, match="would lead to itself"):
        pin_lesson(address, PAGES, TEACHER)
    assert read_pinned().page == "train"
    earlier = '{"run": "", "page": "", "parameters": {}}'  # as a version before this one kept it
    (lab / "teacher" / "pinned.json").write_text(earlier)
    assert read_pinned().page is None


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere/evil",
        "javascript:alert(1)",
        "http://[",
        "http://lab/train?" + "&".join(f"a{n}=1" for n in range(500)),
        "http://lab/train?a=" + "x" * 9000,
    ],
)
def test_what_is_no_page_of_the_lab_is_refused_and_the_lesson_before_stays(address):
    pin_lesson("http://lab/train?seed=3", PAGES, TEACHER)
    with pytest.raises(SettingInvalid, match="no address of a page"):
        pin_lesson(address, PAGES, TEACHER)
    assert read_pinned().parameters == {"seed": "3"}


def test_network_and_lesson_are_taken_back_one_by_one():
    run = runs.open_run("train", {"seed": 1})
    pin_run(run.id, TEACHER)
    pin_lesson("train", PAGES, TEACHER)
    pin_run("", TEACHER)
    assert read_pinned() == Pinned(page="train")
    pin_lesson(" ", PAGES, TEACHER)
    assert read_pinned() == Pinned()


def test_only_a_training_is_laid_out_as_a_network():
    other = runs.open_run("score", {"seed": 1})
    for identifier in (other.id, "0" * 16, "../../etc"):
        with pytest.raises(RunNotFound):
            pin_run(identifier, TEACHER)
    assert read_pinned() == Pinned()


@pytest.mark.parametrize("by", [PUPIL, NOBODY])
def test_pupils_lay_nothing_out(by):
    run = runs.open_run("train", {"seed": 1})
    with pytest.raises(NotAllowed):
        pin_run(run.id, by)
    with pytest.raises(NotAllowed):
        pin_lesson("train", PAGES, by)
    assert read_pinned() == Pinned()


@pytest.mark.parametrize(
    "text",
    ["", "[" * 100_000, "3", '{"run": "../x", "page": null, "parameters": {}}', '{"run": ""}'],
)
def test_damaged_file_lays_nothing_out(text, lab):
    (lab / "teacher").mkdir()
    (lab / "teacher" / "pinned.json").write_text(text)
    assert read_pinned() == Pinned()


def test_file_of_an_earlier_version_lays_out_nothing_that_no_link_may_hold(lab):
    (lab / "teacher").mkdir()
    text = '{"run": "", "page": "train", "parameters": {"embed": "true", "seed": "3"}}'
    (lab / "teacher" / "pinned.json").write_text(text)
    assert read_pinned() == Pinned(page="train", parameters={"seed": "3"})


# Who is here


def test_each_is_here_once_with_the_latest_page_and_the_latest_first():
    here = Presence()
    here.note(PUPIL, "Train")
    here.note(TEACHER, "Home")
    here.note(PUPIL, "Predict")
    here.note(NOBODY, "Predict")
    assert [(one.person, one.page) for one in here.visits()] == [
        (PUPIL, "Predict"),
        (TEACHER, "Home"),
    ]
    assert time.time() - here.visits()[0].seen < 5


def test_made_up_visitors_take_no_memory(monkeypatch):
    monkeypatch.setattr(presence, "MOST_VISITS", 3)
    here = Presence()
    for number in range(10):
        here.note(Person(id=mark_of(str(number))), "Home")
    assert [one.person.id for one in here.visits()] == [mark_of(n) for n in "987"]


def test_of_many_teachers_the_latest_are_remembered(monkeypatch):
    monkeypatch.setattr(presence, "MOST_MARKS", 2)
    marks = sorted((mark_of(name) for name in "abc"), reverse=True)
    for mark in marks:
        Presence().note(Person(id=mark, teacher=True), "Home")
    assert teachers() == set(marks[1:])


def test_teachers_are_remembered_and_pupils_are_not(lab, monkeypatch):
    here = Presence()
    here.note(PUPIL, "Home")
    here.note(TEACHER, "Home")
    assert teachers() == {TEACHER.id}
    (lab / "teacher" / "marks.json").write_text("[")
    assert teachers() == frozenset()
    monkeypatch.delenv("TL_TEACHER_KEY")  # everybody is the teacher then
    Presence().note(Person(id=PUPIL.id, teacher=True), "Home")
    assert teachers() == frozenset()
