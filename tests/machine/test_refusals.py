"""What the machine refuses is one sentence with the folder, and nothing is lost or left behind."""

import contextlib
import errno
import os
import resource
import socket
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from safetensors.numpy import save_file

from tests.disks import read_only
from tl_core import files, runs, settings
from tl_core.engine import tasks
from tl_core.errors import DiskUnusable, LabError, MemoryShort, SettingInvalid
from tl_core.machine.folders import data_folder_trouble
from tl_core.machine.refusals import explain, explained, system_code
from tl_core.runs import book
from tl_core.runs.progress import read_events
from tl_core.training import list_trainings

LARGE = np.ones(2_000_000, np.float32)


@pytest.fixture
def data(disk, monkeypatch):
    """The data folder, on a disk of its own."""
    monkeypatch.setenv("TL_DATA_DIR", str(disk.folder / "lab"))
    (disk.folder / "lab").mkdir()
    return disk.folder / "lab"


def zip_large(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", LARGE.tobytes())


def h5_large(path):
    with h5py.File(path, "w") as file:
        file["a"] = LARGE


WRITERS = {
    "bytes": lambda path: path.write_bytes(LARGE.tobytes()),
    "numpy": lambda path: np.save(path, LARGE),  # says only how little was written
    "safetensors": lambda path: save_file({"a": LARGE}, path),  # an exception of its own, in words
    "zip": zip_large,
    "h5": h5_large,
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_every_library_on_a_full_disk_is_explained_with_the_folder(data, disk, write):
    with pytest.raises(Exception) as caught:
        write(data / "large.npy")
    disk.fill()
    found = explain(caught.value)
    assert isinstance(found, DiskUnusable)
    assert "The disk is full" in str(found) and str(data) in str(found)
    assert "TL_DATA_DIR" in str(found)
    assert system_code(caught.value) == errno.ENOSPC


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_every_library_on_a_read_only_disk_is_explained_with_the_folder(data, disk, write):
    disk.make_read_only()
    with pytest.raises(Exception) as caught:
        write(data / "large.npy")
    assert f"Nothing can be written into {data} (TL_DATA_DIR)" in str(explain(caught.value))


def write_folder(path):
    with files.new_folder(path) as folder:
        (folder / "a").write_bytes(LARGE.tobytes())


@pytest.mark.parametrize(
    "write",
    [lambda path: files.write_bytes(path, LARGE.tobytes()), write_folder],
    ids=["file", "folder"],
)
def test_what_does_not_fit_is_refused_and_leaves_nothing(data, write):
    with pytest.raises(DiskUnusable, match="The disk is full"):
        write(data / "large")
    assert os.listdir(data) == []


def test_the_old_file_stays_when_the_new_one_does_not_fit(data):
    files.write_bytes(data / "a", b"old")
    with pytest.raises(DiskUnusable):
        files.write_bytes(data / "a", LARGE.tobytes())
    assert (data / "a").read_bytes() == b"old"
    assert os.listdir(data) == ["a"]


def test_a_line_is_in_the_run_book_or_is_refused(data, disk):
    run = runs.open_run("train", {})
    run.append("note", number=0)
    disk.fill()
    accepted = [0]
    with pytest.raises(DiskUnusable, match="The disk is full"):
        for number in range(1, 1000):
            run.append("note", number=number)
            accepted.append(number)
    disk.clear()
    run.append("note", number=1000)
    found = [event["number"] for event in read_events(run.folder / runs.PROGRESS)]
    assert len(accepted) > 1 and found == [*accepted, 1000]


def test_nothing_is_written_and_all_is_read_on_a_read_only_disk(data, disk):
    run = runs.open_run("train", {"seed": 1})
    disk.make_read_only()
    assert runs.get_run(run.id) == run
    assert list_trainings() == (run,)
    for change in (lambda: run.append("note"), run.request_cancel, run.withdraw_cancel):
        with pytest.raises(DiskUnusable, match="read-only"), explained():
            change()
    disk.make_writable()
    run.append("note")


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_file_in_the_place_of_the_folder_is_named(tmp_path, monkeypatch, below):
    (tmp_path / "lab").write_text("")
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path / "lab" / below))
    for use in (lambda: runs.open_run("train", {}), lambda: files.write_json(runs.runs_dir(), {})):
        with pytest.raises(DiskUnusable, match=r"where the file .*/lab is \(TL_DATA_DIR\)"):
            use()
    with pytest.raises(DiskUnusable, match="where the file"):
        runs.get_run("0" * 16)
    assert "where the file" in str(data_folder_trouble(to_write=False))
    (tmp_path / "lab").unlink()
    assert data_folder_trouble() is None
    assert runs.open_run("train", {}).folder.is_dir()


def test_a_folder_that_goes_while_it_is_used_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path / "lab"))
    found = explain(FileNotFoundError(errno.ENOENT, "", str(tmp_path / "lab" / "runs" / "x")))
    assert f"The folder {tmp_path / 'lab'} (TL_DATA_DIR) is not there" in str(found)
    (tmp_path / "lab").mkdir()  # then a file that is missing may be a bug
    assert explain(FileNotFoundError(errno.ENOENT, "", str(tmp_path / "lab" / "x"))) is None


def test_a_folder_that_cannot_be_made_is_trouble_and_one_that_can_is_none(disk, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(disk.folder / "lab"))
    assert data_folder_trouble() is None
    disk.make_read_only()
    assert "is not there" in str(data_folder_trouble(to_write=False))


def test_trouble_of_the_folder_is_told_before_it_is_met(data, disk):
    assert data_folder_trouble() is None
    disk.fill()
    assert "full" in str(data_folder_trouble())
    disk.clear()
    assert data_folder_trouble() is None
    disk.make_read_only()
    assert "read-only" in str(data_folder_trouble())
    assert data_folder_trouble(to_write=False) is None


