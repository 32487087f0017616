"""Parts of a job run side by side, in bounds, and stop when they are told to."""

import threading
import time
from collections.abc import Generator

import pytest

from tl_core.engine import tasks
from tl_core.engine.spread import PARTS_PER_WORKER, spread
from tl_core.errors import JobCancelled, RunNotFound

SECONDS = 20


def square(number):
    return number * number


def stumble(number):
    if number == 3:
        raise RunNotFound("There is no part {number}.", number=number)
    return number


class Gate:
    """A task whose parts wait until it is opened, and which knows who has come."""

    def __init__(self):
        self.lock = threading.Lock()
        self.open = threading.Event()
        self.begun = []
        self.inside = self.most_inside = 0

    def enter(self, number):
        with self.lock:
            self.begun.append(number)
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        assert self.open.wait(SECONDS)
        with self.lock:
            self.inside -= 1
        return number

    def wait_for(self, count):
        deadline = time.monotonic() + SECONDS
        while len(self.begun) < count:
            assert time.monotonic() < deadline
            time.sleep(0.01)


gate = Gate()


def enter(number):
    return gate.enter(number)


@pytest.fixture(autouse=True)
def own_tasks(monkeypatch):
    for name in ("square", "stumble", "enter"):
        monkeypatch.setitem(tasks.TASKS, name, f"{__name__}:{name}")
    monkeypatch.setattr(f"{__name__}.gate", Gate())


def parts(count):
    return [{"number": number} for number in range(count)]


def go_on():
    """Never stop."""


def test_every_part_is_answered_once_under_its_own_number():
    answers = list(spread("square", parts(25), go_on))
    assert sorted(answers) == [(number, number * number) for number in range(25)]


def test_nothing_to_do_is_done():
    assert list(spread("square", [], go_on)) == []


def test_no_more_parts_are_under_way_than_there_is_room_for():
    threading.Timer(0.3, gate.open.set).start()
    assert len(list(spread("enter", parts(6), go_on))) == 6
    assert gate.most_inside == PARTS_PER_WORKER


def test_the_next_part_does_not_wait_until_somebody_has_looked_at_an_answer():
    gate.open.set()
    found = spread("enter", parts(6), go_on)
    next(found)
    gate.wait_for(PARTS_PER_WORKER + 1)
    assert len(list(found)) == 5


def test_flag_is_looked_at_while_a_part_is_computed():
    looks = []

    def look():
        looks.append(1)
        if len(looks) == 3:
            gate.open.set()

    assert list(spread("enter", parts(1), look)) == [(0, 0)]
    assert len(looks) >= 3


def test_stop_leaves_out_the_parts_that_have_not_begun():
    def stop():
        if gate.begun:
            gate.wait_for(PARTS_PER_WORKER)
            gate.open.set()
            raise JobCancelled("This job was stopped.")

    with pytest.raises(JobCancelled):
        list(spread("enter", parts(50), stop))
    assert len(gate.begun) == PARTS_PER_WORKER
    assert gate.inside == 0  # nobody is left at work behind the caller's back


def test_stop_before_the_first_part_runs_none():
    def stop():
        raise JobCancelled("This job was stopped.")

    with pytest.raises(JobCancelled):
        list(spread("enter", parts(3), stop))
    assert gate.begun == []


def test_refusal_of_a_part_reaches_the_caller_and_ends_the_rest():
    seen = []
    with pytest.raises(RunNotFound, match="There is no part 3"):
        for _, answer in spread("stumble", parts(100), go_on):
            seen.append(answer)
    assert 3 not in seen
    assert len(seen) <= 3 + PARTS_PER_WORKER


def test_caller_who_leaves_early_ends_the_rest():
    gate.open.set()
    found = spread("enter", parts(100), go_on)
    next(found)
    assert isinstance(found, Generator)
    found.close()
    assert len(gate.begun) <= 1 + 2 * PARTS_PER_WORKER
    assert gate.inside == 0


def squares_from_inside(count):
    """Run in a Dask worker: the parts go to the workers, this one among them."""
    return sorted(spread("square", parts(count), go_on))


def stopped_from_inside(count):
    def stop():
        if gate.begun:
            gate.wait_for(PARTS_PER_WORKER)
            raise JobCancelled("This job was stopped.")

    list(spread("enter", parts(count), stop))


@pytest.fixture(scope="module")
def worker():
    """Return a client of one Dask worker in this process, with the resources of a cloud worker."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=1,
            threads_per_worker=4,
            processes=False,
            resources={"infer": 3, "train": 1},
            dashboard_address=None,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


def test_inside_a_worker_the_parts_go_through_dask(worker):
    future = worker.submit(squares_from_inside, 25, resources={"train": 1}, pure=False)
    assert future.result(SECONDS) == [(number, number * number) for number in range(25)]


def test_inside_a_worker_a_place_stays_free_for_predictions(worker):
    future = worker.submit(stopped_from_inside, 50, resources={"train": 1}, pure=False)
    gate.wait_for(PARTS_PER_WORKER)
    question = worker.submit(square, 5, resources={"infer": 1}, pure=False, priority=10)
    assert question.result(SECONDS) == 25
    with pytest.raises(JobCancelled):
        future.result(SECONDS)
    gate.open.set()
    assert gate.most_inside == PARTS_PER_WORKER
    question = worker.submit(square, 6, resources={"infer": 1}, pure=False)
    assert question.result(SECONDS) == 36
    assert len(gate.begun) == PARTS_PER_WORKER
