"""Questions that take seconds: asked once for everybody, and never while something trains."""

import threading
import time
from types import SimpleNamespace

import pytest

from tl_core.errors import EngineUnavailable
from tl_core.ui.training import measuring

DEADLINE = 10.0


class Server:
    """Answers when it is allowed to; counts what it was asked."""

    def __init__(self, running=0):
        self.status = SimpleNamespace(running=running)
        self.allowed = threading.Event()
        self.asked = []

    def ask(self, question, *, seconds, **arguments):
        self.asked.append((question, arguments))
        self.allowed.wait(DEADLINE)
        if question == "broken":
            raise EngineUnavailable("The engine is restarting. Try again in a few seconds.")
        return {"answer": arguments["number"]}


@pytest.fixture
def server(monkeypatch):
    server = Server()
    monkeypatch.setattr(measuring, "engine", lambda: server)
    monkeypatch.setattr(measuring, "engine_ready", lambda: True)
    measuring._answers.clear()
    yield server
    server.allowed.set()
    measuring._answers.clear()


def until(condition):
    end = time.monotonic() + DEADLINE
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)  # looks again; the deadline is the limit
    assert condition()


def test_asking_does_not_wait_and_asks_once(server):
    began = time.monotonic()
    for _ in range(5):
        measuring.ask_in_background("key", "question", number=7)
    assert time.monotonic() - began < 1
    assert measuring.answer("key") is None and not measuring.failed("key")
    server.allowed.set()
    until(lambda: measuring.answer("key") == {"answer": 7})
    assert server.asked == [("question", {"number": 7})]
    assert measuring.answer("another") is None


def test_nothing_is_measured_while_something_trains(server):
    server.status.running = 1
    measuring.ask_in_background("key", "question", number=7)
    assert server.asked == [] and not measuring.may_measure()
    server.status.running = 0
    measuring.ask_in_background("key", "question", number=7)
    until(lambda: server.asked)


def test_nothing_is_asked_of_an_engine_that_is_not_there(server, monkeypatch):
    monkeypatch.setattr(measuring, "engine_ready", lambda: False)
    measuring.ask_in_background("key", "question", number=7)
    assert server.asked == []


def test_a_question_that_failed_is_asked_again_only_after_a_while(server, monkeypatch):
    server.allowed.set()
    measuring.ask_in_background("key", "broken")
    until(lambda: measuring.failed("key"))
    assert measuring.answer("key") is None
    measuring.ask_in_background("key", "broken")
    assert len(server.asked) == 1
    monkeypatch.setattr(measuring, "AGAIN_AFTER", 0.0)
    measuring.ask_in_background("key", "question", number=1)
    until(lambda: measuring.answer("key") == {"answer": 1})


def test_only_the_latest_answers_are_kept(server, monkeypatch):
    monkeypatch.setattr(measuring, "KEPT", 2)
    server.allowed.set()
    for number in range(4):
        measuring.ask_in_background(f"key {number}", "question", number=number)
        until(lambda number=number: measuring.answer(f"key {number}"))
    assert measuring.answer("key 0") is None
    assert measuring.answer("key 3") == {"answer": 3}
