"""Questions are put once for all sessions; measurements in the background, never while something trains."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest

from tl_core.engine.questions import FOLLOWED_MAP, PREDICT, Question
from tl_core.errors import EngineBusy, EngineUnavailable
from tl_core.head_math.positions import FeatureMap
from tl_core.results.answers import ClassScores
from tl_core.ui import asking
from tl_core.ui.asking import Measurement, ask

DEADLINE = 10.0
STUDENTS = 40
FEW: Question[object] = Question("nowhere:few", 2)
BROKEN = EngineUnavailable("The engine is restarting. Try again in a few seconds.")


def scores(number):
    return ClassScores(shares=(number,), logits=(0.0,), milliseconds=1.0)


class Server:
    """Answers when it is allowed to, unless it refuses; counts what it was asked."""

    def __init__(self):
        self.status = SimpleNamespace(running=0)
        self.allowed = threading.Event()
        self.refusal = None
        self.asked = []

    def ask(self, question, /, *, seconds, **arguments):
        self.asked.append((question.name, arguments))
        self.allowed.wait(DEADLINE)
        if self.refusal:
            raise self.refusal
        return scores(arguments.get("number"))


@pytest.fixture
def server(monkeypatch):
    server = Server()
    monkeypatch.setattr(asking, "engine", lambda: server)
    monkeypatch.setattr(asking, "engine_ready", lambda: True)
    asking._answers.clear()
    yield server
    server.allowed.set()
    asking._answers.clear()


@pytest.fixture
def ready(server):
    server.allowed.set()
    return server


def until(condition):
    end = time.monotonic() + DEADLINE
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)  # looks again; the deadline is the limit
    assert condition()


# Questions that somebody waits for


def test_a_class_that_asks_the_same_at_once_asks_once(server):
    with ThreadPoolExecutor(STUDENTS) as students:
        answers = [students.submit(ask, PREDICT, number=7) for _ in range(STUDENTS)]
        until(lambda: server.asked)
        assert not any(answer.done() for answer in answers)
        server.allowed.set()
        assert [answer.result(DEADLINE) for answer in answers] == [scores(7)] * STUDENTS
    assert server.asked == [("predict", {"number": 7})]
    assert ask(PREDICT, number=8) == scores(8)
    assert len(server.asked) == 2


def test_an_answer_belongs_to_every_pixel_of_what_was_asked_about(ready):
    # More numbers than Streamlit's own cache reads of an array.
    pixels = np.zeros((1000, 1000, 3), np.uint8)
    for _ in range(2):
        ask(PREDICT, pixels=pixels.copy(), parts=[pixels[0], pixels[1]])
    assert len(ready.asked) == 1
    other = pixels.copy()
    other[500, 500, 1] = 1
    ask(PREDICT, pixels=other, parts=[pixels[0], pixels[1]])
    ask(PREDICT, pixels=pixels, parts=[pixels[0], other[500]])
    ask(PREDICT, pixels=pixels.reshape(-1), parts=[pixels[0], pixels[1]])
    assert len(ready.asked) == 4


def test_another_question_or_version_is_asked_anew(ready):
    for _ in range(2):
        ask(PREDICT, number=7)
        ask(FOLLOWED_MAP, number=7)
        ask(PREDICT, version=1.0, number=7)
        ask(PREDICT, version=2.0, number=7)
    assert [name for name, _ in ready.asked] == ["predict", "followed_map", "predict", "predict"]
    assert all(arguments == {"number": 7} for _, arguments in ready.asked)  # no version in it


def test_an_error_is_told_to_all_who_wait_and_asked_about_again(server):
    server.refusal = BROKEN
    with ThreadPoolExecutor(STUDENTS) as students:
        answers = [students.submit(ask, PREDICT, number=7) for _ in range(STUDENTS)]
        until(lambda: server.asked)
        until(lambda: all(answer.running() for answer in answers))
        server.allowed.set()
        for answer in answers:
            with pytest.raises(EngineUnavailable, match="restarting"):
                answer.result(DEADLINE)
    server.refusal = None
    assert ask(PREDICT, number=7) == scores(7)


def test_only_the_latest_answers_to_a_question_are_kept(ready):
    for number in (0, 1, 0, 2):
        ask(FEW, number=number)
    ask(PREDICT, number=3)  # another question leaves them alone
    assert len(ready.asked) == 4
    ask(FEW, number=0)
    assert len(ready.asked) == 4
    ask(FEW, number=1)
    assert len(ready.asked) == 5


def test_nobody_can_write_to_what_all_sessions_share(ready, monkeypatch):
    shared = FeatureMap(values=np.zeros((2, 2, 3), np.float32))
    monkeypatch.setattr(ready, "ask", lambda *_, **__: shared)
    values = ask(FOLLOWED_MAP).values
    assert values is shared.values
    with pytest.raises(ValueError, match="read-only"):
        values[0] = 1


# Measurements


def test_measuring_does_not_wait_and_asks_once(server):
    began = time.monotonic()
    for _ in range(5):
        Measurement(PREDICT, number=7).begin()
    assert time.monotonic() - began < 1
    measured = Measurement(PREDICT, number=7)
    assert measured.answer is None and not measured.failed
    server.allowed.set()
    until(lambda: measured.answer == scores(7))
    assert server.asked == [("predict", {"number": 7})]
    assert Measurement(PREDICT, number=8).answer is None
    assert Measurement(PREDICT, version="other", number=7).answer is None
    assert ask(PREDICT, number=7) == scores(7) and len(server.asked) == 1


def test_a_process_ends_without_what_it_was_measuring():
    """Ctrl+C on the teacher's machine must not wait until the engine has built a network."""
    program = """
from tests.ui.test_asking import PREDICT, Measurement, Server, asking, until
server = Server()
server.allowed.wait = lambda seconds: __import__("time").sleep(600)
asking.engine, asking.engine_ready = lambda: server, lambda: True
for number in range(3):
    Measurement(PREDICT, number=number).begin()
until(lambda: len(server.asked) == asking.MEASURED_AT_ONCE)
print("measuring", len(server.asked))
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0 and ended.stdout == "measuring 2\n"


def test_nothing_is_measured_while_something_trains(server):
    server.status.running = 1
    Measurement(PREDICT, number=7).begin()
    assert server.asked == [] and not asking.may_measure()
    server.status.running = 0
    Measurement(PREDICT, number=7).begin()
    until(lambda: server.asked)


def test_nothing_is_asked_of_an_engine_that_is_not_there(server, monkeypatch):
    monkeypatch.setattr(asking, "engine_ready", lambda: False)
    Measurement(PREDICT, number=7).begin()
    assert server.asked == []


def test_a_measurement_that_failed_is_made_again_only_after_a_while(ready, monkeypatch):
    ready.refusal = BROKEN
    measured = Measurement(PREDICT, number=1)
    measured.begin()
    until(lambda: measured.failed)
    assert measured.answer is None
    measured.begin()
    assert len(ready.asked) == 1
    monkeypatch.setattr(asking, "AGAIN_AFTER", 0.0)
    ready.refusal = None
    measured.begin()
    until(lambda: measured.answer == scores(1))


def test_a_measurement_that_a_job_displaced_counts_as_not_asked(ready):
    ready.refusal = EngineBusy("It is measured when the engine is free.")
    measured = Measurement(PREDICT, number=1)
    measured.begin()
    until(lambda: ready.asked and not asking._answers()._asked["predict"])
    assert not measured.failed
    ready.refusal = None
    measured.begin()
    until(lambda: measured.answer == scores(1))


def test_an_old_measurement_is_made_again_and_stands_until_then(server):
    measured, other = Measurement(PREDICT, number=1), iter((1, 2))
    server.allowed.set()
    server.ask = lambda question, **_: server.allowed.wait(DEADLINE) and scores(next(other))
    measured.begin()
    until(lambda: measured.answer == scores(1))
    measured.renew(60.0)
    assert not asking._answers()._renewed  # not old yet
    server.allowed.clear()
    for _ in range(3):
        measured.renew(0.0)
    assert measured.answer == scores(1)
    server.allowed.set()
    until(lambda: measured.answer == scores(2))
    assert list(other) == []


def test_a_renewal_that_fails_leaves_the_measurement_and_may_be_tried_again(ready):
    measured = Measurement(PREDICT, number=1)
    measured.begin()
    until(lambda: measured.answer)
    for refusal in (EngineBusy("It is measured when the engine is free."), BROKEN):
        ready.refusal = refusal
        measured.renew(0.0)
        until(lambda: not asking._answers()._renewed)
        assert measured.answer == scores(1)
    assert len(ready.asked) == 3


def test_nothing_is_renewed_while_something_trains(ready):
    measured = Measurement(PREDICT, number=1)
    measured.begin()
    until(lambda: measured.answer)
    ready.status.running = 1
    measured.renew(0.0)
    assert len(ready.asked) == 1 and not asking._answers()._renewed


def test_only_the_latest_measurements_are_kept(ready):
    for number in range(4):
        Measurement(FEW, number=number).begin()
        until(lambda number=number: Measurement(FEW, number=number).answer)
    assert Measurement(FEW, number=0).answer is None
    assert Measurement(FEW, number=3).answer == scores(3)
