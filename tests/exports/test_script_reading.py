"""The exported script reads photos as the lab does, with Pillow alone, and finds the classes of others."""

import hashlib
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.images.test_heif import GRID
from tests.images.test_netpbm import raw
from tests.images.test_normaliser import DEEP_GREY, EXACT, LOSSY, SMOOTH, exif, saved
from tl_core import images
from tl_core.exports.script_parts import FIND, READ

PHOTOS = {
    "JPEG": LOSSY["JPEG"],
    "a turned JPEG": saved(SMOOTH, "JPEG", exif=exif(6)),
    "PNG with a see-through palette": EXACT["PNG PA"][0],
    "16-bit PNG": saved(DEEP_GREY, "PNG"),
    "16-bit TIFF": saved(DEEP_GREY, "TIFF"),
    "16-bit PGM": raw(DEEP_GREY, 65535),
    "HEIC": GRID,
}
HEAD = """
import contextlib, io, sys
import numpy as np
from PIL import Image, ImageOps
SIZE = 32
"""
TAIL = """
for path in sys.argv[1:]:
    np.save(path + ".npy", read_photo(open(path, "rb").read()))
"""


@pytest.mark.parametrize("case", PHOTOS)
def test_the_script_sees_what_the_lab_sees(case, tmp_path):
    path = tmp_path / "photo"
    path.write_bytes(PHOTOS[case])
    subprocess.run([sys.executable, "-c", HEAD + READ + TAIL, path], check=True)
    seen, expected = np.load(f"{path}.npy"), images.model_input(PHOTOS[case], case, 32)
    assert np.abs(seen.astype(int) - expected).max() <= 1
    assert expected.std() > 20, "there is something to see"


def finder(tmp_path, known=(), *, one_unit=False):
    """Return ``find_photos`` of a script whose run had the photos `known` of the class cats."""
    rows = [{"sha256": hashlib.sha256(one).hexdigest(), "label": 0, "name": "x"} for one in known]
    (tmp_path / "images.json").write_text(json.dumps({"train": rows, "validation": rows[:1]}))
    names = {
        "hashlib": hashlib,
        "json": json,
        "sys": sys,
        "HERE": tmp_path,
        "SEED": 3,
        "CLASS_NAMES": ["cats", "dogs"],
        "VALIDATION": 0.2,
        "ONE_UNIT": one_unit,
    }
    exec(FIND, names)
    return names["find_photos"]


def folders(root: Path, counts: dict[str, int], ending: str = ".jpg") -> Path:
    for name, count in counts.items():
        (root / name).mkdir(parents=True)
        for number in range(count):
            (root / name / f"{number}{ending}").write_bytes(f"{name}{number}".encode())
    return root


def test_any_folder_of_class_folders_is_trained_on(tmp_path):
    folder = folders(tmp_path / "photos", {"ants": 10, "bees": 20, "cows": 5, ".hidden": 9})
    (folder / "notes").mkdir()
    (folder / "notes" / "read me.txt").write_text("no photo")
    (folder / "ants" / "copy.jpg").write_bytes(b"ants0")
    parts, names = finder(tmp_path, [b"another photo"])(folder)
    assert names == ["ants", "bees", "cows"]
    count = {part: Counter(label for *_, label in photos) for part, photos in parts.items()}
    assert count == {"train": {0: 8, 1: 16, 2: 4}, "validation": {0: 2, 1: 4, 2: 1}}
    hashes = [{sha256 for _, sha256, _ in photos} for photos in parts.values()]
    assert not set.intersection(*hashes) and len(set.union(*hashes)) == 35
    again, _ = finder(tmp_path, [b"another photo"])(folder)
    assert again == parts


def test_photos_of_the_run_are_used_as_it_used_them(tmp_path):
    folder = folders(tmp_path / "photos", {"ants": 3, "bees": 3})
    parts, names = finder(tmp_path, [b"ants0", b"bees1"])(folder)
    assert names == ["cats", "dogs"]
    assert [path.name for path, *_ in parts["train"]] == ["0.jpg", "1.jpg"]
    assert {label for *_, label in parts["train"]} == {0}


def test_a_folder_for_validation_is_used_as_it_is(tmp_path):
    root = tmp_path / "photos"
    folders(root / "train", {"ants": 4, "bees": 4})
    folders(root / "val", {"bees": 3, "cows": 9}, ".png")
    parts, names = finder(tmp_path, [b"?"])(root)
    assert names == ["ants", "bees"]
    assert len(parts["train"]) == 8
    assert [(path.parent.name, label) for path, _, label in parts["validation"]] == [
        ("bees", 1)
    ] * 3


@pytest.mark.parametrize(
    ("counts", "one_unit", "says"),
    [
        ({"ants": 5}, False, "Make one for each class"),
        ({"ants": 5, "bees": 1}, False, "2 at least"),
        ({"ants": 5, "bees": 5, "cows": 5}, True, "tells two classes apart"),
    ],
)
def test_folders_that_cannot_be_trained_on_are_refused_in_a_sentence(
    tmp_path, counts, one_unit, says
):
    folder = folders(tmp_path / "photos", counts)
    with pytest.raises(SystemExit, match=says):
        finder(tmp_path, [b"?"], one_unit=one_unit)(folder)
