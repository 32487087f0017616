import errno
import os
import signal
import subprocess
import sys

import pytest

from tests.disks import new_drive
from tl_core import files
from tl_core.errors import DiskUnusable

ONE_BY_ONE = pytest.mark.parametrize("one_by_one", [False, True])
"""Whether the system can flush all files at once, or each must be flushed."""


def test_written_bytes_are_read_back_and_nothing_else_is_left(tmp_path):
    files.write_bytes(tmp_path / "deep" / "a.bin", b"old")
    files.write_bytes(tmp_path / "deep" / "a.bin", b"new")
    assert (tmp_path / "deep" / "a.bin").read_bytes() == b"new"
    assert os.listdir(tmp_path / "deep") == ["a.bin"]


def test_failed_write_keeps_the_old_file(tmp_path):
    files.write_bytes(tmp_path / "a.bin", b"old")
    with pytest.raises(TypeError):
        files.write_bytes(tmp_path / "a.bin", "not bytes")  # type: ignore[arg-type]
    assert (tmp_path / "a.bin").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.bin"]


WRITER = """
import pathlib, sys
from tl_core import files
target = pathlib.Path(sys.argv[1])
print("ready", flush=True)
while True:
    for letter in (b"a", b"b"):
        files.write_bytes(target, letter * 3_000_000)
"""


def test_kill_leaves_a_whole_file(tmp_path):
    target = tmp_path / "a.bin"
    for attempt in range(5):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(target)], stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        with writer, writer.stdout:
            writer.stdout.readline()
            while not target.exists():
                assert writer.poll() is None
            for _ in range(attempt * 40):
                target.read_bytes()
            writer.send_signal(signal.SIGKILL)
        assert target.read_bytes() in (b"a" * 3_000_000, b"b" * 3_000_000)


@pytest.fixture
def flushing(monkeypatch, one_by_one):
    if one_by_one:
        monkeypatch.setattr(files, "_sync_file_system", None)


def fill(folder, count=20, size=20_000):
    (folder / "images").mkdir(parents=True)
    content = {f"images/{number}": os.urandom(size) for number in range(count)}
    for name, data in content.items():
        files.write_new(folder / name, data)
    return content


@ONE_BY_ONE
@pytest.mark.usefixtures("flushing")
def test_a_folder_that_was_made_durable_is_whole_after_losing_power(tmp_path):
    with new_drive(tmp_path / "drive", megabytes=16) as drive:
        content = fill(drive.folder / "draft")
        with drive.after_losing_power() as found:  # so that what follows can fail
            assert {(found / "draft" / name).stat().st_size for name in content} == {0}
        files.make_durable(drive.folder / "draft")
        (drive.folder / "draft").rename(drive.folder / "done")
        with drive.after_losing_power() as found:
            assert {name: (found / "done" / name).read_bytes() for name in content} == content


@ONE_BY_ONE
@pytest.mark.usefixtures("flushing")
def test_what_a_drive_takes_and_then_loses_is_noticed(tmp_path):
    with (
        new_drive(tmp_path / "drive", megabytes=32, room=6) as drive,
        # The drive seems to have room for it; most often it is flushed only when somebody asks for it.
        pytest.raises(OSError, match=r"Input/output error|Read-only|No space left"),
    ):
        fill(drive.folder / "draft", size=500_000)
        files.make_durable(drive.folder / "draft")


def test_a_new_file_takes_nobodys_place_and_can_be_read_by_all(tmp_path):
    old = os.umask(0o077)
    try:
        files.write_new(tmp_path / "a", b"first")
    finally:
        os.umask(old)
    with pytest.raises(FileExistsError):
        files.write_new(tmp_path / "a", b"second")
    assert (tmp_path / "a").read_bytes() == b"first"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644


def test_new_folder_appears_whole_or_not_at_all(tmp_path):
    with files.new_folder(tmp_path / "good") as folder:
        (folder / "x").write_text("1")
        assert not (tmp_path / "good").exists()
    assert (tmp_path / "good" / "x").read_text() == "1"
    with pytest.raises(RuntimeError), files.new_folder(tmp_path / "bad"):
        raise RuntimeError
    assert os.listdir(tmp_path) == ["good"]


def test_existing_folder_is_kept(tmp_path):
    for text in ("first", "second"):
        with files.new_folder(tmp_path / "a") as folder:
            (folder / "x").write_text(text)
    assert (tmp_path / "a" / "x").read_text() == "first"


def test_a_folder_that_comes_at_the_last_moment_is_kept(tmp_path, monkeypatch):
    rename = os.rename

    def late(folder, target):
        target.mkdir()
        (target / "x").write_text("first")
        rename(folder, target)

    monkeypatch.setattr(os, "rename", late)
    with files.new_folder(tmp_path / "a") as folder:
        (folder / "x").write_text("second")
    assert (tmp_path / "a" / "x").read_text() == "first"
    assert os.listdir(tmp_path) == ["a"]


def test_a_folder_that_cannot_be_put_into_its_place_is_told(tmp_path, monkeypatch):
    def refused(folder, target):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "rename", refused)
    with pytest.raises(DiskUnusable), files.new_folder(tmp_path / "a"):
        pass


def test_json_hash_depends_on_the_value_and_not_on_the_order_of_keys():
    assert files.sha256_of_json({"a": 1, "b": [1, 2]}) == files.sha256_of_json(
        {"b": [1, 2], "a": 1}
    )
    assert files.sha256_of_json([1, 2]) != files.sha256_of_json([2, 1])


NAME = """
import pathlib, sys
from tl_core import files
with files.temporary_folder(pathlib.Path(sys.argv[1])) as folder:
    print(folder.name)
"""


def test_a_name_tells_whether_its_writer_is_gone(tmp_path):
    with files.temporary_folder(tmp_path) as folder:
        assert files.writer_is_there(folder.name) is True  # this process
    assert os.listdir(tmp_path) == []
    command = [sys.executable, "-c", NAME, str(tmp_path)]
    dead = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert dead.startswith(files.TEMPORARY) and files.writer_is_there(dead) is False
    machine, pid = dead.removeprefix(files.TEMPORARY).split("-")[:2]
    strangers = (
        f".tmp-00000000-{pid}-x",  # another machine has numbers of its own
        f".tmp-{machine}-{'9' * 30}-x",  # no system counts so far
        f".tmp-{machine}--x",
        f"{machine}-{pid}-x",
        ".tmp-x",
        "",
    )
    assert {files.writer_is_there(name) for name in strangers} == {None}
