"""What nothing refers to is freed, however long it was frozen, and a busy process is not held up by it."""

import gc
import weakref
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from tl_core.machine import garbage
from tl_core.machine.garbage import Collector, collect_whole, collect_young


class Node:
    """A thing that refers to itself, as a session does."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    """Leave the collector as it was found: other tests count on it."""
    yield
    gc.unfreeze()


def left_behind() -> "weakref.ref[Node]":
    return weakref.ref(Node())


def test_what_has_come_and_gone_is_freed() -> None:
    gone = left_behind()
    assert gone()
    collect_young()
    assert gone() is None


def test_what_dies_after_it_was_frozen_waits_until_everything_is_thawed() -> None:
    node = Node()
    gone = weakref.ref(node)
    collect_young()
    del node
    collect_young()
    assert gone(), "nothing would be gained by freezing"
    collect_whole()
    assert gone() is None


def test_what_lives_is_frozen_and_is_not_walked_again() -> None:
    kept = [[] for _ in range(1000)]  # type: ignore[var-annotated]
    collect_whole()
    assert gc.get_freeze_count() > len(kept)
    assert not any(each is kept for each in gc.get_objects())


class Process:
    """A clock and a processor that a test winds, and what was collected in it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, whole: float, young: float) -> None:
        self.now = self.used = 1000.0
        self.collected: list[tuple[float, str]] = []
        clock = SimpleNamespace(monotonic=lambda: self.now, process_time=lambda: self.used)
        monkeypatch.setattr(garbage, "time", clock)
        monkeypatch.setattr(garbage, "collect_whole", lambda: self._take("whole", whole))
        monkeypatch.setattr(garbage, "collect_young", lambda: self._take("young", young))

    def _take(self, kind: str, seconds: float) -> float:
        self.collected.append((self.now, kind))
        self.now, self.used = self.now + seconds, self.used + seconds
        return seconds

    def runs(self, collector: Collector, seconds: float, busy: float) -> list[str]:
        """Let `collector` step as its thread does; return what was collected meanwhile."""
        before, end = len(self.collected), self.now + seconds
        while self.now < end:
            self.now += garbage.EVERY_SECONDS
            self.used += busy * garbage.EVERY_SECONDS
            collector.step()
        return [kind for _, kind in self.collected[before:]]


def test_a_busy_process_collects_what_is_new_and_thaws_once_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    process, collector = Process(monkeypatch, whole=0.3, young=0.01), Collector()
    process.runs(collector, 60, busy=0.6)
    found = process.runs(collector, 600, busy=0.6)
    assert 9 <= found.count("whole") <= 11
    assert found.count("young") >= 90


def test_a_large_process_gives_no_more_than_its_share_of_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    process, collector = Process(monkeypatch, whole=4.0, young=0.5), Collector()
    found = process.runs(collector, 2000, busy=0.9)
    spent = 4.0 * found.count("whole") + 0.5 * found.count("young")
    assert 0 < spent <= 2 * 1.1 * garbage.SHARE * 2000


def test_a_quiet_process_thaws_soon_after_work_and_then_rests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    process, collector = Process(monkeypatch, whole=0.3, young=0.01), Collector()
    process.runs(collector, 60, busy=0.6)
    assert "whole" in process.runs(collector, 20, busy=0.01)
    assert process.runs(collector, 200, busy=0.0) == []
