"""The run book: every run is listed whatever has happened to it, and two runs are compared fairly."""

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tl_core import files, run_book, runs
from tl_core.errors import RunNotFound, SettingInvalid
from tl_core.run_book import read_entries, read_label, write_label
from tl_core.run_book.entries import LABEL
from tl_core.run_book.table import csv_bytes, entry_row
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.statistics import wilson_interval
from tl_core.training import TrainingConfig, open_training


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    return tmp_path


def queued(**settings: Any) -> Run:
    run = open_training(TrainingConfig(dataset="emoji", **settings))
    run.append("state", state="queued", owner=runs.owner())
    return run


def metrics(**changes: Any) -> dict[str, Any]:
    # The accuracy and the interval are wrong on purpose: only the counts are believed.
    found = {"correct": 30, "n": 40, "accuracy": 99, "interval": [0, 0]}
    part = {**found, "confusion": [[30, 10], [0, 0]]}
    counts = {"images_computed": 40, "images_reused": 0}
    return {"validation": part, "seconds_features": 1.5, "seconds_head": 2.5, **counts, **changes}


def guessed(**changes: Any) -> dict[str, Any]:
    shares = {"images": ["a" * 64], "labels": [1], "probabilities": [[0.25, 0.75]]}
    return shares | changes


def ended(state: str = "done", **settings: Any) -> Run:
    run = queued(**settings)
    run.append("state", state="running")
    figures = ("loss", "accuracy", "val_loss", "val_accuracy")
    run.append("epoch", epoch=1, metrics={"epoch": 1} | dict.fromkeys(figures, 0.75))
    if state == "done":
        files.write_json(run.folder / runs.METRICS, metrics())
        files.write_json(run.folder / runs.MODEL, {"class_names": ["ant", "bee"]})
        files.write_json(run.folder / runs.PREDICTIONS, {"validation": guessed()})
    run.append("state", state=state)
    return run


def only() -> run_book.Entry:
    (entry,) = read_entries()
    return entry


# The list


def test_a_run_that_is_done_has_its_accuracy_with_n_and_interval_and_its_time() -> None:
    run = ended(seed=3)
    entry = only()
    assert entry.run == run and entry.state is JobState.DONE and not entry.damaged
    assert entry.config == TrainingConfig(dataset="emoji", seed=3)
    assert entry.metrics
    found = entry.metrics.validation
    assert (found.correct, found.n, found.accuracy) == (30, 40, 0.75)
    assert found.interval == wilson_interval(30, 40)
    assert entry.metrics.test is None and entry.seconds == 4.0 and entry.epochs == 1


def test_runs_are_listed_newest_first_and_other_kinds_are_not() -> None:
    first, second = ended(seed=1), ended(seed=2)
    runs.open_run("import", {"sha256": "0", "title": "pets"})
    assert [entry.run.id for entry in read_entries()] == [second.id, first.id]


@pytest.mark.parametrize("state", ["queued", "cancelled", "failed"])
def test_a_run_without_a_result_is_listed_in_its_state(state: str) -> None:
    if state == "queued":
        queued()
    else:
        ended(state)
    entry = only()
    assert entry.state is JobState(state) and not entry.damaged
    assert entry.metrics is None


def test_a_stopped_run_that_kept_its_best_epoch_has_a_result() -> None:
    ended("done").append("state", state="cancelled")
    entry = only()
    assert entry.state is JobState.CANCELLED and entry.metrics and not entry.damaged


def test_a_live_run_whose_process_is_gone_is_interrupted_though_no_file_changed() -> None:
    run = queued()
    assert only().state is JobState.QUEUED
    run.append("state", state="running", owner=runs.owner())
    assert only().state is JobState.RUNNING
    run.append("state", state="queued", owner=runs.owner() | {"started": 1.0})
    assert only().state is JobState.INTERRUPTED


def test_an_unchanged_run_is_not_read_again_and_a_changed_one_is() -> None:
    run = ended()
    before = only()
    assert only() is before
    write_label(run, "My run", "")
    assert only() is not before and only().label.title == "My run"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def replaced(text: str) -> Callable[[Path], None]:
    return lambda path: files.write_bytes(path, text.encode())


METRICS = runs.METRICS


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        (METRICS, cut),
        (METRICS, Path.unlink),
        (METRICS, replaced("[]")),
        (METRICS, replaced("[" * 100_000)),  # deeper than the parser goes
        (METRICS, replaced(json.dumps(metrics(validation={"correct": 9, "n": 4})))),
        ("progress.jsonl", lambda path: path.unlink() or path.mkdir()),
    ],
)
def test_damage_is_told_and_hides_no_other_run(name: str, damage: Callable[[Path], None]) -> None:
    good, bad = ended(seed=1), ended(seed=2)
    damage(bad.folder / name)
    found = {entry.run.id: entry for entry in read_entries()}
    assert found[bad.id].damaged and not found[good.id].damaged
    assert csv_bytes([entry_row(entry) for entry in found.values()])
    assert run_book.read_epochs(good)


