"""Files in pieces: whole again in a browser, small for the server, gone when others need the room."""

import gzip
import io
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

from tl_core import files, settings
from tl_core.errors import JobCancelled
from tl_core.housekeeping import sweep
from tl_core.prediction.pieces import (
    LOOKED_AT_SECONDS,
    PIECE_BYTES,
    drop_oldest,
    find_packed,
    note_load,
    pack,
    pieces_dir,
    sweep_pieces,
)

HOUR = 3600.0


@pytest.fixture(autouse=True)
def data_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    return tmp_path


def noise(size, seed=0):
    return np.random.default_rng(seed).integers(0, 256, size, np.uint8).tobytes()


def joined(packed):
    pieces = sorted(packed.folder.iterdir())
    assert [path.name for path in pieces] == [f"{n:03}.gz" for n in range(packed.pieces)]
    return b"".join(path.read_bytes() for path in pieces)


def aged(name, seconds):
    os.utime(pieces_dir().parent / f"{name}.json", (time.time() - seconds,) * 2)


@pytest.mark.parametrize("size", [1, PIECE_BYTES, 3 * PIECE_BYTES + 7])
def test_the_pieces_together_are_the_file(size):
    data = noise(size)
    packed = pack("net", io.BytesIO(data))
    assert gzip.decompress(joined(packed)) == data
    assert max(path.stat().st_size for path in packed.folder.iterdir()) <= PIECE_BYTES
    assert packed.pieces == -(-packed.size // PIECE_BYTES)
    assert find_packed("net") == packed


def test_what_is_packed_already_is_only_cut():
    data = gzip.compress(noise(2 * PIECE_BYTES))
    assert joined(pack("program", io.BytesIO(data), zipped=True)) == data


def test_another_file_of_the_same_name_has_another_address():
    first = pack("net", io.BytesIO(b"one"))
    second = pack("net", io.BytesIO(b"two"))
    assert first.digest != second.digest
    assert find_packed("net") == second
    assert pack("other", io.BytesIO(b"two")).digest != second.digest, "one cannot remove the other"


@pytest.mark.parametrize("harm", ["piece", "record", "short", "folder"])
def test_what_is_damaged_is_not_offered_and_can_be_made_again(harm):
    packed = pack("net", io.BytesIO(noise(2 * PIECE_BYTES)))
    if harm == "piece":
        (packed.folder / "001.gz").unlink()
    elif harm == "short":
        (packed.folder / "000.gz").write_bytes(b"half")
    elif harm == "folder":
        os.rename(packed.folder, packed.folder.with_name("elsewhere"))
    else:
        (pieces_dir().parent / "net.json").write_text('{"digest": "../../etc"}')
    assert find_packed("net") is None
    assert find_packed("never") is None
    again = pack("net", io.BytesIO(noise(2 * PIECE_BYTES)))
    assert find_packed("net") == again == packed


@pytest.mark.parametrize("vouched", [True, False], ids=["with a record", "without one"])
def test_whole_pieces_are_never_removed_while_a_browser_loads_them(vouched):
    """Without a record, too: another process may be about to write it."""
    packed = pack("net", io.BytesIO(noise(2 * PIECE_BYTES)))
    made = [path.stat().st_ino for path in sorted(packed.folder.iterdir())]
    if not vouched:
        (pieces_dir().parent / "net.json").unlink()
    assert pack("net", io.BytesIO(noise(2 * PIECE_BYTES))) == packed == find_packed("net")
    assert [path.stat().st_ino for path in sorted(packed.folder.iterdir())] == made
    assert [path.name for path in pieces_dir().iterdir()] == [packed.digest]


@pytest.mark.parametrize(
    "harm", [b"half", noise(PIECE_BYTES, 1), None], ids=["half", "other", "more"]
)
def test_damaged_pieces_without_a_record_are_made_again(harm):
    data = noise(2 * PIECE_BYTES)
    packed = pack("net", io.BytesIO(data))
    (pieces_dir().parent / "net.json").unlink()
    (packed.folder / ("000.gz" if harm else "999.gz")).write_bytes(harm or b"more")
    assert pack("net", io.BytesIO(data)) == packed
    assert gzip.decompress(joined(packed)) == data


@pytest.mark.parametrize("before", ["nothing", "damaged"])
def test_processes_that_pack_the_same_at_once_do_not_hinder_each_other(before):
    data = noise(3 * PIECE_BYTES)
    for _ in range(10):
        shutil.rmtree(pieces_dir().parent, ignore_errors=True)
        if before == "damaged":
            (pack("net", io.BytesIO(data)).folder / "001.gz").unlink()
        together = Barrier(6)

        def one(together=together):
            together.wait()
            return pack("net", io.BytesIO(data))

        with ThreadPoolExecutor(6) as pool:
            found = [job.result() for job in [pool.submit(one) for _ in range(6)]]
        assert set(found) == {find_packed("net")}
        assert gzip.decompress(joined(found[0])) == data
        assert [path.name for path in pieces_dir().iterdir()] == [found[0].digest]


def test_stop_leaves_nothing_behind():
    def stop():
        raise JobCancelled("This job was stopped.")

    with pytest.raises(JobCancelled):
        pack("net", io.BytesIO(noise(1000)), look=stop)
    assert find_packed("net") is None
    assert not list(pieces_dir().glob("*"))


@pytest.mark.parametrize("name", ["", "../x", "a/b", "A", "x" * 65])
def test_only_plain_names_become_paths(name):
    with pytest.raises(ValueError, match="no name"):
        pack(name, io.BytesIO(b"x"))


def test_what_nobody_loaded_for_longest_leaves_first(monkeypatch):
    monkeypatch.setenv("TL_BROWSER_QUOTA_MB", "1")
    for number, name in enumerate(("old", "mid")):
        pack(name, io.BytesIO(noise(400_000, number)))
        aged(name, (5 - number) * HOUR)
    note_load("old")  # somebody loads it again
    pack("new", io.BytesIO(noise(400_000, 2)))
    assert find_packed("mid") is None
    assert find_packed("old") and find_packed("new")
    assert drop_oldest() == 0
    assert settings.current().browser_quota_mb == 1


def test_the_file_that_was_just_made_stays_even_if_it_is_too_large(monkeypatch):
    monkeypatch.setenv("TL_BROWSER_QUOTA_MB", "1")
    pack("large", io.BytesIO(noise(1_500_000)))
    assert find_packed("large")


def test_a_load_is_noted_only_once_an_hour():
    pack("net", io.BytesIO(b"x"))
    record = pieces_dir().parent / "net.json"
    aged("net", LOOKED_AT_SECONDS / 2)
    before = record.stat().st_mtime
    note_load("net")
    assert record.stat().st_mtime == before
    aged("net", 2 * LOOKED_AT_SECONDS)
    note_load("net")
    assert time.time() - record.stat().st_mtime < 60
    note_load("never")  # and is no error where it is gone


def test_pieces_that_nobody_vouches_for_are_swept_and_others_are_not():
    packed = pack("net", io.BytesIO(b"x"))
    (pieces_dir() / "0123456789abcdef").mkdir()
    assert sweep_pieces() == 0, "somebody may be writing them"
    os.utime(pieces_dir() / "0123456789abcdef", (time.time() - 2 * HOUR,) * 2)
    os.utime(packed.folder, (time.time() - 2 * HOUR,) * 2)
    assert sweep() == 1
    assert find_packed("net") == packed


def test_a_writer_that_was_killed_leaves_nothing_for_good():
    pieces_dir().mkdir(parents=True)
    left = pieces_dir() / f"{files.TEMPORARY}0000abcd-1-x"
    left.mkdir()
    assert sweep_pieces() == 0
    os.utime(left, (time.time() - 25 * HOUR,) * 2)
    sweep()
    assert not left.exists()
