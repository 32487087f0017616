"""What is removed from the disk, what never is, and what a full kind of thing says."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.app.trainings import DEAD, done, epochs, open_run, queued, running, stopped
from tests.datasets.samples import cats_and_dogs, picture, quiet, write_folder, zip_bytes
from tests.pace import within
from tl_core import files, housekeeping, runs, settings
from tl_core.datasets.bringing import waiting
from tl_core.datasets.bringing.archive import import_archive
from tl_core.datasets.bringing.staging import Staging, new_token
from tl_core.datasets.catalogue import datasets_dir, get_dataset
from tl_core.engine.client import Engine
from tl_core.errors import DatasetRefused, SettingInvalid
from tl_core.exports import export_config, export_path, find_export, note_look
from tl_core.exports.formats import LOOKED_AT_SECONDS
from tl_core.exports.kept import drop_oldest
from tl_core.housekeeping import DAY, check_run_room, sweep, sweep_when_due
from tl_core.runs import Run

ROOT = Path(__file__).parents[1]
OTHER_MACHINE = ".tmp-0000abcd-1-x"


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def on_disk(folder: Path) -> set[str]:
    """Return every file and empty folder below `folder`, without asking the module under test."""
    found = set()
    for parent, folders, names in os.walk(folder):
        for name in names + [name for name in folders if not os.listdir(Path(parent, name))]:
            found.add(str(Path(parent, name).relative_to(folder)))
    return found


def age(path: Path, seconds: float) -> None:
    """Let a file, or a folder and all that it holds, look `seconds` old."""
    for one in [path, *path.rglob("*")]:
        os.utime(one, (time.time() - seconds,) * 2)


# Being written

HANG = """
import sys, time
from pathlib import Path
from tl_core import files
data = Path(sys.argv[1])
def hang(*managers):
    if managers:
        with managers[0] as path:
            if path.is_dir():
                (path / "half").write_text("x")
            hang(*managers[1:])
    else:
        print("hangs", flush=True)
        time.sleep(60)
