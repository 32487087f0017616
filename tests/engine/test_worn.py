"""When a worker that trains is replaced: after its share of jobs, or as soon as it has grown too large."""

import pytest

from tl_core.engine.submission import LARGE_BYTES, Jobs, worn
from tl_core.settings import Settings

SMALL = 400_000_000
LARGE = LARGE_BYTES["classroom"] + 1


@pytest.mark.parametrize(
    ("jobs", "held", "profile", "expected"),
    [
        (1, SMALL, "classroom", False),
        (19, SMALL, "classroom", False),
        (20, SMALL, "classroom", True),  # its share
        (1, LARGE, "classroom", True),
        (
            1,
            LARGE,
            "cloud",
            False,
        ),  # the one worker predicts too, and nobody can while it is replaced
        (1, LARGE_BYTES["cloud"] + 1, "cloud", True),
    ],
)
def test_a_worker_is_worn_by_jobs_or_by_growth(jobs, held, profile, expected):
    assert worn(jobs, held, Settings(profile=profile)) is expected


class Done:
    """The future of a job that has ended well."""

    key, status = "job", "finished"

    def __init__(self, held):
        self._held = held

    def result(self, timeout):
        return self._held

    def release(self):
        pass

    def add_done_callback(self, call):
        call(self)


class OneWorker:
    """A client of a cluster with one worker, which other work may keep busy."""

    def __init__(self, held, processing=()):
        self.replaced = 0
        self._held, self._processing = held, processing

    def submit(self, *_, **__):
        return Done(self._held)

    def who_has(self, _):
        return {"job": ["worker"]}

    def processing(self, _):
        return {"worker": self._processing}

    def restart_workers(self, *_, **__):
        self.replaced += 1


@pytest.mark.parametrize(
    ("held", "processing", "place", "replaced"),
    [
        (SMALL, (), "train", 0),
        (LARGE, (), "train", 1),
        (LARGE, ("question",), "train", 0),  # it has somebody else's work
        (LARGE, (), "score", 0),
        (SMALL, (), "beside", 1),  # always: its memory is for others
    ],
)
def test_only_a_worker_that_has_grown_is_replaced_after_a_job(
    monkeypatch, held, processing, place, replaced
):
    monkeypatch.setattr("distributed.fire_and_forget", lambda _: None)
    client, ended = OneWorker(held, processing), list[object]()
    run = type("Run", (), {"id": "train-1"})()
    Jobs(client, Settings()).submit(run, "key", ended.append, place)
    assert (client.replaced, ended) == (replaced, [None])
