"""Which class a file is of by the names of its folders."""

import unicodedata
from collections import Counter

import pytest

from tl_core.datasets.reading.listing import split_name
from tl_core.prediction.folders import MOST_NAMED, ClassFolders, named_folders

PETS = ClassFolders(["cats", "hot dog", "강아지"], ["고양이", "핫도그", "강아지"])


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("cats/1.jpg", 0),
        ("CATS/1.jpg", 0),
        (" cats /1.jpg", 0),
        ("pets/validation/cats/1.jpg", 0),
        ("cats/holiday/1.jpg", 0),  # a folder of no class inside one of a class
        ("hot_dog/cats/1.jpg", 0),  # the innermost says more
        ("hot_dog/1.jpg", 1),
        ("Hot-Dog/1.jpg", 1),
        ("hot  dog\\1.jpg", 1),  # as Windows packs it
        ("고양이/1.jpg", 0),  # the title in another language
        (unicodedata.normalize("NFD", "고양이/1.jpg"), 0),  # as macOS packs it
        (unicodedata.normalize("NFD", "강아지/1.jpg"), 2),
        ("cat/1.jpg", None),
        ("1.jpg", None),
        ("cats.jpg", None),  # the name of the file itself says nothing
        ("", None),
        ("../../1.jpg", None),
    ],
)
def test_a_folder_called_like_a_class_holds_its_photos(name, label):
    assert PETS.label(split_name(name)[:-1]) == label


def test_a_name_that_two_classes_share_is_of_neither():
    folders = ClassFolders(["Cat", "cat", "dog"], ["dog", "kitten", "kitten"])
    assert folders.label(("cat",)) is None
    assert folders.label(("dog",)) == 2  # what somebody calls a class takes no other one's name
    assert folders.label(("kitten",)) is None


def test_titles_of_any_number_of_languages_are_known():
    folders = ClassFolders(["cats", "dogs"], ["cats", "dogs", "고양이", "개", "chats", "chiens"])
    assert [folders.label((name,)) for name in ("개", "chats", "chiens")] == [1, 0, 1]


def test_the_folders_with_most_photos_are_named():
    found = named_folders(Counter({f"folder {n}": n for n in range(1, 10)}))
    assert found == [f"folder {n}" for n in range(9, 9 - MOST_NAMED, -1)]