@pytest.mark.parametrize(
    "line",
    [
        '{"event": "state", "state": "dreaming", "time": 1}',
        '{"event": "state"}',
        '{"event": "epoch", "epoch": "first"}',
    ],
)
def test_a_run_whose_progress_is_lost_was_interrupted_and_hides_no_other_run(line: str) -> None:
    good, bad = ended(seed=1), ended(seed=2)
    replaced(line)(bad.folder / "progress.jsonl")
    found = {entry.run.id: entry.state for entry in read_entries()}
    assert found == {good.id: JobState.DONE, bad.id: JobState.INTERRUPTED}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (METRICS, {}),
        (METRICS, metrics(validation={})),
        (METRICS, metrics(test=None)),
        (METRICS, metrics(seconds_head=None)),
        (runs.MODEL, {"class_names": None}),
        (runs.MODEL, {"class_names": ["ant"]}),
        (runs.PREDICTIONS, []),
        (runs.PREDICTIONS, {"validation": guessed(labels=[2])}),
        (runs.PREDICTIONS, {"validation": guessed(), "test": {}}),
    ],
)
def test_a_run_whose_results_have_another_shape_can_be_trained_again(name: str, value: Any) -> None:
    run = ended()
    run_book.mend(run)
    assert snapshot(run).state is JobState.DONE
    files.write_json(run.folder / name, value)
    run_book.mend(run)
    assert snapshot(run).state is JobState.FAILED


def test_a_run_whose_numbers_grew_beyond_all_bounds_is_not_trained_again() -> None:
    run = ended()
    endless = guessed(probabilities=[[float("nan"), float("nan")]])
    files.write_json(run.folder / runs.PREDICTIONS, {"validation": endless})
    run_book.mend(run)
    assert snapshot(run).state is JobState.DONE


def test_a_folder_in_place_of_the_progress_file_makes_way_for_another_attempt() -> None:
    run = ended()
    path = run.folder / "progress.jsonl"
    path.unlink()
    path.mkdir()
    run_book.mend(run)
    assert snapshot(run).state is JobState.INTERRUPTED
    run.append("state", state="done")
    assert snapshot(run).state is JobState.DONE


@pytest.mark.parametrize(
    "config",
    [{}, {"dataset": "emoji", "from_the_future": 1}, {"dataset": "emoji", "backbone": {}}],
)
def test_settings_that_cannot_be_read_are_none_and_the_run_is_damaged(config: Any) -> None:
    runs.open_run("train", config).append("state", state="done")
    assert only().config is None and only().damaged


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"kind": "train"}',
        '{"kind": "train", "config": 5, "created": 1}',
        '{"kind": "train", "config": {}, "created": NaN}',  # would not sort
        '{"kind": "train", "config": {}, "created": 1e300}',  # no calendar has it
        '{"kind": "train", "config": {}, "created": 1' + "0" * 400 + "}",
        "[" * 100_000,
    ],
)
def test_a_folder_whose_record_cannot_be_read_can_be_deleted_or_trained_again(text: str) -> None:
    good, bad = ended(seed=1), ended(seed=2)
    files.write_bytes(bad.folder / "config.json", text.encode())
    assert [entry.run.id for entry in read_entries()] == [good.id]
    assert runs.list_damaged() == (bad.id,)
    mended = runs.open_run("train", bad.config)
    assert mended.id == bad.id and mended.config == bad.config and runs.list_damaged() == ()
    files.write_bytes(bad.folder / "config.json", text.encode())
    run_book.delete_run(bad.id)
    assert runs.list_damaged() == () and not bad.folder.exists()
    assert [entry.run.id for entry in read_entries()] == [good.id]


def test_what_is_no_run_at_all_is_left_alone(data_dir: Path) -> None:
    assert read_entries() == () and runs.list_damaged() == ()
    ended()
    (data_dir / "runs" / "notes.txt").write_text("mine")
    (data_dir / "runs" / ".tmp-abc").mkdir()
    assert len(read_entries()) == 1 and runs.list_damaged() == ()


# Name and note


def test_name_and_note_are_kept_cleaned_and_are_not_part_of_the_id() -> None:
    run = ended()
    assert read_label(run) == run_book.Label()
    write_label(run, "  best\trun\u202e\0 ", "first line\nsecond")
    label = read_label(run)
    assert (label.title, label.note) == ("best run", "first line second")
    assert runs.open_run("train", run.config).id == run.id
    assert only().label == label
    write_label(run, "", "")
    assert only().label == run_book.Label()


