"""A dataset that leaves a lab as a zip is the same dataset wherever it comes in."""

import json
import time
import unicodedata
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.datasets.importing import import_files, import_groups
from tests.datasets.samples import picture, quiet, zip_bytes
from tl_core.datasets.archives import opened
from tl_core.datasets.bringing.carrying import carried_files, read_carried, read_object, restored
from tl_core.datasets.bringing.entries import Entry
from tl_core.datasets.bringing.importer import new_draft
from tl_core.datasets.bringing.projects import MOST_CANDIDATES, project_in
from tl_core.datasets.bringing.publishing import publish_as
from tl_core.datasets.bringing.safe_names import Distinct, safe_name
from tl_core.datasets.catalogue import delete_dataset, get_dataset
from tl_core.datasets.edits import Edit
from tl_core.datasets.versions import new_version
from tl_core.errors import DatasetRefused


@pytest.fixture(autouse=True)
def data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def another_lab(tmp_path, monkeypatch):
    """Return ``another_lab()``: from then on the catalogue is another, empty one."""
    return lambda: monkeypatch.setenv("TL_DATA_DIR", str(tmp_path / "another"))


def away(dataset):
    return {name: read() for name, read in carried_files(dataset)}


def come_in(tmp_path, content):
    """Open a zip of files as a lab does; returns the dataset in the catalogue."""
    path = tmp_path / "away.zip"
    path.write_bytes(content if isinstance(content, bytes) else zip_bytes(content))
    with opened(path, "away", quiet) as entries:
        project = project_in(entries)
        assert project is not None
        carried = read_carried(project.files, project.datasets[0])
        if found := carried.here:
            return found
        with new_draft(carried.size) as draft:
            return publish_as(restored(carried, draft, quiet), carried.dataset.id)


def pets(title="Pets", start=0, names=("cats", "dogs"), count=5):
    classes = {
        name: [(f"{i}.png", picture(start + 100 * label + i)) for i in range(count)]
        for label, name in enumerate(names)
    }
    return import_files(classes, title, quiet)


def grouped():
    return import_groups(
        {
            pupil: {
                name: [(f"{i}.png", picture(n + 50 * j + i)) for i in range(3)]
                for j, name in enumerate("ab")
            }
            for pupil, n in (("Kim", 0), ("Lee", 200))
        },
        "By pupil",
    )


def divided():
    dataset = pets("Divided", count=6)
    kept_out = {image.sha256 for image in dataset.images[::6]}
    part_of = {
        image.sha256: "validation" if image.sha256 in kept_out else "train"
        for image in dataset.images
    }
    return new_version(dataset, Edit(move=part_of))


def renamed():
    return new_version(pets(), Edit(rename={"cats": "고양이"}))


def strange_names():
    return pets("Odd: names?", names=("a/b", "A/B?", "..", "con", "dataset.json"))


MADE = (pets, grouped, divided, renamed, strange_names)


def same(one, other):
    fields = (
        "id",
        "title",
        "class_names",
        "notice",
        "fingerprint",
        "skipped",
        "account",
        "root",
        "origin",
    )
    assert [getattr(one, name) for name in fields] == [getattr(other, name) for name in fields]
    rows = [
        [(i.sha256, i.label, i.part, i.group, i.shown, i.pixels) for i in d.images]
        for d in (one, other)
    ]
    assert rows[0] == rows[1]
    assert [one.read(i) for i in one.images] == [other.read(i) for i in other.images]


@pytest.mark.parametrize("make", MADE)
def test_a_dataset_is_the_same_in_another_lab(make, tmp_path, another_lab):
    first = make()
    content = away(first)
    another_lab()
    second = come_in(tmp_path, content)
    assert second.folder != first.folder and second == get_dataset(first.id)
    same(first, second)


def test_a_second_title_of_the_same_photos_keeps_its_own_id(tmp_path, another_lab):
    pets()
    second = pets("My pets")
    content = away(second)
    assert second.id != second.fingerprint[:16]  # the first title has that
    another_lab()
    same(second, come_in(tmp_path, content))


def test_what_is_here_already_is_left_alone(tmp_path):
    first = pets()
    before = (first.folder / "dataset.json").stat().st_mtime_ns
    assert come_in(tmp_path, away(first)) == first
    assert (first.folder / "dataset.json").stat().st_mtime_ns == before
    content = away(first)
    delete_dataset(first.id)
    same(first, replace(come_in(tmp_path, content), folder=first.folder))


def test_the_built_in_dataset_is_here_already_and_brings_its_licence(tmp_path):
    emoji = get_dataset("emoji")
    content = away(emoji)
    assert "MIT" in content["NOTICE.md"].decode() and json.loads(content["dataset.json"])["notice"]
    assert come_in(tmp_path, content) == emoji


def test_any_other_program_finds_a_folder_for_each_class():
    names = set(away(pets()))
    assert names == {"dataset.json"} | {f"{c}/{i}.png" for c in ("cats", "dogs") for i in range(5)}
    assert {name.split("/")[0] for name in away(divided())} == {
        "dataset.json",
        "train",
        "validation",
    }


def test_names_can_be_unpacked_on_every_system():
    for name in away(strange_names()):
        assert not {"..", "con", ""} & set(name.casefold().split("/")) and ":" not in name
    folded = [name.casefold() for name in away(strange_names())]
    assert len(set(folded)) == len(folded)
    assert safe_name("x" * 300 + ".jpeg") == "x" * 75 + ".jpeg" and safe_name(" ") == "_"
    distinct = Distinct()
    assert [distinct.of(name) for name in ("a/B.jpg", "a/b.jpg", "a/b.jpg")] == [
        *("a/B.jpg", "a/b-2.jpg", "a/b-3.jpg")
    ]


