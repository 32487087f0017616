"""Files wait on disk until they are imported; nothing that a visitor says reaches a path."""

import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.datasets.samples import names_on_disk, picture
from tl_core.datasets.bringing import importer, waiting
from tl_core.datasets.bringing.staging import Staging, new_token
from tl_core.datasets.bringing.waiting import staging_dir
from tl_core.errors import DatasetRefused, DiskUnusable, ImageRefused, SettingInvalid


@pytest.fixture
def draft():
    return Staging(new_token())


def test_files_wait_in_their_classes_in_the_order_of_their_arrival(draft):
    numbers = [draft.add("cats", f"{n}.png", picture(n)) for n in range(3)]
    draft.add("dogs", "4.png", picture(4))
    assert draft.classes() == ("cats", "dogs")
    assert draft.counts() == {"cats": 3, "dogs": 1}
    assert list(draft.numbers("cats")) == numbers == sorted(set(numbers))
    assert [draft.read("cats", n) for n in numbers] == [(f"{n}.png", picture(n)) for n in range(3)]


def test_another_tab_or_a_restarted_server_sees_the_same(draft):
    number = draft.add("cats", "1.png", picture(1))
    assert Staging(draft.token).read("cats", number) == ("1.png", picture(1))
    assert Staging(new_token()).counts() == {}


def test_one_file_is_removed_and_the_others_keep_their_numbers(draft):
    first, second, third = (draft.add("cats", f"{n}.png", picture(n)) for n in range(3))
    draft.remove("cats", second)
    draft.remove("cats", second)
    draft.remove("dogs", first)  # not there: nothing happens
    assert draft.numbers("cats") == (first, third)
    with pytest.raises(DatasetRefused, match="no longer here"):
        draft.read("cats", second)


def test_the_same_bytes_wait_once_in_a_class(draft):
    """A browser's list of files comes again with every file that is added to it."""
    number = draft.add("cats", "1.png", picture(1))
    assert draft.add("cats", "copy.png", picture(1)) == number
    assert draft.counts() == {"cats": 1}
    draft.add("dogs", "1.png", picture(1))
    assert draft.counts() == {"cats": 1, "dogs": 1}


