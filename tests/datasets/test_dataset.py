import dataclasses
import hashlib
import json
import pickle
import random
import tracemalloc
from pathlib import Path

import pytest

from tests.datasets.samples import picture
from tl_core import files
from tl_core.datasets.dataset import Dataset, LabeledImage, Skipped, is_safe_path
from tl_core.datasets.index import INDEX, read_index, write_index
from tl_core.errors import DatasetRefused, ImageRefused
from tl_core.wording import Sentence, clean_text


def digest(text):
    return hashlib.sha256(str(text).encode()).hexdigest()


def image(number, label=0, **changes):
    values = {"path": f"{number}.png", "sha256": digest(number), "pixels": digest(f"p{number}")}
    return LabeledImage(label=label, **(values | changes))


def dataset(folder=Path("x"), **changes):
    values = {
        "title": "Pets",
        "class_names": ("cats", "dogs"),
        "images": (image(1), image(2, part="test"), image(3, label=1)),
        "skipped": (
            Skipped(
                name="a",
                sentence=Sentence(template="{name} is {size}", values={"name": "a", "size": 2}),
            ),
        ),
        "notice": "Mine.",
    }
    return Dataset(id=folder.name, folder=folder, **(values | changes))


def test_an_index_is_read_back_as_it_was_written(tmp_path):
    written = dataset(tmp_path)
    write_index(written)
    assert read_index(tmp_path) == written
    assert read_index(tmp_path) != dataset(tmp_path, title="Other")
    assert str(written.skipped[0].sentence) == "a is 2"


def test_the_fingerprint_depends_on_content_only():
    rows = list(dataset().images)
    random.Random(1).shuffle(rows)
    moved = tuple(dataclasses.replace(row, path=f"moved/{row.path}") for row in rows)
    same = dataset(Path("elsewhere"), images=moved, title="Other", skipped=(), notice="")
    assert same.fingerprint == dataset().fingerprint
    # written down: another machine or version must not compute another one
    assert dataset().fingerprint[:16] == "362475ef4136594a"


@pytest.mark.parametrize(
    "changes",
    [
        {"class_names": ("cats", "foxes")},
        {"class_names": ("dogs", "cats")},
        {"images": (image(1), image(2, part="test"))},
        {"images": (image(1), image(2, part="train"), image(3, label=1))},
        {"images": (image(1), image(2, part="test"), image(3, label=0))},
        {"images": (image(1), image(2, part="test"), image(4, label=1))},
        {"images": (image(1), image(1), image(2, part="test"), image(3, label=1))},
    ],
)
def test_the_fingerprint_changes_with_the_content(changes):
    assert dataset(**changes).fingerprint != dataset().fingerprint


def test_an_image_is_found_by_its_sha256():
    pets = dataset()
    assert [pets.by_sha256[digest(number)].path for number in (3, 1)] == ["3.png", "1.png"]
    assert digest(4) not in pets.by_sha256


def test_an_index_has_a_line_for_every_image_and_is_never_held_as_a_whole(tmp_path):
    many = dataset(tmp_path, images=tuple(image(number) for number in range(5000)), skipped=())
    tracemalloc.start()
    try:
        write_index(many)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    text = (tmp_path / INDEX).read_text("utf-8")
    assert peak < len(text) / 4
    assert json.loads(text)["images"] == [one.to_json() for one in many.images]
    assert sum(line.startswith('  {"path": ') for line in text.splitlines()) == 5000
    assert read_index(tmp_path) == many


def test_what_was_computed_of_a_dataset_is_no_part_of_it(tmp_path):
    pets = dataset(tmp_path, skipped=())
    before = hash(pets)
    assert pets.by_sha256 and pets.fingerprint and pets.count_by_class
    assert pets == dataset(tmp_path, skipped=()) and hash(pets) == before
    assert pickle.loads(pickle.dumps(pets)) == pets
    fewer = dataclasses.replace(pets, images=pets.images[:1])
    assert list(fewer.by_sha256) == [pets.images[0].sha256]
    write_index(pets)
    assert read_index(tmp_path) == pets


def test_images_are_counted_by_class():
    assert dataset().count_by_class == {"cats": 2, "dogs": 1}
    assert dataset(images=()).count_by_class == {"cats": 0, "dogs": 0}


