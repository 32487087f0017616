import os
import signal
import subprocess
import sys

import pytest

from tl_core import files


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
