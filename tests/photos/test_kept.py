"""Photos are kept for a while, by names that nobody can guess, and never too many of them."""

import os
import time
from pathlib import Path

import pytest

from tests.disks import Disk
from tl_core import photos
from tl_core.errors import DiskUnusable, ImageRefused
from tl_core.photos import kept

GONE = "not here any more"
NOBODYS = f"own-{'0' * 32}"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    return tmp_path / "photos"


def arrived(data: bytes = b"pixels", ago: float = 0.0) -> str:
    """Keep a photo that was last looked at some seconds ago; returns its name."""
    name = photos.new_name()
    photos.keep(name, "Mine.jpg", data)
    os.utime(kept._folder() / name, (time.time() - ago,) * 2)
    return name


def test_a_photo_is_found_by_its_name_alone(folder: Path) -> None:
    one, other = arrived(b"a\nb\0c"), arrived(b"a\nb\0c")
    assert one != other, "the content does not tell the name"
    assert photos.read_kept(one) == photos.KeptPhoto(title="Mine.jpg", data=b"a\nb\0c")
    assert sorted(os.listdir(folder)) == sorted([one, other])


def test_the_file_that_a_photo_was_made_from_is_known_by_its_hash(folder: Path) -> None:
    photos.keep(name := photos.new_name(), "a", b"pixels", source="5" * 64)
    assert photos.read_kept(name).source == "5" * 64
    (folder / name).write_bytes(b'{"title": "kept before there was a source"}\npixels')
    assert photos.read_kept(name).source == ""


def test_a_name_has_128_random_bits() -> None:
    names = {photos.new_name() for _ in range(1000)}
    digits = [name.removeprefix("own-") for name in names]
    assert len(names) == 1000 and all(len(one) == 32 for one in digits)
    assert all(len({one[place] for one in digits}) == 16 for place in range(32)), (
        "every digit varies"
    )


@pytest.mark.parametrize(
    "name",
    [
        "",
        "own-",
        "../../etc/passwd",
        "own-" + "A" * 32,
        "own-" + "0" * 33,
        "own-" + "0" * 32 + "\n",
        "own-" + "0" * 32,
    ],
)
def test_no_other_name_finds_a_file(folder: Path, name: str) -> None:
    arrived()
    with pytest.raises(ImageRefused, match=GONE):
        photos.read_kept(name)
    assert photos.is_photo_name(name) == (name == NOBODYS)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"pixels",
        b"{}\npixels",
        b"[1]\npixels",
        b'{"title": 1}\npixels',
        b'{"title": "a\\u202eb"}\npixels',
        b'{"title": "a"}\n',
        b'{"title": "a", "source": "../x"}\npixels',
        b'{"title": "a", "source": null}\npixels',
        b'{"title": "a"}\n' + bytes(photos.MOST_BYTES + 1),
    ],
    ids=range(10),
)
def test_a_damaged_file_is_as_good_as_gone(folder: Path, content: bytes) -> None:
    name = arrived()
    (folder / name).write_bytes(content)
    with pytest.raises(ImageRefused, match=GONE):
        photos.read_kept(name)


def test_what_somebody_called_a_photo_is_kept_on_one_line(folder: Path) -> None:
    photos.keep(name := photos.new_name(), "a\n\u202eb" + "c" * 500, b"pixels")
    assert photos.read_kept(name).title == "c" * 200


def test_looking_at_a_photo_keeps_it(folder: Path) -> None:
    fresh, seen, forgotten = arrived(), *(arrived(ago=kept.KEEP_SECONDS + 60) for _ in range(2))
    photos.read_kept(seen)
    assert photos.sweep() == 1
    assert set(os.listdir(folder)) == {fresh, seen} and forgotten not in os.listdir(folder)


def test_the_oldest_leave_where_there_are_too_many(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, middle = arrived(ago=300), arrived(ago=200)
    monkeypatch.setattr(kept, "MOST_PHOTOS", 2)
    new = arrived()
    assert set(os.listdir(folder)) == {middle, new} and old != middle


def test_the_oldest_leave_where_they_take_too_much(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, middle = arrived(bytes(1000), ago=300), arrived(bytes(1000), ago=200)
    monkeypatch.setattr(kept, "QUOTA_BYTES", 2500)
    new = arrived(bytes(1000))
    assert set(os.listdir(folder)) == {middle, new} and old != middle
    assert sum(path.stat().st_size for path in folder.iterdir()) < 2500


def test_sweeping_leaves_alone_what_is_no_photo(folder: Path) -> None:
    arrived(ago=kept.KEEP_SECONDS + 60)
    (folder / "mine.txt").write_text("keep me")
    os.utime(folder / "mine.txt", (0, 0))
    assert photos.sweep() == 1 and os.listdir(folder) == ["mine.txt"]


def test_a_full_disk_is_a_sentence_and_leaves_no_half_of_a_photo(
    disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TL_DATA_DIR", str(disk.folder))
    before = arrived()
    disk.fill()
    with pytest.raises(DiskUnusable, match="full"):
        photos.keep(photos.new_name(), "b", bytes(100_000))
    assert os.listdir(disk.folder / "photos") == [before]
    assert photos.read_kept(before).data == b"pixels"