def test_many_files_do_not_each_ask_the_disk_for_all_others(draft, monkeypatch):
    asked = []
    real = os.listdir

    def listdir(path):
        asked.append(path)
        return real(path)

    monkeypatch.setattr(os, "listdir", listdir)
    draft.add("cats", "first.png", picture(1))
    listing = draft.listing()
    before = len(asked)
    for n in range(40):
        draft.add("cats" if n % 2 else "dogs", f"{n}.png", picture(100 + n // 2), listing=listing)
    assert len(asked) == before
    again = draft.add("cats", "first again.png", picture(1), listing=listing)
    assert (again,) == draft.numbers("cats")[:1]
    assert draft.counts() == {"cats": 21, "dogs": 20}


def test_limits_hold_while_many_files_come(draft, monkeypatch):
    monkeypatch.setenv("TL_MAX_DATASET_FILES", "3")
    monkeypatch.setenv("TL_MAX_DATASET_MB", "1")
    listing = draft.listing()
    draft.add("cats", "1.png", bytes(6 * 10**5), listing=listing)
    with pytest.raises(DatasetRefused, match="more than 1 MB"):
        draft.add("cats", "2.png", bytes(5 * 10**5), listing=listing)
    draft.add("cats", "2.png", b"x", listing=listing)
    draft.add("dogs", "3.png", b"y", listing=listing)
    with pytest.raises(DatasetRefused, match="4 files; at most 3"):
        draft.add("dogs", "4.png", b"z", listing=listing)


def test_classes_are_made_renamed_and_removed(draft):
    assert draft.add_class("  cats\u202e ") == "cats"
    assert draft.add_class("CATS") == "cats"
    number = draft.add("Cats", "1.png", picture(1))
    draft.add("dogs", "2.png", picture(2))
    assert draft.rename_class("cats", "Felines") == "Felines"
    assert draft.rename_class("Felines", "felines") == "felines"
    assert draft.read("felines", number) == ("1.png", picture(1))
    assert draft.classes() == ("felines", "dogs")
    with pytest.raises(DatasetRefused, match="There is a class dogs already"):
        draft.rename_class("felines", "DOGS")
    with pytest.raises(DatasetRefused, match="no class cats"):
        draft.rename_class("cats", "x")
    draft.remove_class("felines")
    draft.remove_class("felines")
    assert draft.counts() == {"dogs": 1}
    draft.add_class("felines")
    assert draft.counts() == {"dogs": 1, "felines": 0}
    draft.clear()
    assert draft.classes() == () and not draft.folder.exists()
    draft.clear()


NAMES = [
    "../../../etc/passwd",
    "..",
    "/absolute",
    "C:\\windows",
    "a/b\\c",
    "nul\0byte",
    "new\nline.png",
    '"},{"name":"',
    "\ud800 surrogate.png",
    "x" * 5000 + ".png",
    "",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_never_reach_the_disk(draft, name):
    number = draft.add("cats", name, picture(1))
    shown, data = draft.read("cats", number)
    assert data == picture(1)
    assert len(shown) <= 200 and "\n" not in shown and "\0" not in shown
    class_name = name.replace("x" * 5000, "y")
    if class_name:
        draft.add(class_name, "1.png", picture(2))
    assert len(draft.placed()) == 1 + bool(class_name)
    parts = rf"{draft.token}/(classes\.json|[0-9a-f]{{16}}/[0-9]{{16}}-[0-9a-f]{{32}})"
    for path in names_on_disk(staging_dir().parent):
        assert re.fullmatch(f"staging/{parts}", path)


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "../runs", "A" * 32, "0" * 31, "0" * 33, "0" * 32 + "\n", "g" * 32, "/etc"],
)
def test_a_token_of_another_form_is_refused(token):
    with pytest.raises(SettingInvalid, match="names no collection"):
        Staging(token)
    assert Staging("0" * 32).counts() == {}


def test_tokens_cannot_be_guessed():
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(Staging(token) for token in tokens)


@pytest.mark.parametrize(
    ("class_name", "data", "part", "kind", "sentence"),
    [
        ("cats", b"", "", ImageRefused, "a.png is empty"),
        ("cats", bytes(10**6 + 1), "", ImageRefused, "at most 1 MB"),
        ("", b"x", "", DatasetRefused, "needs a name"),
        ("\u200b", b"x", "", DatasetRefused, "needs a name"),
        ("x" * 81, b"x", "", DatasetRefused, "81 characters"),
        ("cats", b"x", "holdout", SettingInvalid, "train, validation, test"),
    ],
)
def test_what_cannot_wait_is_refused_on_arrival(
    draft, monkeypatch, class_name, data, part, kind, sentence
):
    monkeypatch.setenv("TL_MAX_IMAGE_MB", "1")
    with pytest.raises(kind, match=sentence):
        draft.add(class_name, "a.png", data, part)
    assert draft.placed() == []
    assert draft.add("cats", "a.png", bytes(10**6))


def test_limits_of_a_dataset_hold_on_arrival(draft, monkeypatch):
    monkeypatch.setenv("TL_MAX_DATASET_FILES", "2")
    monkeypatch.setenv("TL_MAX_DATASET_MB", "1")
    monkeypatch.setenv("TL_MAX_CLASSES", "2")
    draft.add("cats", "1.png", bytes(6 * 10**5))
    with pytest.raises(DatasetRefused, match="more than 1 MB"):
        draft.add("cats", "2.png", bytes(5 * 10**5))
    draft.add("dogs", "2.png", b"x")
    with pytest.raises(DatasetRefused, match="3 files; at most 2"):
        draft.add("cats", "3.png", b"y")
    with pytest.raises(DatasetRefused, match="2 classes already"):
        draft.add_class("foxes")
    assert draft.counts() == {"cats": 1, "dogs": 1}


def test_disk_space_is_left_free(draft, monkeypatch):
    monkeypatch.setattr(importer, "RESERVED_BYTES", 10**18)
    with pytest.raises(DiskUnusable, match="The disk of"):
        draft.add("cats", "1.png", b"x")
    assert draft.placed() == []


def test_files_come_to_the_importer_with_class_part_and_name(draft):
    draft.add("cats", "IMG_1.png", picture(1), "train")
    draft.add("train", "2.png", picture(2))
    (first, second) = draft.placed()
    assert first[0].name == "cats/IMG_1.png" and first[0].size == len(picture(1))
    assert first[0].read() == picture(1)
    assert (first[1].class_name, first[1].part) == ("cats", "train")
    assert (second[1].class_name, second[1].part) == ("train", "")
    draft.remove("cats", *draft.numbers("cats"))
    with pytest.raises(ImageRefused, match="was removed before"):
        first[0].read()


def test_the_digest_tells_one_set_of_files_from_another(draft):
    digests = [draft.digest()]
    number = draft.add("cats", "1.png", picture(1))
    digests.append(draft.digest())
    draft.rename_class("cats", "dogs")
    digests.append(draft.digest())
    draft.add("dogs", "2.png", picture(2))
    digests.append(draft.digest())
    assert len(set(digests)) == 4
    draft.remove("dogs", number)
    draft.add("dogs", "1.png", picture(1))  # it came later, and is the same file
    assert draft.digest() == digests[-1]


def test_a_half_written_file_is_not_there(draft):
    draft.add("cats", "1.png", picture(1))
    (folder,) = [path for path in draft.folder.iterdir() if path.is_dir()]
    (folder / ".tmp-half").write_bytes(b"half")
    (folder / "stranger").write_bytes(b"x")
    assert draft.counts() == {"cats": 1}
    assert len(draft.placed()) == 1


def test_many_files_at_once_are_all_kept(draft):
    together = threading.Barrier(8)

    def add(worker):
        together.wait(20)
        for n in range(5):
            draft.add(f"class {n}", f"{n}.png", picture(100 * worker + n))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(8)))
    assert draft.counts() == {f"class {n}": 8 for n in sorted(range(5))}


def test_only_what_nobody_touched_for_a_day_is_swept(draft):
    other = Staging(new_token())
    for each in (draft, other):
        each.add("cats", "1.png", picture(1))
        os.utime(each.folder, (0, 0))
    other.add("cats", "2.png", picture(2))
    assert waiting.sweep() == 1
    assert draft.counts() == {} and other.counts() == {"cats": 2}
    os.utime(other.folder, (0, 0))
    assert waiting.sweep() == 1
    assert other.counts() == {}
    assert waiting.sweep() == 0