def test_trouble_of_one_folder_in_it_is_told_too_with_that_folder(data):
    (data / "runs").mkdir()
    assert data_folder_trouble() is None
    with read_only(data / "runs"):
        assert f"into {data}/runs (TL_DATA_DIR)" in str(data_folder_trouble())
        assert data_folder_trouble(to_write=False) is None
    assert data_folder_trouble() is None


def test_a_full_folder_for_temporary_files_is_not_blamed_on_the_data_folder(
    disk, tmp_path, monkeypatch
):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path / "lab"))
    monkeypatch.setattr("tempfile.tempdir", str(disk.folder))
    with pytest.raises(OSError, match="No space left") as caught:
        (disk.folder / "a").write_bytes(LARGE.tobytes())
    assert f"into {disk.folder} (TMPDIR)" in str(explain(caught.value))


WITHOUT_RIGHTS = """
import os, pwd
from tl_core import runs, settings
from tl_core.machine import folders
from tl_core.errors import LabError
os.setuid(54321)  # no entry in the table of accounts
for act in (lambda: print(folders.data_folder_trouble()), lambda: runs.open_run("train", {})):
    try:
        act()
    except LabError as error:
        print(error)
"""


def told_without_rights(**variables):
    """Return what an account of no rights and no home is told before and when it writes."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another account")
    kept = {name: os.environ[name] for name in os.environ if not name.startswith(("TL_", "HOME"))}
    program = [sys.executable, "-c", WITHOUT_RIGHTS]
    answer = subprocess.run(
        program, env=kept | variables, capture_output=True, text=True, check=True
    )
    return answer.stdout.splitlines()


def test_an_account_without_a_home_is_told_to_set_the_variable():
    before, met = told_without_rights()
    assert "no home folder" in before and "TL_DATA_DIR" in before
    assert met == before


def test_a_home_that_is_not_there_is_no_excuse_where_the_variable_is_set():
    assert settings.current({"TL_DATA_DIR": "/srv/lab"}).data_dir == Path("/srv/lab")
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o777)
        assert told_without_rights(TL_DATA_DIR=folder) == ["None"]
        for refused in told_without_rights(TL_DATA_DIR="~/lab"):
            assert "TL_DATA_DIR begins with the home folder" in refused


def test_a_folder_of_another_account_is_named():
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        for mode in (0o755, 0o700):
            os.chmod(folder, mode)
            before, met = told_without_rights(TL_DATA_DIR=folder)
            assert f"may not read and write in {folder} (TL_DATA_DIR)" in before
            assert met == before
        os.chmod(folder, 0o755)
        before, _ = told_without_rights(TL_DATA_DIR=f"{folder}/lab")
        assert f"The folder {folder}/lab (TL_DATA_DIR) is not there" in before


def test_a_failing_disk_makes_no_run_look_damaged(tmp_path, monkeypatch):
    if not os.path.exists("/proc/self/mem"):
        pytest.skip("no file here that fails to be read")
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    run = runs.open_run("train", {})
    (run.folder / "config.json").unlink()
    os.symlink("/proc/self/mem", run.folder / "config.json")  # EIO when it is read
    with pytest.raises(DiskUnusable, match=f"The disk of {tmp_path} .* fails"), explained():
        runs.list_damaged()


def test_too_many_open_files_is_no_missing_run(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    run = runs.open_run("train", {"seed": 2})
    book._read_run.cache_clear()
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (60, before[1]))
    try:
        with contextlib.ExitStack() as opened, pytest.raises(MemoryShort, match="open"):
            with contextlib.suppress(OSError):
                for _ in range(100):
                    opened.enter_context(open(os.devnull))
            runs.get_run(run.id)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert runs.get_run(run.id) == run


def test_too_little_memory_is_explained():
    with pytest.raises(MemoryError) as caught:
        np.empty(2**60, np.uint8)
    assert "memory of this server" in str(explain(caught.value))
    assert system_code(caught.value) == errno.ENOMEM


def test_a_worker_says_so_in_words_that_need_no_tensorflow(monkeypatch):
    monkeypatch.setitem(tasks.TASKS, "large", "numpy:empty")
    with pytest.raises(MemoryShort, match="memory of this server"):
        tasks.run_task("large", shape=2**56)


def test_what_was_met_on_the_way_is_explained(data, disk):
    disk.fill()

    def wrap():
        try:
            (data / "a").write_bytes(LARGE.tobytes())
        except OSError as error:
            raise RuntimeError("could not save") from error

    with pytest.raises(DiskUnusable, match="The disk is full"), explained():
        wrap()


def refused_connection():
    with socket.socket() as one:
        one.connect(("127.0.0.1", 1))


@pytest.mark.parametrize(
    ("error", "act"),
    [
        (ZeroDivisionError, lambda: 1 / 0),
        (ConnectionRefusedError, refused_connection),
        (FileNotFoundError, lambda: os.stat("/nowhere/at/all")),
        (ValueError, lambda: int("No space")),
    ],
)
def test_a_bug_stays_a_bug(tmp_path, monkeypatch, error, act):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    with pytest.raises(error) as caught, explained():
        act()
    assert explain(caught.value) is None and system_code(caught.value) is None


def test_a_forbidden_connection_is_not_blamed_on_the_disk():
    assert explain(PermissionError(errno.EPERM, "Operation not permitted")) is None


def test_a_refusal_of_the_lab_passes_as_it_is():
    with pytest.raises(LabError, match=r"^Stop it first\.$"), explained():
        raise SettingInvalid("Stop it first.")
