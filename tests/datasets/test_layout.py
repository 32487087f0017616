import itertools

import pytest

from tl_core.datasets.bringing.layout import Place, arrange, natural_key
from tl_core.datasets.dataset import Skipped

WRAPPERS = ("", "pets/", "my photos/pets v2/")
PARTS = (
    {"": ""},
    {"train/": "train", "validation/": "validation"},
    {"Train/": "train", "VAL/": "validation", "Test/": "test"},
    {"training/": "train", "valid/": "validation", "testing/": "test"},
    {"train/images/": "train", "test/images/": "test"},
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
    names, expected = [], []
    for part, class_name in itertools.product(parts, ("cats", "dogs")):
        names.append(f"{wrapper}{part}{class_name}/1.jpg")
        expected.append(Place(class_name, parts[part]))
    names += [name.format(w=wrapper) for name in junk]
    assert arrange(names) == expected + [None] * len(junk)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        # a class may be called like a part: then its images lie directly inside it
        (["train/1.jpg", "car/1.jpg"], ["train", "car"]),
        (["train/steam/1.jpg", "car/red/1.jpg", "bus/2.jpg"], ["train", "car", "bus"]),
        # unlabelled test images beside a labelled training part
        (["train/a/1.jpg", "train/b/1.jpg", "test/1.jpg"], ["a", "b", None]),
        # a folder of something else beside the parts
        (["train/a/1.jpg", "val/b/1.jpg", "extra/1.jpg"], ["a", "b", None]),
        # only one part: it is a wrapper
        (["validation/a/1.jpg", "validation/b/1.jpg"], ["a", "b"]),
        # parts without class folders
        (["train/1.jpg", "test/2.jpg"], [None, None]),
        # no folder at all
        (["1.jpg", "2.jpg"], [None, None]),
        # one class folder is a class, not a wrapper, even with a folder inside
        (["cats/1.jpg", "cats/2.jpg", "cats/old/3.jpg"], ["cats", "cats", "cats"]),
        # a stray image beside the class folders, inside the wrapper
        (["pets/cover.jpg", "pets/a/1.jpg", "pets/b/2.jpg"], [None, "a", "b"]),
        # folders below a class belong to it
        (["a/x/1.jpg", "a/y/2.jpg", "b/3.jpg"], ["a", "a", "b"]),
        # text beside the wrapper does not change the structure; a text folder is no class
        (["pets/a/1.jpg", "pets/b/1.jpg", "docs/guide.txt"], ["a", "b", None]),
        (["a/1.jpg", "b/1.jpg", "labels/1.txt"], ["a", "b", None]),
        # a text file inside a class is looked at, and reported when it turns out to be no image
        (["a/1.jpg", "a/1.txt", "b/1.jpg"], ["a", "a", "b"]),
        # no name looks like an image: the content will tell
        (["a/1", "b/2"], ["a", "b"]),
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
    ],
)
def test_the_class_of_each_file(names, expected):
    places = arrange(names)
    assert [p.class_name if isinstance(p, Place) else None for p in places] == expected
    assert all(isinstance(p, Place | Skipped) for p in places)


def test_a_file_that_is_left_out_says_why():
    outside, bare, *_ = arrange(["../a/1.jpg", "1.jpg", "a/1.jpg", "b/1.jpg"])
    assert isinstance(outside, Skipped) and isinstance(bare, Skipped)
    assert "outside" in str(outside.sentence) and "../a/1.jpg" in str(outside.sentence)
    assert "class folder" in str(bare.sentence) and "outside" not in str(bare.sentence)


def test_the_order_of_names_does_not_matter():
    names = ["x/Cats/1.jpg", "x/cats/2.jpg", "x/train.txt", "x/dogs/1.jpg", "y.jpg"]
    expected = dict(zip(names, arrange(names), strict=True))
    for order in itertools.permutations(names):
        assert dict(zip(order, arrange(order), strict=True)) == expected


def test_numbers_in_names_are_ordered_by_value():
    names = ["img10", "img2", "Img1", "10", "9", "img", "img2a"]
    assert sorted(names, key=natural_key) == ["9", "10", "img", "Img1", "img2", "img2a", "img10"]
