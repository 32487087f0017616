"""LiteRT's files for the live view: packed once for a class, and those of this version."""

import gzip
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tl_core.browser import litert_files
from tl_core.prediction import programs
from tl_core.prediction.pieces import pack, pieces_dir
from tl_core.prediction.programs import packed_programs

SESSIONS = 8


@pytest.fixture(autouse=True)
def data_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def loaded(packed):
    return b"".join(path.read_bytes() for path in sorted(packed.folder.iterdir()))


def at_once(call, count=SESSIONS):
    together = Barrier(count)

    def one(_):
        together.wait()
        return call()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def folders():
    return {path.name: path.stat().st_ino for path in pieces_dir().iterdir()}


def test_every_program_is_packed_as_it_is_and_stays():
    found = packed_programs()
    assert {path.name: path.read_bytes() for path in litert_files()} == {
        name: loaded(packed) for name, packed in found.items()
    }
    before = folders()
    assert packed_programs() == found and folders() == before


def test_a_class_that_opens_the_page_at_once_packs_once(monkeypatch):
    packs = []

    def counted(name, file, **how):
        packs.append(name)
        return pack(name, file, **how)

    monkeypatch.setattr(programs, "pack", counted)
    found = at_once(packed_programs)
    assert sorted(packs) == sorted(set(packs)) and len(packs) == len(litert_files())
    assert all(one == found[0] for one in found)
    assert len(folders()) == len(litert_files())


def test_another_version_of_a_program_is_another_file_and_each_keeps_its_own(tmp_path, monkeypatch):
    def version(name):
        path = tmp_path / name / "litert.js.gz"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(name.encode(), mtime=0))
        monkeypatch.setattr(programs, "litert_files", lambda: (path,))
        return packed_programs()["litert.js.gz"]

    old, new = version("old"), version("new")
    assert gzip.decompress(loaded(new)) == b"new", (
        "not what an earlier version of the lab has packed"
    )
    assert gzip.decompress(loaded(old)) == b"old", "a page of before may be loading it"
    assert version("old") == old


def test_programs_that_the_quota_removed_come_back():
    first = packed_programs()
    shutil.rmtree(pieces_dir().parent)
    assert packed_programs() == first
    assert all(os.listdir(packed.folder) for packed in first.values())
