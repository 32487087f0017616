import json
import os
import subprocess
import sys
import time

import pytest

from tl_core import runs
from tl_core.errors import RunNotFound
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.wording import Sentence

FIGURES = {"loss": 0.5, "accuracy": 0.75, "val_loss": 0.5, "val_accuracy": 0.75}


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
    run.append("epoch", epoch=2, metrics=FIGURES | {"loss": 0.5})
    run.append("epoch", epoch=1, metrics=FIGURES | {"loss": 0.9})
    run.append("note", template="{n} reused", values={"n": 10})
    shot = snapshot(run)
    (phase,) = shot.phases
    assert (phase.done, phase.total, phase.first, phase.finished) == (30, 40, 10, False)
    assert phase.rate is not None and phase.seconds_left == pytest.approx(10 / phase.rate)
    assert [epoch["loss"] for epoch in shot.epochs] == [0.9, 0.5]
    assert shot.notes == (Sentence(template="{n} reused", values={"n": 10}),)
    assert shot.started is not None and shot.ended is None


def test_second_attempt_shows_its_own_phases_and_keeps_the_epochs(run):
    run.append("state", state="running")
    run.append("progress", phase="features", done=40, total=40)
    run.append("epoch", epoch=1, metrics=FIGURES)
    run.append("state", state="running")
    shot = snapshot(run)
    assert shot.phases == () and len(shot.epochs) == 1


def test_line_that_a_kill_cut_short_hides_nothing_else(run):
    with (run.folder / "progress.jsonl").open("ab") as file:
        file.write(b'\n{"event": "epoch", "epo')
    run.append("epoch", epoch=1, metrics=FIGURES)
    assert len(snapshot(run).epochs) == 1


@pytest.mark.parametrize(
    "line",
    [
        '{"event": "state"}',
        '{"event": "state", "state": "queued", "time": 1}',  # nobody's
        '{"event": "state", "state": "queued", "time": 1, "owner": 3}',
        '{"event": "state", "state": "bogus", "time": 1}',
        '{"event": "state", "state": [], "time": 1}',
        '{"event": "state", "state": "running"}',
        '{"event": "state", "state": "running", "time": "noon"}',
        '{"event": "state", "state": "failed", "time": NaN}',
        '{"event": "state", "state": "done", "time": 1e300}',  # no calendar has it
        '{"event": "epoch"}',
        '{"event": "epoch", "epoch": 2}',
        '{"event": "epoch", "epoch": 2, "metrics": {}}',
        '{"event": "epoch", "epoch": 2, "metrics": null}',
        '{"event": "epoch", "epoch": 2, "metrics": {"loss": 1, "accuracy": 1, "val_loss": 1}}',
        '{"event": "epoch", "epoch": 2, "metrics": '
        '{"loss": [], "accuracy": 1, "val_loss": 1, "val_accuracy": 1}}',
        '{"event": "epoch", "epoch": Infinity, "metrics": '
        '{"loss": 1, "accuracy": 1, "val_loss": 1, "val_accuracy": 1}}',
        '{"event": "epoch", "epoch": 2, "metrics": '
        '{"loss": 1' + "0" * 400 + ', "accuracy": 1, "val_loss": 1, "val_accuracy": 1}}',
        '{"event": "progress"}',
        '{"event": "progress", "phase": [], "done": 1, "total": 2, "time": 1}',
        '{"event": "progress", "phase": 3, "done": 1, "total": 2, "time": 1}',
        '{"event": "progress", "phase": "head", "done": -1, "total": 2, "time": 1}',
        '{"event": "progress", "phase": "head", "done": 1, "total": 2, "time": "noon"}',
        '{"event": "note"}',
        '{"event": "note", "template": 3}',
        '{"event": "note", "template": "{a} {b}"}',
        '{"event": "note", "template": "{}", "values": []}',
        '{"event": "note", "template": "{"}',
        '{"event": "note", "template": "{}", "values": {"": 1}}',
        '{"event": "note", "template": "{0}", "values": {"0": 1}}',  # no name for a value
        '{"event": "note", "template": "{n:>999999999}", "values": {"n": 1}}',  # takes all memory
        '{"event": []}',
        "[" * 100_000,  # deeper than the parser goes
    ],
)
def test_line_of_another_shape_changes_nothing(run, line):
    run.append("state", state="running")
    run.append("progress", phase="features", done=10, total=40)
    run.append("epoch", epoch=1, metrics=FIGURES)
    before = snapshot(run)
    with (run.folder / "progress.jsonl").open("a") as file:
        file.write(f"{line}\n")
    assert snapshot(run) == before and before.state is JobState.RUNNING
    run.append("state", state="done")
    assert snapshot(run).state is JobState.DONE


def test_reason_of_an_earlier_version_is_still_read(run):
    run.append("state", state="failed", template="Not {what}.", values={"what": None})
    assert str(snapshot(run).error) == "Not None."


@pytest.mark.parametrize("template", ["{a} {b}", "{", 3, None, "{a.b}"])
@pytest.mark.parametrize("values", [{}, {"a": 1}, None, 3])
def test_reason_that_cannot_be_shown_is_none_and_the_run_has_failed(run, template, values):
    run.append("state", state="failed", template=template, values=values)
    assert snapshot(run).state is JobState.FAILED and snapshot(run).error is None


def test_epochs_of_other_jobs_have_figures_of_their_own(run):
    other = runs.open_run("skip", {})
    other.append("epoch", epoch=0, metrics={"plain": {"loss": 1.0}})
    assert snapshot(other).epochs == ({"plain": {"loss": 1.0}, "epoch": 0},)


def test_folder_in_place_of_the_progress_file_is_one_sentence(run):
    path = run.folder / "progress.jsonl"
    path.unlink()
    path.mkdir()
    for act in (lambda: snapshot(run), lambda: run.append("state", state="done")):
        with pytest.raises(RunNotFound, match=r"progress.jsonl cannot be read"):
            act()


@pytest.mark.parametrize("owner", [{"pid": []}, {"pid": 10**30}, {"pid": -1}, {"started": "x"}])
def test_owner_that_cannot_be_is_gone(run, owner):
    run.append("state", state="queued", owner=runs.owner() | owner)
    assert snapshot(run).state is JobState.INTERRUPTED


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
    assert shot.state is JobState.FAILED and shot.error == Sentence(
        template="{x} broke.", values={"x": 1}
    )
    run.append("state", state="queued", owner=runs.owner())
    assert snapshot(run).error is None


def test_cancel_request_shows_until_it_is_withdrawn(run):
    run.request_cancel()
    assert snapshot(run).cancelling
    run.withdraw_cancel()
    assert not snapshot(run).cancelling