def test_long_names_and_notes_are_cut() -> None:
    run = ended()
    write_label(run, "é" * 1000, "x" * 10_000)
    label = read_label(run)
    assert label.title == "é" * run_book.MAX_TITLE and label.note == "x" * run_book.MAX_NOTE


@pytest.mark.parametrize("text", ["", "[]", '{"title": 5}', "\xff", "[" * 100_000])
def test_a_damaged_label_is_no_label(text: str) -> None:
    run = ended()
    files.write_bytes(run.folder / LABEL, text.encode("latin-1"))
    assert only().label == run_book.Label() and not only().damaged


def test_a_label_that_somebody_else_wrote_is_cleaned_when_it_is_read() -> None:
    run = ended()
    files.write_json(run.folder / LABEL, {"title": "a\n\u200bb" * 99, "note": ""})
    assert read_label(run).title.startswith("a ba b")
    assert len(read_label(run).title) == run_book.MAX_TITLE


# Deletion


def test_a_deleted_run_is_gone_from_lists_and_links_and_can_be_trained_again() -> None:
    run, other = ended(seed=1), ended(seed=2)
    run_book.delete_run(run.id)
    assert not run.folder.exists()
    assert [entry.run.id for entry in read_entries()] == [other.id]
    with pytest.raises(RunNotFound):
        runs.get_run(run.id)
    with pytest.raises(RunNotFound):
        run.append("state", state="queued", owner=runs.owner())
    with pytest.raises(RunNotFound):
        write_label(run, "ghost", "")
    assert not run.folder.exists()
    assert list(runs.runs_dir().glob(f"{files.TEMPORARY}*")) == []
    again = runs.open_run("train", run.config)
    assert again.id == run.id and not (again.folder / METRICS).exists()


def test_a_run_at_work_is_not_deleted() -> None:
    run = queued()
    with pytest.raises(SettingInvalid, match="Stop it first"):
        run_book.delete_run(run.id)
    assert only().run == run
    run.append("state", state="cancelled")
    run_book.delete_run(run.id)
    assert read_entries() == ()


def test_deleting_twice_is_no_error() -> None:
    run = ended()
    run_book.delete_run(run.id)
    run_book.delete_run(run.id)


@pytest.mark.parametrize("identifier", ["", ".", "..", "../datasets", "/", "0" * 17])
def test_only_a_run_can_be_deleted(identifier: str, data_dir: Path) -> None:
    ended()
    (data_dir / "datasets").mkdir()
    with pytest.raises(RunNotFound):
        run_book.delete_run(identifier)
    assert (data_dir / "datasets").exists() and len(read_entries()) == 1


# For a spreadsheet


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),  # a spreadsheet may drop the spaces
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1", "'＝1"),  # full-width, as Korean and Japanese keyboards write it
        ("a=1", "a=1"),
        ('say "hi", twice\nplease', 'say "hi", twice\nplease'),
        ("고양이", "고양이"),
        ("", ""),
    ],
)
def test_no_cell_is_run_as_a_formula_and_nothing_else_is_changed(text: str, cell: str) -> None:
    raw = csv_bytes([{"n": -2, "note": text}, {text: 5}]).decode("utf-8-sig")
    names, first, second = csv.reader(io.StringIO(raw, newline=""))
    assert names == ["n", "note", cell]  # a column may be named by hostile text as well
    assert first == ["-2", cell, ""]
    assert second == ["", "", "5"]


def test_the_downloaded_table_has_the_same_columns_for_every_run() -> None:
    run = ended(seed=1, dense=(64, 32))
    ended("failed", seed=2)
    damaged = runs.open_run("train", {"dataset": "emoji", "from_the_future": 1})
    write_label(run, "=best", "of all")
    rows = [entry_row(entry) for entry in read_entries()]
    assert len({tuple(row) for row in rows}) == 1
    found = {row["id"]: row for row in rows}
    row = found[run.id]
    assert (row["title"], row["note"], row["state"]) == ("=best", "of all", "done")
    assert (row["validation_correct"], row["validation_n"]) == (30, 40)
    assert row["set_seed"] == 1 and json.loads(row["set_dense"]) == [64, 32]
    assert {f"set_{name}" for name in TrainingConfig(dataset="").as_json()} <= set(row)
    assert found[damaged.id]["state"] == "damaged" and found[damaged.id]["set_seed"] is None
    assert b"'=best" in csv_bytes(rows)


def test_two_hundred_runs_are_listed_without_being_read_again() -> None:
    for seed in range(200):
        ended(seed=seed)
    before = read_entries()
    assert len(before) == 200
    for entry in before:  # a reader of these would stumble
        path = entry.run.folder / METRICS
        state = path.stat()
        path.write_bytes(b"x" * state.st_size)
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert all(now is then for now, then in zip(read_entries(), before, strict=True))
