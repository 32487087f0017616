"""A chosen folder becomes one zip, whole or not at all, whatever its files are called."""

import zipfile
from functools import partial

import pytest

from tests.datasets.samples import StopAt, cats_and_dogs, names_on_disk, quiet
from tl_core.datasets.bringing.archive import import_archive
from tl_core.datasets.bringing.packing import LONGEST_NAME, pack
from tl_core.errors import DiskUnusable, JobCancelled


def packed(files, target, on_progress=quiet):
    """Pack `files`, pairs or a dict of name and bytes; return what the zip holds."""
    pairs = files.items() if isinstance(files, dict) else files
    pack([(name, partial(bytes, data)) for name, data in pairs], target, on_progress)
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        return [(each.filename, archive.read(each)) for each in archive.infolist()]


def test_a_folder_is_a_zip_that_the_importer_reads(tmp_path):
    files = cats_and_dogs("pets/")
    assert dict(packed(files, tmp_path / "a.zip")) == files
    dataset = import_archive(tmp_path / "a.zip", "pets", quiet)
    assert dataset.class_names == ("cats", "dogs") and len(dataset.images) == len(files)


def test_the_same_folder_is_the_same_zip_in_any_order(tmp_path):
    files = cats_and_dogs()
    packed(files, tmp_path / "a.zip")
    packed(dict(reversed(files.items())), tmp_path / "b.zip")
    packed(files | {"cats/9.png": b"x"}, tmp_path / "c.zip")
    first, second, other = ((tmp_path / f"{name}.zip").read_bytes() for name in "abc")
    assert first == second != other


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/absolute.jpg",
        "nul\0byte.jpg",
        "\ud800 surrogate.jpg",
        "고양이/1.jpg",
        "x" * 100_000 + ".jpg",  # a zip ends at 65,535 bytes
        "folder/",
        "",
    ],
)
def test_any_name_is_kept_as_content_and_no_file_is_lost(tmp_path, name):
    found = packed([(name, b"1"), ("b.jpg", b"2")], tmp_path / "a.zip")
    assert {data for _, data in found} == {b"1", b"2"}
    assert all(0 < len(kept) <= LONGEST_NAME for kept, _ in found)
    assert list(names_on_disk(tmp_path)) == ["a.zip"]


def test_two_files_of_one_name_are_both_there(tmp_path):
    files = [("cats/1.jpg", b"%d" % number) for number in range(3)] + [("cats/2-1.jpg", b"9")]
    found = packed(files, tmp_path / "a.zip")
    assert sorted(data for _, data in found) == [b"0", b"1", b"2", b"9"]
    assert len({name for name, _ in found}) == 4 and found[0] == ("cats/1.jpg", b"0")
    assert all(name.startswith("cats/") for name, _ in found)


def test_progress_is_told_file_by_file_and_a_stop_leaves_nothing(tmp_path):
    told = []
    packed(cats_and_dogs(), tmp_path / "a.zip", lambda *each: told.append(each[:2]))
    assert told == [(done, 10) for done in range(11)]
    (tmp_path / "a.zip").unlink()
    with pytest.raises(JobCancelled):
        packed(cats_and_dogs(), tmp_path / "a.zip", StopAt(3))
    assert not names_on_disk(tmp_path)


def test_a_full_disk_is_a_sentence_and_leaves_nothing(disk, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(disk.folder))
    large = {f"{number}.jpg": bytes(10**6) for number in range(6)}
    with pytest.raises(DiskUnusable, match="The disk is full"):
        packed(large, disk.folder / "a.zip")
    assert not names_on_disk(disk.folder)
