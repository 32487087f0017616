import json
import os
import subprocess
import sys
import time

import pytest

from tl_core import runs
from tl_core.errors import RunNotFound
from tl_core.snapshots import JobState, snapshot


@pytest.fixture(autouse=True)
def data_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def run():
    run = runs.open_run("train", {"dataset": "emoji", "seed": 3})
    run.append("state", state="queued", owner=runs.owner())
    return run


def test_same_configuration_is_the_same_run(run):
    again = runs.open_run("train", {"seed": 3, "dataset": "emoji"})
    assert again.id == run.id
    assert snapshot(again).state is JobState.QUEUED
    assert runs.open_run("train", {"dataset": "emoji", "seed": 4}).id != run.id
    assert runs.open_run("import", {"dataset": "emoji", "seed": 3}).id != run.id


@pytest.mark.parametrize(
    "identifier",
    ["", "../../etc/passwd", "0" * 16, "ABCDEF0123456789", "0" * 17, "0123456789abcde\n"],
)
def test_unknown_or_hostile_id_is_not_found(identifier):
    with pytest.raises(RunNotFound):
        runs.get_run(identifier)


def test_damaged_run_is_left_out_of_the_list(run, data_dir):
    damaged = data_dir / "runs" / ("f" * 16)
    damaged.mkdir()
    (damaged / "config.json").write_text('{"kind": "train"')
    assert [found.id for found in runs.list_runs("train")] == [run.id]
    assert runs.list_runs("import") == ()


def test_snapshot_follows_phases_epochs_and_notes(run):
    run.append("state", state="running")
    run.append("progress", phase="features", done=10, total=40)
    run.append("progress", phase="features", done=30, total=40)
    run.append("epoch", epoch=2, metrics={"epoch": 2, "loss": 0.5})
    run.append("epoch", epoch=1, metrics={"epoch": 1, "loss": 0.9})
    run.append("note", template="{n} reused", values={"n": 10})
    shot = snapshot(run)
    (phase,) = shot.phases
    assert (phase.done, phase.total, phase.first, phase.finished) == (30, 40, 10, False)
    assert phase.rate is not None and phase.seconds_left == pytest.approx(10 / phase.rate)
    assert [epoch["loss"] for epoch in shot.epochs] == [0.9, 0.5]
    assert shot.notes == (("{n} reused", {"n": 10}),)
    assert shot.started is not None and shot.ended is None


def test_second_attempt_shows_its_own_phases_and_keeps_the_epochs(run):
    run.append("state", state="running")
    run.append("progress", phase="features", done=40, total=40)
    run.append("epoch", epoch=1, metrics={"epoch": 1})
    run.append("state", state="running")
    shot = snapshot(run)
    assert shot.phases == () and len(shot.epochs) == 1


def test_line_that_a_kill_cut_short_hides_nothing_else(run):
    with (run.folder / "progress.jsonl").open("ab") as file:
        file.write(b'\n{"event": "epoch", "epo')
    run.append("epoch", epoch=1, metrics={"epoch": 1})
    assert len(snapshot(run).epochs) == 1


def test_live_run_of_a_process_that_is_gone_is_interrupted(run):
    assert snapshot(run).state is JobState.QUEUED
    script = "from tl_core import runs; import json; print(json.dumps(runs.owner()))"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    gone = json.loads(answer.stdout)
    run.append("state", state="queued", owner=gone)
    assert snapshot(run).state is JobState.INTERRUPTED
    # A process that got the same number later is not the owner.
    run.append("state", state="queued", owner={**gone, "pid": os.getpid(), "started": 1.0})
    assert snapshot(run).state is JobState.INTERRUPTED


def test_job_on_a_cluster_lives_as_long_as_it_beats(run):
    remote = {**runs.owner(), "host": "elsewhere", "scheduler": "tcp://a:1"}
    run.append("state", state="running", owner=remote)
    run.append("state", state="queued", owner=remote)
    assert snapshot(run).state is JobState.INTERRUPTED
    run.beat()
    assert snapshot(run).state is JobState.QUEUED
    old = time.time() - 60
    os.utime(run.folder / "heartbeat", (old, old))
    assert snapshot(run).state is JobState.INTERRUPTED


def test_failure_carries_its_sentence_and_a_new_attempt_clears_it(run):
    run.append("state", state="failed", template="{x} broke.", values={"x": 1})
    shot = snapshot(run)
    assert shot.state is JobState.FAILED and shot.error == ("{x} broke.", {"x": 1})
    run.append("state", state="queued", owner=runs.owner())
    assert snapshot(run).error is None


def test_cancel_request_shows_until_it_is_withdrawn(run):
    run.request_cancel()
    assert snapshot(run).cancelling
    run.withdraw_cancel()
    assert not snapshot(run).cancelling
