"""Everybody's first job before anybody's second, limits for pupils, and a place beside a long training."""

import json
import time
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from tests.engine.conftest import wait_for
from tl_core import runs, teacher
from tl_core.engine import tasks
from tl_core.engine.attempts import Job
from tl_core.engine.client import Engine
from tl_core.engine.fair import FairLine
from tl_core.engine.jobs import run_job
from tl_core.engine.loss import EngineLost
from tl_core.engine.queue import JobQueue
from tl_core.engine.sentences import too_long
from tl_core.errors import DiskUnusable, NotAllowed, QueueFull
from tl_core.people import NOBODY, Person, mark_of, ownership
from tl_core.runs import Run
from tl_core.runs.cost import Cost
from tl_core.runs.reporting import check_cancel
from tl_core.runs.snapshots import JobState, owner_of, recorded, snapshot
from tl_core.settings import current
from tl_core.teacher import Limits, write_limits

ANN, BOB, EVE = (mark_of(name) for name in ("ann", "bob", "eve"))
SHORT, LONG = Cost(seconds=10, memory=1), Cost(seconds=1800, memory=1)


@pytest.fixture(autouse=True)
def class_with_a_teacher(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TL_TEACHER_KEY", "a-key-of-a-teacher")


class Line:
    """A queue with one slot, and what it has given to an engine, in order."""

    def __init__(self, costs=None):
        self.queue = JobQueue(100, lambda future: None, foresee=(costs or {}).get)
        self.given: list[Any] = []
        self.attach()

    def attach(self) -> None:
        self.queue.attach(lambda run, key, ended, place: self.given.append((run, ended, place)))
        self.queue.set_slots(1)

    def asks(self, person: str, *numbers: int, limited: bool = False) -> None:
        for number in numbers:
            self.queue.add(job(number), person, limited=limited)

    def finish(self):
        """End the job that runs; the next one starts."""
        self.given[-1][1](None)

    @property
    def order(self):
        """The numbers of the jobs in the order in which they start."""
        while sum(self.queue.counts()):
            self.finish()
        return [run.config["number"] for run, *_ in self.given]


def job(number: int) -> Run:
    return runs.open_run("train", {"number": number})


# The order


def test_everybodys_first_job_comes_before_anybodys_second():
    line = Line()
    line.asks(ANN, 1, 2, 3)
    line.asks(BOB, 11, 12)
    line.asks(EVE, 21)
    assert line.order == [1, 11, 21, 2, 12, 3]


def test_job_that_has_just_ended_counts_as_ones_first():
    line = Line()
    line.asks(ANN, 1, 2)
    line.finish()  # Ann's second runs
    line.asks(ANN, 3)
    line.asks(BOB, 11)
    line.finish()
    assert line.given[-1][0] == job(11)


def test_nobody_saves_up_turns_by_waiting_with_nothing_to_do():
    line = Line()
    for number in range(5):
        line.asks(ANN, number)
        line.finish()
    line.asks(ANN, 5, 6)
    line.asks(BOB, 11, 12, 13, 14)
    assert line.order[5:] == [5, 11, 6, 12, 13, 14]


def test_those_who_are_nobody_in_particular_are_served_as_they_come():
    line = Line()
    line.asks("", 1, 2, 3)
    line.asks(ANN, 11)
    line.asks("", 4)
    assert line.order == [1, 2, 3, 11, 4]


def test_one_who_stops_a_waiting_job_moves_up_with_the_next():
    line = Line()
    line.asks(ANN, 1, 2, 3)
    line.queue.cancel(job(2))
    line.asks(BOB, 11, 12)
    assert line.order == [1, 11, 3, 12]


def test_place_in_the_line_is_that_of_the_order_in_which_jobs_start():
    line = Line()
    line.asks(ANN, 1, 2, 3)
    assert [line.queue.position(job(number)) for number in (2, 3)] == [1, 2]
    line.asks(BOB, 11)
    assert [line.queue.position(job(number)) for number in (11, 2, 3)] == [1, 2, 3]


def test_job_that_an_engine_lost_goes_before_all_and_keeps_its_person():
    line = Line()
    line.asks(ANN, 1, 2)
    line.asks(BOB, 11)
    line.given[-1][1](EngineLost("gone"))
    assert owner_of(job(1))["person"] == ANN
    line.queue.set_slots(1)
    assert line.order == [1, 1, 11, 2]


def test_line_forgets_those_whose_turn_is_long_over():
    line = FairLine()
    for number in range(50):
        line.put(Job(run=job(number), person=mark_of(str(number))))
        line.put(Job(run=job(-1 - number), person=ANN))
        line.start(next(iter(line)).run.id)
        line.start(next(iter(line)).run.id)
    assert len(line._started) <= 2


# The teacher


def test_teacher_puts_a_job_first_and_nobody_else_does():
    engine = Engine(current())  # never started: everything waits
    ann, bob = Person(id=ANN), Person(id=BOB)
    engine.submit(job(1), ann)
    engine.submit(job(2), bob)
    for other in (bob, ann, NOBODY):
        with pytest.raises(NotAllowed, match="Only the teacher"):
            engine.put_first(job(2), other)
    assert [one.run for one in engine.jobs()[1]] == [job(1), job(2)]
    engine.put_first(job(2), Person(id=EVE, teacher=True))
    assert [one.run for one in engine.jobs()[1]] == [job(2), job(1)]


# Whose a job is


def test_job_has_its_owner_before_it_begins():
    line, seen = Line(), []
    line.queue.attach(lambda run, *_: seen.append(ownership.people_of(run.folder)))
    line.asks(ANN, 1)
    assert seen == [(ANN,)]


def test_job_whose_owner_cannot_be_written_does_not_begin(monkeypatch):
    def refuse(folder, people):
        raise DiskUnusable("The disk is full.")

    line = Line()
    monkeypatch.setattr(ownership, "_write", refuse)
    with pytest.raises(DiskUnusable):
        line.asks(ANN, 1)
    assert line.given == [] and not (job(1).folder / "progress.jsonl").exists()


def test_done_job_of_an_earlier_version_stays_nobodys_and_anothers_becomes_shared():
    engine = Engine(current())
    for number in (1, 2):
        job(number).append("state", state="done")
    ownership.join(job(2).folder, BOB)
    for number in (1, 2):
        engine.submit(job(number), Person(id=ANN))
    assert ownership.people_of(job(1).folder) == ()
    assert ownership.people_of(job(2).folder) == (BOB, ANN)


# Limits


def test_visitor_who_asks_for_forty_has_two_waiting_and_anothers_job_starts_next():
    line = Line()
    refused = 0
    for number in range(40):
        try:
            line.asks(ANN, number, limited=True)
        except QueueFull as error:
            refused += 1
            assert "2 of your jobs of this kind are waiting already" in str(error)
    assert refused == 37 and line.queue.counts() == (1, 2)
    line.asks(BOB, 100, limited=True)
    line.finish()
    assert line.given[-1][0] == job(100)


def test_refused_job_leaves_no_trace_and_can_be_asked_for_later():
    line = Line()
    line.asks(ANN, 1, 2, 3, limited=True)
    with pytest.raises(QueueFull):
        line.asks(ANN, 4, limited=True)
    assert not (job(4).folder / "progress.jsonl").exists()
    line.finish()
    line.asks(ANN, 4, limited=True)
    assert snapshot(job(4)).state is JobState.QUEUED


def test_limit_holds_for_pupils_where_there_is_a_key_and_for_nobody_else(monkeypatch):
    teacher, pupil = Person(id=EVE, teacher=True), Person(id=ANN)

    def waiting(by: Person) -> int:
        engine = Engine(current())  # never started: everything waits
        for number in range(5):
            with suppress(QueueFull):
                engine.submit(runs.open_run("train", {"by": by.id, "number": number}), by)
        return len(engine.jobs()[1])

    assert (waiting(pupil), waiting(teacher)) == (2, 5)
    monkeypatch.delenv("TL_TEACHER_KEY")
    assert waiting(Person(id=BOB)) == 5


def test_full_queue_keeps_pupils_out_and_lets_the_teacher_in(monkeypatch):
    monkeypatch.setenv("TL_QUEUE_LIMIT", "1")
    engine = Engine(current())  # never started: everything waits
    teacher, pupil = Person(id=EVE, teacher=True), Person(id=ANN)
    engine.submit(job(1), Person(id=BOB))
    with pytest.raises(QueueFull):
        engine.submit(job(2), pupil)
    engine.submit(job(3), teacher)
    assert [one.run for one in engine.jobs()[1]] == [job(1), job(3)]
    monkeypatch.delenv("TL_TEACHER_KEY")  # everybody is the teacher then
    with pytest.raises(QueueFull):
        engine.submit(job(4), teacher)


def test_limit_counts_what_waits_with_other_servers_of_the_cluster(monkeypatch):
    monkeypatch.setenv("TL_SCHEDULER", "tcp://10.0.0.1:8786")
    there, here = JobQueue(100, lambda future: None), JobQueue(100, lambda future: None)
    for number in (1, 2):
        there.add(job(number), ANN, limited=True)
    there.look()
    with pytest.raises(QueueFull):
        here.add(job(3), ANN, limited=True)
    here.add(job(3), BOB, limited=True)
    there.end()
    here.add(job(4), ANN, limited=True)


def test_teacher_changes_the_limit_while_it_runs_and_a_restart_keeps_it():
    line = Line()
    line.asks(ANN, 1, 2, 3, limited=True)
    with pytest.raises(NotAllowed):
        write_limits(Limits(jobs=9, photos=100, minutes=10), Person(id=ANN))
    write_limits(Limits(jobs=3, photos=100, minutes=10), Person(id=EVE, teacher=True))
    line.asks(ANN, 4, limited=True)
    with pytest.raises(QueueFull, match="3 of your jobs"):
        line.asks(ANN, 5, limited=True)
    teacher.limits._read.cache_clear()  # as another process has it
    assert teacher.read_limits() == Limits(jobs=3, photos=100, minutes=10)


@pytest.mark.parametrize(
    "text", ["", "[", "[]", '{"jobs": 2}', '{"jobs": -1, "photos": 1, "minutes": "x"}']
)
def test_damaged_limits_are_the_usual_ones(text, tmp_path):
    (tmp_path / "teacher").mkdir()
    (tmp_path / "teacher" / "limits.json").write_text(text)
    assert teacher.read_limits() == Limits(jobs=2, photos=3000, minutes=30)


def test_job_that_runs_for_too_long_is_stopped_and_says_why(monkeypatch):
    line = Line()
    line.asks(ANN, 1, limited=True)
    line.asks(BOB, 11, limited=True)
    [attempt], _ = line.queue.jobs()
    line.queue.look()
    assert not job(1).cancel_requested  # 30 minutes are not over
    later = replace(attempt, started=time.monotonic() - 31 * 60)
    line.queue._active[job(1).id] = later
    line.queue.look()
    assert "30 minutes" in str(job(1).cancel_reason)
    line.finish()
    shot = recorded(job(1))[0]
    assert shot.state is JobState.CANCELLED
    assert "as long as a job of a pupil may" in str(shot.error)
    assert line.given[-1][0] == job(11)
    line.queue.add(job(1), ANN)
    assert not job(1).cancel_requested and snapshot(job(1)).error is None


def test_pupil_resumes_a_job_that_ran_for_too_long_once_there_is_more_time():
    line, eve = Line(), Person(id=EVE, teacher=True)
    for number, minutes in ((1, 30), (2, 30), (3, 20)):
        job(number).append("state", state="cancelled", **too_long(minutes).sentence.to_json())
    job(4).append("state", state="cancelled")  # somebody has pressed Stop
    with pytest.raises(NotAllowed, match="stopped after 30 minutes"):
        line.asks(ANN, 1, limited=True)
    assert line.given == [] and snapshot(job(1)).state is JobState.CANCELLED
    line.asks(EVE, 2)  # the teacher's own run for as long as they take
    line.asks(ANN, 3, 4, limited=True)
    write_limits(Limits(jobs=3, photos=100, minutes=31), eve)
    line.asks(ANN, 1, limited=True)
    assert sorted(line.order) == [1, 2, 3, 4]


def ran(number: int, *told: tuple[str, float]) -> Run:
    """Return a job that has said so, each at its minute."""
    for said, minute in told:
        event: dict[str, object] = {"event": "state", "state": said}
        if said == "progress":
            event = {"event": said, "phase": "head", "done": 1, "total": 2}
        line = json.dumps(event | {"time": 60 * (10_000 + minute)})
        with (job(number).folder / "progress.jsonl").open("a") as file:
            file.write(f"{line}\n")
    return job(number)


def test_attempts_of_a_job_share_the_time_of_a_pupil():
    first = (("running", 0), ("progress", 9), ("cancelled", 10))
    twice = ran(
        1, *first, ("running", 600), ("cancelled", 615)
    )  # what lies between is nobody's time
    killed = ran(2, *first, ("running", 600), ("progress", 621))  # and so is what comes after
    assert snapshot(twice).spent / 60 == 25 and snapshot(killed).spent / 60 == 31
    line = Line()
    with pytest.raises(NotAllowed, match="stopped after 31 minutes"):
        line.asks(ANN, 2, limited=True)
    line.asks(EVE, 2)  # the teacher's own
    line.finish()
    line.asks(ANN, 1, limited=True)
    [attempt], _ = line.queue.jobs()
    started = time.monotonic() - 4 * 60
    line.queue._active[twice.id] = replace(attempt, started=started)
    line.queue.look()
    assert not twice.cancel_requested  # 29 minutes
    line.queue._active[twice.id] = replace(attempt, started=started - 2 * 60)
    line.queue.detach()  # the engine is lost, and comes back
    line.attach()
    [attempt], _ = line.queue.jobs()
    assert attempt.spent == pytest.approx(31 * 60, abs=5) and time.monotonic() - attempt.started < 5
    line.queue.look()
    assert "30 minutes" in str(twice.cancel_reason)


def never_ends(run):
    """A job that looks at its flag, as all do."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        check_cancel(run)


def test_worker_that_heeds_the_time_writes_why(monkeypatch):
    monkeypatch.setitem(tasks.JOBS, "train", f"{__name__}:never_ends")
    run = job(1)
    run.append("state", state="queued", owner=runs.owner())
    run.request_cancel(too_long(30))
    run_job(run.id)
    shot = recorded(run)[0]
    assert shot.state is JobState.CANCELLED and shot.error == too_long(30).sentence
    run.request_cancel()  # somebody has pressed Stop
    run_job(run.id)
    assert recorded(run)[0].state is JobState.CANCELLED and run.cancel_reason is None


@pytest.mark.parametrize("content", [b"[", b"{}", b"3", b'{"template": 3, "values": 4}', b"\xff"])
def test_damaged_flag_is_a_stop_without_a_reason(content):
    (job(1).folder / "cancel").write_bytes(content)
    assert job(1).cancel_requested and job(1).cancel_reason is None


def test_job_that_somebody_may_not_ask_for_is_refused_before_it_waits():
    def check(run, by):
        raise NotAllowed("Not this one.")

    engine = Engine(current(), check=check)
    with pytest.raises(NotAllowed, match="Not this one"):
        engine.submit(job(1), Person(id=ANN))
    assert engine.jobs() == ([], []) and not (job(1).folder / "progress.jsonl").exists()


def test_job_that_does_not_heed_its_time_is_ended(monkeypatch):
    monkeypatch.setattr("tl_core.engine.stops.GRACE_SECONDS", 0.1)
    line = Line()
    line.asks(ANN, 1, limited=True)
    [attempt], _ = line.queue.jobs()
    line.queue._active[job(1).id] = replace(attempt, started=time.monotonic() - 31 * 60)
    line.queue.look()
    wait_for(lambda: snapshot(job(1)).state is JobState.CANCELLED, 5)
    assert "30 minutes" in str(snapshot(job(1)).error)


def test_teachers_job_runs_for_as_long_as_it_takes():
    line = Line()
    line.asks(EVE, 1)
    [attempt], _ = line.queue.jobs()
    line.queue._active[job(1).id] = replace(attempt, started=time.monotonic() - 10_000)
    line.queue.look()
    assert not job(1).cancel_requested


# Beside a long one


def places(line):
    return [(run.config["number"], place) for run, _, place in line.given]


def test_small_training_starts_beside_a_long_one_and_a_long_one_waits():
    line = Line({job(1): LONG, job(2): LONG, job(3): SHORT, job(4): SHORT})
    line.queue.set_slots(1, 1)
    line.asks(ANN, 1)
    line.asks(BOB, 2)
    line.asks(EVE, 3, 4)
    assert places(line) == [(1, "train"), (3, "beside")]
    line.finish()
    assert places(line)[2:] == [(4, "beside")]
    line.given[0][1](None)  # the long one is done
    assert places(line)[3:] == [(2, "train")]


def test_small_training_waits_behind_another_small_one():
    line = Line({job(1): SHORT, job(2): SHORT})
    line.queue.set_slots(1, 1)
    line.asks(ANN, 1)
    line.asks(BOB, 2)
    assert places(line) == [(1, "train")]


def test_job_of_which_nothing_tells_is_long_once_it_has_run_for_a_minute():
    line = Line({job(2): SHORT})
    line.queue.set_slots(1, 1)
    line.asks(ANN, 1)
    line.asks(BOB, 2)
    assert places(line) == [(1, "train")]
    [attempt], _ = line.queue.jobs()
    line.queue._active[job(1).id] = replace(attempt, started=time.monotonic() - 61)
    line.queue.set_slots(1, 1)
    assert places(line) == [(1, "train"), (2, "beside")]


def test_small_training_waits_where_the_memory_does_not_suffice_for_two():
    line = Line({job(1): LONG, job(2): Cost(seconds=10, memory=2**60)})
    line.queue.set_slots(1, 1)
    line.asks(ANN, 1)
    line.asks(BOB, 2)
    assert places(line) == [(1, "train")]


@pytest.mark.parametrize(
    ("profile", "places"), [("classroom", [0, 0, 0, 0]), ("cloud", [0, 1, 2, 0])]
)
def test_imports_and_exports_wait_for_no_training_but_in_the_one_worker_of_the_cloud(
    profile, places, monkeypatch
):
    monkeypatch.setenv("TL_PROFILE", profile)
    engine = Engine(current())  # never started: everything waits
    jobs = [runs.open_run(kind, {}) for kind in ("train", "import", "export", "score")]
    for one in jobs:
        engine.submit(one, Person(id=EVE, teacher=True))
    assert [engine.position(one) for one in jobs] == places