hang(
    files.new_file(data / "uploads" / "0123456789abcdef.zip"),
    files.new_folder(data / "runs" / "0123456789abcdef"),
    files.temporary_folder(data / "datasets"),
    files.new_file(data / "features" / "t" / "e" / "shard-00000.npy"),
    files.new_file(data / "weights" / "weights.h5"),
    files.new_file(data / "staging" / "s" / "c" / "1"),
)
"""


@pytest.fixture
def writer(data_dir: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process that hangs with six things half-written."""
    (data_dir / "datasets").mkdir(parents=True)
    command = [sys.executable, "-c", HANG, str(data_dir)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdout.readline() == b"hangs\n"
        yield process
        process.kill()


def temporary(data_dir: Path) -> list[str]:
    return [name for name in on_disk(data_dir) if files.TEMPORARY in name]


def test_what_a_kill_leaves_half_written_goes_at_once(
    data_dir: Path, writer: subprocess.Popen[bytes]
) -> None:
    assert len(temporary(data_dir)) == 6
    for path in data_dir.rglob(f"{files.TEMPORARY}*"):
        age(path, 2 * DAY)
    assert sweep() == 0 and len(temporary(data_dir)) == 6  # its writer is at work
    writer.kill()
    writer.wait()
    assert sweep() == 6 and temporary(data_dir) == []


def test_what_another_machine_writes_stays_for_a_day(data_dir: Path) -> None:
    for parent in ("datasets", "runs", "uploads"):
        write_folder(data_dir / parent, {f"{OTHER_MACHINE}/images/1.png": b"x"})
    assert psutil.pid_exists(1)
    other = data_dir / "runs" / OTHER_MACHINE.replace("-1-", "-999999999-")
    other.write_text("x")
    age(data_dir, DAY - 60)
    assert sweep() == 0 and len(temporary(data_dir)) == 4
    age(data_dir, DAY + 60)
    assert sweep() == 4 and temporary(data_dir) == []


def test_what_is_not_ours_is_left_alone(data_dir: Path) -> None:
    mine = {"notes/.tmp-x": b"", ".tmp-draft": b"", "datasets/notes.txt": b"", "uploads/a.txt": b""}
    write_folder(data_dir, mine)
    age(data_dir, 400 * DAY)
    sweep()
    assert on_disk(data_dir) == set(mine)


def test_a_published_dataset_is_not_touched(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "pets.zip").write_bytes(zip_bytes(cats_and_dogs()))
    pets = import_archive(tmp_path / "pets.zip", "Pets", quiet)
    age(data_dir, 400 * DAY)
    before = on_disk(data_dir)
    assert sweep() == 0 and on_disk(data_dir) == before
    assert all(pets.read(image) for image in get_dataset(pets.id).images)


# Waiting to be imported


def upload(number: int, size: int = 10) -> Run:
    run = runs.open_run("import", {"sha256": f"{number:064x}", "title": "Pets"})
    files.write_bytes(waiting.upload_path(run), bytes(size))
    return run


def ended(run: Run, state: str) -> Run:
    running(run).append("state", state=state)
    return run


@pytest.mark.parametrize(
    ("leave", "young", "old"),
    [
        (queued, True, True),
        (running, True, True),
        (lambda run: ended(run, "done"), False, False),
        (lambda run: ended(run, "cancelled"), True, False),  # can be resumed
        (lambda run: running(run, **DEAD), True, False),  # its server is gone: interrupted
        (lambda run: running(run, host="elsewhere"), True, False),
        (lambda run: run, True, False),  # the queue was full
        (lambda run: (run.folder / "config.json").unlink(), True, False),
    ],
    ids=[
        *(
            "waits",
            "runs",
            "done",
            "stopped",
            "interrupted",
            "another server",
            "refused",
            "damaged",
        ),
    ],
)
def test_a_zip_stays_as_long_as_somebody_may_go_on_with_it(
    leave: Callable[[Run], object], young: bool, old: bool
) -> None:
    run = upload(1)
    leave(run)
    sweep()
    assert waiting.upload_path(run).exists() == young
    for path in (waiting.upload_path(run), run.folder / runs.PROGRESS):
        if path.exists():
            age(path, DAY + 60)
    sweep()
    assert waiting.upload_path(run).exists() == old


def test_photos_of_a_live_import_stay_however_old(data_dir: Path) -> None:
    wanted, forgotten = Staging(new_token()), Staging(new_token())
    for draft in (wanted, forgotten):
        draft.add("cats", "1.png", picture(1))
    run = runs.open_run("import-files", {"staging": wanted.token})
    queued(run)
    age(data_dir / "staging", DAY + 60)
    sweep()
    assert (wanted.counts(), forgotten.counts()) == ({"cats": 1}, {})
    run.append("state", state="cancelled")
    sweep()
    assert wanted.counts() == {}


def test_a_damaged_import_does_not_keep_the_photos_of_others(data_dir: Path) -> None:
    forgotten = Staging(new_token())
    forgotten.add("cats", "1.png", picture(1))
    damaged = runs.open_run("import-files", {"staging": "0" * 32})
    (damaged.folder / runs.PROGRESS).mkdir()  # its state cannot be read
    age(data_dir / "staging", DAY + 60)
    sweep()
    assert forgotten.counts() == {}


def test_a_full_upload_folder_lets_go_of_imports_that_are_over_and_of_no_other(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TL_UPLOAD_QUOTA_MB", "5")
    old, young, live = (upload(number, 10**6) for number in range(3))
    for run, seconds in ((old, 300), (young, 200), (live, 400)):
        queued(run)
        age(waiting.upload_path(run), seconds)
        age(run.folder / runs.PROGRESS, seconds)
    for run in (old, young):
        run.append("state", state="cancelled")
        age(run.folder / runs.PROGRESS, 300 if run is old else 200)
    draft = Staging(new_token())
    draft.add("cats", "1.png", bytes(10**6))
    waiting.make_room(1_200_000)
    kept = {run.id for run in (old, young, live) if waiting.upload_path(run).exists()}
    assert kept == {young.id, live.id}
    with pytest.raises(DatasetRefused, match=r"would hold 6\.\d MB and 5\.0 MB are allowed"):
        waiting.make_room(4_000_000)
    assert waiting.upload_path(live).exists() and draft.counts() == {"cats": 1}


def test_photos_that_come_one_by_one_do_not_go_over_the_quota(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TL_UPLOAD_QUOTA_MB", "1")
    draft = Staging(new_token())
    with pytest.raises(DatasetRefused, match="TL_UPLOAD_QUOTA_MB"):
        for number in range(20):
            draft.add("cats", f"{number}.png", bytes([number]) * 100_000)
    assert draft.counts() == {"cats": 9}


def test_an_import_beyond_the_quota_is_refused_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TL_DATASET_QUOTA_MB", "1")
    (tmp_path / "pets.zip").write_bytes(zip_bytes(cats_and_dogs()))
    pets = import_archive(tmp_path / "pets.zip", "Pets", quiet)
    (pets.folder / "large").write_bytes(bytes(10**6))
    with pytest.raises(DatasetRefused, match=r"would hold 1\.\d MB and 1\.0 MB are allowed"):
        import_archive(tmp_path / "pets.zip", "More", quiet)
    assert [path.name for path in datasets_dir().iterdir()] == [pets.id]


# Exports


def export(run: Run, name: str, size: int = 10, seconds: float = 0) -> Path:
    """Write an export as its job leaves it."""
    path = export_path(run, export_config(run, name))
    files.write_bytes(path, bytes(size))
    files.write_json(path.with_suffix(".json"), {"size": size, "difference": 0, "photos": 3})
    age(path.parent, seconds)
    return path


def test_an_export_of_an_earlier_state_goes_and_the_present_one_stays() -> None:
    run = done(open_run())
    old = export(run, "keras")
    done(run, seconds_head=3.0)
    new = export(run, "head")
    assert sweep() == 2
    assert not old.exists() and not old.with_suffix(".json").exists() and new.exists()
    assert find_export(run, export_config(run, "head"))


@pytest.mark.parametrize("half", [".zip", ".json"])
def test_half_an_export_goes_unless_its_job_is_at_work(half: str) -> None:
    run = done(open_run())
    config = export_config(run, "keras")
    path = export(run, "keras")
    path.with_suffix({".zip": ".json", ".json": ".zip"}[half]).unlink()
    job = runs.open_run("export", config.as_json())
    running(job)
    sweep()
    assert path.with_suffix(half).exists()
    job.append("state", state="failed")
    sweep()
    assert list(path.parent.iterdir()) == []


def test_the_exports_that_nobody_looked_at_longest_go_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TL_EXPORT_QUOTA_MB", "2")
    first, second = done(open_run()), done(open_run(seed=1))
    looked_at, forgotten = export(first, "keras", 800_000), export(second, "keras", 800_000)
    age(looked_at.parent, 9000)
    age(forgotten.parent, 8000)
    shown = find_export(first, export_config(first, "keras"))
    assert shown
    note_look(shown)
    new = export(second, "head", 800_000)
    age(forgotten, 8000)
    age(forgotten.with_suffix(".json"), 8000)
    assert drop_oldest(keep=new) == 2
    assert (looked_at.exists(), forgotten.exists(), new.exists()) == (True, False, True)
    assert not forgotten.with_suffix(".json").exists()
    monkeypatch.setenv("TL_EXPORT_QUOTA_MB", "1")
    assert drop_oldest(keep=new) == 2 and new.exists()


def test_looking_at_an_export_in_the_sweep_is_no_look() -> None:
    run = done(open_run())
    path = export(run, "keras", seconds=9000)
    before = path.with_suffix(".json").stat().st_mtime
    sweep()
    assert path.with_suffix(".json").stat().st_mtime == before
    assert LOOKED_AT_SECONDS < 9000


# Runs


def measurement(number: int, size: int) -> Run:
    run = ended(runs.open_run("rates", {"number": number}), "done")
    (run.folder / "result.json").write_bytes(bytes(size))
    return run


def test_a_full_run_book_lets_go_of_old_measurements_then_refuses_the_next_training(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TL_RUN_QUOTA_MB", "1")
    training = done(open_run())
    export(training, "keras", 10**7)  # has a quota of its own
    old, young = measurement(1, 500_000), measurement(2, 400_000)
    for run in (training, old):
        age(run.folder, DAY + 60)
    check_run_room()
    assert old.folder.exists()  # there is room
    (training.folder / "head.safetensors").write_bytes(bytes(300_000))
    check_run_room()
    assert not old.folder.exists() and young.folder.exists()
    (training.folder / "head.safetensors").write_bytes(bytes(700_000))
    with pytest.raises(
        SettingInvalid,
        match=r"holds 1\.\d MB and 1\.0 MB are allowed\. Delete runs .* raise TL_RUN_QUOTA_MB",
    ):
        check_run_room()
    assert training.has_results and young.folder.exists()  # what came today may be looked at


def test_a_sweep_keeps_the_run_book_to_its_quota_but_never_takes_a_training(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TL_RUN_QUOTA_MB", "1")
    half = running(open_run(seed=1))
    epochs(half, 2)
    kept = [done(open_run()), stopped(half), running(open_run(seed=2))]
    live = running(runs.open_run("rates", {"number": 3}))
    for run in kept:
        (run.folder / "head.safetensors").write_bytes(bytes(10**6))
    gone = [measurement(number, 1000) for number in range(2)]
    age(runs.runs_dir(), 400 * DAY)
    sweep()
    assert [run.folder.exists() for run in (*kept, live)] == [True] * 4
    assert [run.folder.exists() for run in gone] == [False] * 2


@pytest.mark.parametrize(
    ("names", "stays"),
    [
        (["config.json"], False),  # opened, and never queued
        (["config.json", runs.PROGRESS], True),
        (["config.json", "label.json"], True),
        (["cancel"], False),  # the last word of a run that was deleted
        ([], False),
        ([runs.METRICS, runs.MODEL], True),  # damaged, but somebody's work
    ],
)
def test_a_run_that_holds_nothing_stays_for_a_day(names: list[str], stays: bool) -> None:
    run = open_run()
    for path in run.folder.iterdir():
        if path.name not in names:
            path.unlink()
    for name in names:
        (run.folder / name).touch()
    assert sweep() == 0 and run.folder.exists()
    age(run.folder, DAY + 60)
    sweep()
    assert run.folder.exists() == stays


def test_heartbeats_of_jobs_that_are_over_go() -> None:
    over, at_work = done(open_run()), running(open_run(seed=1))
    for run in (over, at_work):
        run.beat()
    assert sweep() == 1
    assert not (over.folder / "heartbeat").exists() and (at_work.folder / "heartbeat").exists()
    lost = running(open_run(seed=2), **DEAD)
    lost.beat()
    assert sweep() == 0 and (lost.folder / "heartbeat").exists()
    age(lost.folder / "heartbeat", DAY + 60)
    assert sweep() == 1 and not (lost.folder / "heartbeat").exists()


# The sweep itself


def test_a_sweep_comes_at_start_and_then_not_before_its_time(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave() -> Path:
        path = data_dir / "runs" / OTHER_MACHINE
        write_folder(path, {"x": b""})
        age(path, DAY + 60)
        return path

    path = leave()
    sweep_when_due()
    assert not path.exists()
    leave()
    sweep_when_due()
    assert path.exists()
    monkeypatch.setattr(housekeeping, "SECONDS_BETWEEN_SWEEPS", 0.0)
    sweep_when_due()
    assert not path.exists()


def test_the_engine_sweeps_before_it_starts(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TL_SCHEDULER", "tcp://127.0.0.1:9")  # where nobody listens
    monkeypatch.setattr("tl_core.engine.connection.CONNECT_SECONDS", 0.1)
    run = ended(upload(1), "done")
    engine = Engine(settings.current(), sweep_when_due)
    engine.start()
    try:
        deadline = time.monotonic() + 30
        while waiting.upload_path(run).exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        engine.stop()


def test_nothing_on_disk_is_no_fault(data_dir: Path) -> None:
    assert sweep() == 0 and not data_dir.exists()


def test_one_rule_that_fails_does_not_stop_the_others(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> int:
        raise PermissionError("no")

    monkeypatch.setattr(housekeeping, "_sweep_temporary", fail)
    run = ended(upload(1), "done")
    assert sweep() == 1 and not waiting.upload_path(run).exists()
    assert "could not tidy up" in caplog.text


def test_sweeping_thousands_of_runs_takes_little_time(data_dir: Path) -> None:
    for number in range(2000):
        folder = data_dir / "runs" / f"{number:016x}"
        names = ("config.json", "progress.jsonl", "metrics.json", "model.json", "a", "b", "c", "d")
        write_folder(folder, {name: b"{}" for name in names})
    with within(3):  # 0.3 s on two cores that nobody else uses
        assert sweep() == 0


def test_settings_have_a_quota_for_every_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = ("feature", "export", "upload", "dataset", "run")
    for kind in kinds:
        monkeypatch.setenv(f"TL_{kind.upper()}_QUOTA_MB", "7")
    found: Any = settings.current()
    assert [getattr(found, f"{kind}_quota_mb") for kind in kinds] == [7] * 5
