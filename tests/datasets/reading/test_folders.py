import itertools

import pytest

from tests.datasets.reading.listings import names, placed, why_not
from tl_core.datasets.bringing.checks import check_plan
from tl_core.datasets.reading.choices import LIKELY
from tl_core.datasets.reading.listing import Place, natural_key
from tl_core.datasets.reading.reader import read_layout
from tl_core.errors import DatasetRefused

WRAPPERS = ("", "pets/", "my photos/pets v2/")
PARTS = (
    {"": ""},
    {"train/": "train", "validation/": "validation"},
    {"Train/": "train", "VAL/": "validation", "Test/": "test"},
    {"training/": "train", "valid/": "validation", "testing/": "test"},
    {"train/images/": "train", "test/images/": "test"},
    {"1. 학습용 데이터/": "train", "2. 검증용 데이터/": "validation"},
    {"my_pets_train/": "train", "my_pets_test/": "test"},
)
JUNK = (
    (),
    ("__MACOSX/{w}cats/._1.jpg", "{w}.DS_Store", "{w}cats/Thumbs.db", "{w}cats/.cache/1.jpg"),
    ("{w}README.md", "{w}cats/LICENSE", "{w}dataset.json", "{w}desktop.ini"),
)


@pytest.mark.parametrize(
    ("wrapper", "parts", "junk"), tuple(itertools.product(WRAPPERS, PARTS, JUNK))
)
def test_classes_and_parts_are_found_in_every_layout(wrapper, parts, junk):
    expected = {
        f"{wrapper}{part}{class_name}/1.jpg": Place(class_name, parts[part])
        for part, class_name in itertools.product(parts, ("cats", "dogs"))
    }
    files = names(*expected, *(name.format(w=wrapper) for name in junk))
    assert placed(files) == expected
    assert read_layout(files).plan.aside == len(junk)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        # a class may be called like a part: then its images lie directly inside it
        (["train/1.jpg", "car/1.jpg"], ["train", "car"]),
        (["train/steam/1.jpg", "car/red/1.jpg", "bus/2.jpg"], ["train", "car", "bus"]),
        # unlabelled test images beside a labelled training part
        (["train/a/1.jpg", "train/b/1.jpg", "test/1.jpg"], ["a", "b", None]),
        # a folder of something else beside the parts
        (["train/a/1.jpg", "val/b/1.jpg", "val/a/2.jpg", "extra/1.jpg"], ["a", "b", "a", None]),
        # only one part: it is a wrapper
        (["validation/a/1.jpg", "validation/b/1.jpg"], ["a", "b"]),
        # a stray image beside the class folders, inside the wrapper
        (["pets/cover.jpg", "pets/a/1.jpg", "pets/b/2.jpg"], [None, "a", "b"]),
        # folders below a class belong to it
        (["a/x/1.jpg", "a/y/2.jpg", "b/3.jpg"], ["a", "a", "b"]),
        # text beside the wrapper does not change the structure; a text folder is no class
        (["pets/a/1.jpg", "pets/b/1.jpg", "docs/guide.txt"], ["a", "b", None]),
        (["a/1.jpg", "b/1.jpg", "labels/1.txt"], ["a", "b", None]),
        # a text file inside a class is left out before it is looked at
        (["a/1.jpg", "a/1.txt", "b/1.jpg"], ["a", None, "b"]),
        # the same class spelled with another case, more spaces, or decomposed letters
        (["Cats/1.jpg", "cats/2.jpg", "dogs/1.jpg"], ["Cats", "Cats", "dogs"]),
        (["hot  dog/1.jpg", " hot dog/2.jpg", "b/1.jpg"], ["hot dog", "hot dog", "b"]),
        (["caf\u00e9/1.jpg", "cafe\u0301/2.jpg", "b/1.jpg"], ["caf\u00e9", "caf\u00e9", "b"]),
        # a Windows zip without forward slashes
        (["pets\\a\\1.jpg", "pets\\b\\1.jpg"], ["a", "b"]),
        # absolute names and drive letters are wrappers like any other
        (["/etc/a/1.jpg", "/etc/b/1.jpg"], ["a", "b"]),
        (["C:\\x\\a\\1.jpg", "C:\\x\\b\\1.jpg"], ["a", "b"]),
        # up and out
        (["../a/1.jpg", "a/1.jpg", "b/1.jpg"], [None, "a", "b"]),
        (["a/../../x/1.jpg", "a\\..\\1.jpg", "a/1.jpg", "b/1.jpg"], [None, None, "a", "b"]),
        # invisible characters must not make a second class that looks the same
        (["a\u200b/1.jpg", "a/2.jpg", "b\u202e/1.jpg"], ["a", "a", "b"]),
        # class and part in one name
        (
            ["cats_train/1.jpg", "dogs_train/1.jpg", "cats_test/2.jpg", "dogs_test/2.jpg"],
            ["cats", "dogs", "cats", "dogs"],
        ),
        # a train that stands in a station is no part
        (["train station/1.jpg", "bus station/1.jpg"], ["train station", "bus station"]),
        # nor is a coin that is valid
        (["valid/1.jpg", "invalid/1.jpg"], ["valid", "invalid"]),
        # folders as a camera makes them are no classes, whatever is in them
        (["100APPLE/a/1.jpg", "101APPLE/a/2.jpg", "101APPLE/b/1.jpg"], ["a", "a", "b"]),
    ],
)
def test_the_class_of_each_file(files, expected):
    found = placed(names(*files))
    assert [found[name].class_name if name in found else None for name in files] == expected


@pytest.mark.parametrize(
    "files",
    [
        # parts without class folders
        ["train/1.jpg", "test/2.jpg"],
        # no folder at all
        ["1.jpg", "2.jpg"],
        # one class folder is a class, not a wrapper, even with a folder inside; and one class is none
        ["cats/1.jpg", "cats/2.jpg", "cats/old/3.jpg"],
        # no name looks like an image, and nobody has looked
        ["a/1", "b/2"],
    ],
)
def test_what_names_no_two_classes_is_refused(files):
    with pytest.raises(DatasetRefused):
        check_plan(read_layout(names(*files)).plan, LIKELY)


def test_a_file_that_is_left_out_says_why():
    files = names("../a/1.jpg", "1.jpg", "a/1.jpg", "b/1.jpg", "a/1.txt")
    assert "outside" in why_not(files, "../a/1.jpg")
    assert "class folder" in why_not(files, "1.jpg") and "outside" not in why_not(files, "1.jpg")
    assert "no photos" in why_not(files, "a/1.txt")
    assert not why_not(files, "a/1.jpg")


def test_the_order_of_names_does_not_matter():
    files = ["x/Cats/1.jpg", "x/cats/2.jpg", "x/train.txt", "x/dogs/1.jpg", "y.jpg"]
    expected = placed(names(*files))
    assert len(expected) == 3
    for order in itertools.permutations(files):
        assert placed(names(*order)) == expected


def test_numbers_in_names_are_ordered_by_value():
    found = ["img10", "img2", "Img1", "10", "9", "img", "img2a"]
    assert sorted(found, key=natural_key) == ["9", "10", "img", "Img1", "img2", "img2a", "img10"]