def test_it_comes_in_also_unpacked_and_packed_again_on_a_mac(tmp_path, another_lab):
    first = renamed()
    again = {
        f"pets/{unicodedata.normalize('NFD', name)}": data for name, data in away(first).items()
    }
    again["__MACOSX/pets/cats/._1.png"] = b"\0" * 20
    another_lab()
    same(first, come_in(tmp_path, again))


def changed(content, **values):
    index = json.loads(content["dataset.json"])
    return content | {"dataset.json": json.dumps(index | values).encode()}


def first_row(content, **values):
    rows = json.loads(content["dataset.json"])["images"]
    return changed(content, images=[rows[0] | values, *rows[1:]])


HOSTILE = {
    "another id": (lambda c: changed(c, id="0123456789abcdef"), "does not follow"),
    "another title": (lambda c: changed(c, title="Yours"), None),  # most ids do not depend on it
    "other classes": (lambda c: changed(c, class_names=["dogs", "cats"]), "does not follow"),
    "another group": (lambda c: first_row(c, group="me"), "does not follow"),
    "a path out of it": (lambda c: first_row(c, path="../../etc/passwd"), "damaged"),
    "an absolute path": (lambda c: first_row(c, path="/etc/passwd"), "damaged"),
    "a label too high": (lambda c: first_row(c, label=7), "damaged"),
    "a label that is no number": (lambda c: first_row(c, label="0"), "damaged"),
    "a file twice": (lambda c: first_row(c, path="dogs/0.png"), "changed or"),
    "a photo of another": (lambda c: c | {"cats/0.png": picture(9)}, "0.png was added, changed"),
    "no photo": (lambda c: c | {"cats/0.png": b"<html>"}, "0.png was added, changed"),
    "a lost photo": (
        lambda c: {n: d for n, d in c.items() if n != "cats/0.png"},
        "0.png was added",
    ),
    "one photo more": (lambda c: c | {"cats/new.png": picture(9)}, "new.png was added"),
    "no classes": (lambda c: changed(c, class_names=[], images=[]), "No class folders"),
    "one class": (lambda c: changed(c, class_names=["cats"], images=[]), "Only one class"),
    "lists for texts": (lambda c: changed(c, title=["x"]), "damaged"),
    "a name that turns the line": (lambda c: changed(c, title="a\u202eb"), "damaged"),
    "no end of a notice": (lambda c: changed(c, notice="x" * 9999), "damaged"),
    "a sentence without its value": (
        lambda c: changed(c, account=[{"template": "{x}", "values": {}}]),
        "damaged",
    ),
    "another version": (lambda c: changed(c, version=99), "newer version"),
    "a root that is a path": (lambda c: changed(c, origin="../x", root="../x"), "damaged"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_its_content_does_not_show_is_refused_and_leaves_nothing(name, tmp_path, another_lab):
    change, sentence = HOSTILE[name]
    content = change(away(pets()))
    another_lab()
    if sentence is None:
        assert come_in(tmp_path, content).title == "Yours"
        return
    with pytest.raises(DatasetRefused, match=sentence):
        come_in(tmp_path, content)
    assert list((tmp_path / "another").rglob("*.*")) == []


@pytest.mark.parametrize(
    "content",
    [
        {"dataset.json": b"{}"},
        {"dataset.json": b"[1]"},
        {"dataset.json": b"{" * 5000},
        {"dataset.json": json.dumps({"format": "coco", "images": []}).encode()},
        {"a/b/dataset.json": json.dumps({"format": "transfer-learning-lab dataset"}).encode()},
        {"__MACOSX/dataset.json": json.dumps({"format": "transfer-learning-lab dataset"}).encode()},
        {
            "project.json": json.dumps(
                {"format": "transfer-learning-lab project", "version": 2}
            ).encode()
        },
    ],
)
def test_files_of_others_are_no_project(content, tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(zip_bytes(content | {"cats/1.png": picture(1)}))
    with opened(path, "x", quiet) as entries:
        assert project_in(entries) is None


def test_long_json_is_read_one_after_the_other():
    reading, most = [], []

    def read():
        reading.append(1)
        most.append(len(reading))
        time.sleep(0.05)
        reading.pop()
        return b"{}"

    def look(size):
        most.clear()
        entry = Entry(name="project.json", size=size, read=read)
        with ThreadPoolExecutor(3) as pool:
            found = pool.map(
                lambda _: read_object({"project.json": entry}, "project.json", 10**8), range(3)
            )
            assert list(found) == [{}] * 3
        return max(most)

    assert look(10 * 10**6) == 1
    assert look(1000) > 1


def test_of_many_descriptions_in_an_archive_few_are_read():
    reads = 0

    def read():
        nonlocal reads
        reads += 1
        return b"{}"

    assert (
        project_in([Entry(name=f"{i}/project.json", size=2, read=read) for i in range(50)]) is None
    )
    assert reads == MOST_CANDIDATES


def test_a_photo_that_unpacks_to_far_more_than_it_says_is_refused(tmp_path, another_lab):
    content = zip_bytes(away(pets()) | {"cats/0.png": b"\0" * 30_000_000}, zipfile.ZIP_DEFLATED)
    another_lab()
    with pytest.raises(DatasetRefused, match=r"0\.png was added, changed"):
        come_in(tmp_path, content)


def test_a_limit_of_this_lab_holds_for_what_comes_from_another(tmp_path, another_lab, monkeypatch):
    content = away(pets())
    another_lab()
    monkeypatch.setenv("TL_MAX_DATASET_FILES", "9")
    with pytest.raises(DatasetRefused, match="There are 10 files; at most 9"):
        come_in(tmp_path, content)
    monkeypatch.setenv("TL_MAX_DATASET_FILES", "10")
    assert come_in(tmp_path, content).title == "Pets"