def change(path, value):
    """Return a change of a parsed index: set what `path` leads to."""

    def apply(content):
        *parents, last = path
        for step in parents:
            content = content[step]
        if value is None:
            del content[last]
        else:
            content[last] = value

    return apply


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), 2),  # written by a later version
        (("version",), None),
        (("title",), 5),
        (("notice",), ["x"]),
        (("class_names",), "ab"),  # text is a sequence of texts
        (("class_names",), ["cats", "cats"]),
        (("class_names",), ["cats", 3]),
        (("class_names",), ["cats"]),  # a label without a name
        (("images",), {"0": 1}),
        (("images", 0), "x"),
        (("images", 0, "path"), "../../etc/passwd"),
        (("images", 0, "path"), "/etc/passwd"),
        (("images", 0, "path"), "a/../../b"),
        (("images", 0, "path"), "C:/b"),
        (("images", 0, "path"), "..\\b"),
        (("images", 0, "path"), ""),
        (("images", 0, "path"), 7),
        (("images", 0, "path"), ["a"]),
        (("images", 0, "label"), -1),
        (("images", 0, "label"), 1.0),
        (("images", 0, "label"), True),
        (("images", 0, "sha256"), "abc"),
        (("images", 0, "pixels"), "G" * 64),
        (("images", 0, "pixels"), digest("p3")),  # the same picture in two classes
        (("images", 0, "part"), "dev"),
        (("images", 0, "part"), ["train"]),
        (("images", 0, "more"), 1),
        (("skipped", 0, "values"), []),
        (("skipped", 0, "values"), {"name": "a"}),  # a template without its value
        (("skipped", 0, "values"), {"name": ["a"], "size": 1}),
        (("skipped", 0, "reason_template"), "{name.__class__}"),  # looks into the program
        (("skipped", 0, "reason_template"), "{name:>999999999}"),  # takes all memory
        (("skipped", 0, "reason_template"), "{"),
        (("skipped", 0, "reason_template"), "{}"),
    ],
)
def test_a_hostile_index_is_refused(tmp_path, path, value):
    write_index(dataset(tmp_path))
    content = files.read_json(tmp_path / INDEX)
    change(path, value)(content)
    files.write_json(tmp_path / INDEX, content)
    with pytest.raises(DatasetRefused, match="import it again"):
        read_index(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b"{}"])
def test_a_damaged_index_is_refused(tmp_path, content):
    (tmp_path / INDEX).write_bytes(content)
    with pytest.raises(DatasetRefused):
        read_index(tmp_path)
    with pytest.raises(DatasetRefused):
        read_index(tmp_path / "missing")


def test_an_image_is_read_only_while_it_is_what_was_imported(tmp_path):
    data = picture(1)
    one = image(1, path="images/1.png", sha256=hashlib.sha256(data).hexdigest())
    pets = dataset(tmp_path, images=(one,))
    path = tmp_path / "images" / "1.png"
    with pytest.raises(DatasetRefused, match="missing"):
        pets.read(one)
    path.parent.mkdir()
    path.write_bytes(data)
    assert pets.read(one) == data
    path.write_bytes(data + b"x")
    with pytest.raises(DatasetRefused, match="changed"):
        pets.read(one)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    folder = tmp_path / "pets"
    folder.mkdir()
    (folder / "1.png").symlink_to(secret)
    one = image(1, sha256=hashlib.sha256(b"secret").hexdigest())
    with pytest.raises(DatasetRefused):
        dataset(folder, images=(one,)).read(one)


def test_an_empty_file_is_not_taken_for_a_missing_one(tmp_path):
    one = image(1, sha256=hashlib.sha256(b"").hexdigest())
    with pytest.raises(DatasetRefused):
        dataset(tmp_path, images=(one,)).read(one)


@pytest.mark.parametrize(
    ("path", "safe"),
    [
        ("1.png", True),
        ("a/b c/한글.png", True),
        ("..a/b..png", True),
        ("", False),
        ("/a", False),
        ("a//b", False),
        ("a/", False),
        (".", False),
        ("a/./b", False),
        ("..", False),
        ("a/..", False),
        ("a\\b", False),
        ("C:a", False),
        ("a\0b", False),
        ("\udcff.png", False),
    ],
)
def test_safe_paths(path, safe):
    assert is_safe_path(path) is safe


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  hot \t dog\n", "hot dog"),
        ("cafe\u0301", "caf\u00e9"),
        ("\u1100\u1161", "\uac00"),  # decomposed Hangul, as macOS writes it
        ("a\u202eb\u200b\x00\x1b[2J", "ab[2J"),  # direction, zero width, control
        ("\udcff", ""),
        ("\u200b \u200b", ""),
    ],
)
def test_text_is_cleaned(text, expected):
    assert clean_text(text) == expected
    assert clean_text(expected) == expected


def test_a_reason_keeps_what_json_can_hold():
    error = ImageRefused("{name} has {size} and {path}", name="a", size=1.5, path=Path("b"))
    skipped = Skipped.because("a", error)
    assert skipped.sentence.values == {"name": "a", "size": 1.5, "path": "b"}
    assert json.loads(json.dumps(skipped.sentence.values)) == skipped.sentence.values
    assert str(skipped.sentence) == "a has 1.5 and b"
