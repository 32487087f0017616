"""Progress reaches the run book often enough to be seen, seldom enough to cost nothing."""

from types import SimpleNamespace

import pytest

from tl_core import runs
from tl_core.errors import JobCancelled
from tl_core.runs import reporting
from tl_core.runs.progress import read_events
from tl_core.runs.reporting import (
    SECONDS_BETWEEN_LINES,
    SECONDS_BETWEEN_LOOKS,
    Reporter,
    check_cancel,
)
from tl_core.runs.snapshots import snapshot


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    return runs.open_run("train", {"dataset": "emoji"})


@pytest.fixture
def clock(monkeypatch):
    """Return a clock that stands still; ``clock.now`` moves it."""
    found = SimpleNamespace(now=1000.0)
    found.monotonic = lambda: found.now
    monkeypatch.setattr(reporting, "time", found)
    return found


def lines(run):
    path = run.folder / "progress.jsonl"
    return [event["done"] for event in read_events(path)] if path.exists() else []


def test_bar_is_there_before_the_first_unit_if_the_total_is_known(run, clock):
    Reporter(run, "weights")
    assert lines(run) == []
    Reporter(run, "features", 40, 8)
    (event,) = read_events(run.folder / "progress.jsonl")
    assert {name: event[name] for name in ("event", "phase", "done", "total", "message")} == {
        "event": "progress",
        "phase": "features",
        "done": 8,
        "total": 40,
        "message": "",
    }


def test_units_that_come_fast_share_a_line_and_the_last_one_is_always_written(run, clock):
    report = Reporter(run, "features", 1000)
    for done in range(1, 1001):
        report(done, 1000)
    assert lines(run) == [0, 1000]


def test_units_that_come_slowly_have_a_line_each(run, clock):
    report = Reporter(run, "features", 3)
    for done in (1, 2, 3):
        clock.now += 2 * SECONDS_BETWEEN_LINES
        report(done, 3)
    assert lines(run) == [0, 1, 2, 3]


def test_unknown_total_does_not_make_every_unit_the_last(run, clock):
    report = Reporter(run, "download")
    for done in range(1, 100):
        report(done, 0)
    assert lines(run) == [1]


def test_message_is_kept(run, clock):
    Reporter(run, "import")(1, 2, "Reading the images")
    (event,) = read_events(run.folder / "progress.jsonl")
    assert event["message"] == "Reading the images"


def test_stop_is_seen_at_the_next_look_and_nothing_more_is_written(run, clock):
    report = Reporter(run, "features", 10)
    run.request_cancel()
    clock.now += 2 * SECONDS_BETWEEN_LOOKS
    with pytest.raises(JobCancelled):
        report(10, 10)
    assert lines(run) == [0]
    run.withdraw_cancel()
    clock.now += 2 * SECONDS_BETWEEN_LOOKS
    report(10, 10)
    assert lines(run) == [0, 10]


def test_stop_before_the_start_is_seen_at_once(run, clock):
    run.request_cancel()
    with pytest.raises(JobCancelled):
        Reporter(run, "features", 10)
    with pytest.raises(JobCancelled):
        Reporter(run, "download")(1, 10)


def test_flag_is_not_looked_for_at_every_unit(run, clock, monkeypatch):
    looks: list[runs.Run] = []
    monkeypatch.setattr(reporting, "check_cancel", looks.append)
    report = Reporter(run, "features", 10_000)
    for done in range(1, 10_000):
        clock.now += SECONDS_BETWEEN_LOOKS / 100
        report(done, 10_000)
    assert 90 <= len(looks) <= 110


def test_check_raises_only_while_the_flag_is_there(run):
    check_cancel(run)
    run.request_cancel()
    with pytest.raises(JobCancelled):
        check_cancel(run)
    run.withdraw_cancel()
    check_cancel(run)


def test_page_sees_what_was_there_before_this_attempt(run):
    report = Reporter(run, "features", 40, 8)
    report(40, 40)
    (phase,) = snapshot(run).phases
    assert (phase.name, phase.first, phase.done, phase.total) == ("features", 8, 40, 40)
    assert phase.finished
