"""A change is a new dataset of its own; the old one, its files and its links stay as they were."""

import errno
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.datasets.importing import import_files, placed_in_memory
from tests.datasets.samples import (
    StopAt,
    jpeg,
    names_on_disk,
    photo,
    picture,
    quiet,
)
from tests.pace import within
from tl_core import files
from tl_core.datasets.catalogue import (
    datasets_dir,
    delete_dataset,
    get_dataset,
    list_datasets,
)
from tl_core.datasets.edits import Edit
from tl_core.datasets.index import INDEX, read_index
from tl_core.datasets.versions import add_placed, new_version, versions_of
from tl_core.errors import DatasetRefused, DiskUnusable, JobCancelled
from tl_core.housekeeping import sweep

ROOT = Path(__file__).parents[2]


def members(prefix, count, start):
    return [(f"{prefix}{n}.png", picture(n)) for n in range(start, start + count)]


@pytest.fixture
def pets():
    return import_files({"cats": members("c", 7, 0), "dogs": members("d", 7, 100)}, "Pets", quiet)


def add_in_memory(dataset, classes, on_progress):
    return add_placed(dataset, placed_in_memory(classes), on_progress)


def readable(dataset):
    return len([dataset.read(image) for image in dataset.images])


def first(dataset, name):
    label = dataset.class_names.index(name)
    return next(image.sha256 for image in dataset.images if image.label == label)


def catalogue_content():
    return sorted(path.name for path in datasets_dir().glob("*"))


def test_a_version_is_a_dataset_of_its_own(pets):
    before = dict(vars(pets))
    version = new_version(pets, Edit(relabel={first(pets, "cats"): "dogs"}))
    assert version.count_by_class == {"cats": 6, "dogs": 8}
    assert readable(version) == 14
    assert version.id == version.fingerprint[:16] != pets.id
    assert version.title == "Pets"
    assert get_dataset(version.id) == version
    assert version.origin == version.root == pets.id
    assert [str(sentence) for sentence in version.change] == ["Given another class: 1"]
    assert get_dataset(pets.id).images == before["images"]
    assert catalogue_content() == sorted([pets.id, version.id])


def test_files_are_shared_and_survive_the_dataset_they_came_from(pets):
    version = new_version(pets, Edit(drop=frozenset([first(pets, "cats")])))
    path = version.images[0].path
    assert (version.folder / path).samefile(pets.folder / path)
    assert len(names_on_disk(version.folder)) == 13 + 1  # what was left out is not linked
    delete_dataset(pets.id)
    assert readable(get_dataset(version.id)) == 13


def test_a_built_in_dataset_is_edited_without_touching_it():
    emoji = get_dataset("emoji")
    before = names_on_disk(emoji.folder)
    version = new_version(emoji, Edit(rename={"food": "dishes"}))
    assert version.class_names == ("animals", "dishes", "vehicles")
    assert (version.origin, version.notice) == ("emoji", emoji.notice)
    assert readable(version) == len(emoji.images)
    assert names_on_disk(emoji.folder) == before
    assert new_version(version, Edit(rename={"dishes": "food"})).id == "emoji"
    assert catalogue_content() == [version.id]


def test_the_same_change_twice_is_one_version_and_taken_back_is_the_old_one(pets):
    edit = Edit(relabel={first(pets, "cats"): "dogs"})
    version = new_version(pets, edit)
    assert new_version(pets, edit) == version
    back = Edit(relabel={first(pets, "cats"): "cats"})
    assert new_version(version, back) == get_dataset(pets.id)
    assert get_dataset(pets.id).origin == ""
    assert catalogue_content() == sorted([pets.id, version.id])


@pytest.mark.parametrize("edit", [Edit(), Edit(rename={"cats": "cats"})])
def test_a_change_that_changes_nothing_is_the_same_dataset(pets, edit):
    assert new_version(pets, edit) is pets
    assert catalogue_content() == [pets.id]


@pytest.mark.parametrize("code", [errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP])
def test_files_are_copied_where_the_disk_has_no_links(pets, monkeypatch, code):
    def refuse(*_, **__):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", refuse)
    version = new_version(pets, Edit(drop=frozenset([first(pets, "cats")])))
    path = version.images[0].path
    assert not (version.folder / path).samefile(pets.folder / path)
    assert readable(version) == 13


def test_a_missing_file_is_one_sentence_and_leaves_nothing(pets):
    gone = pets.images[3]
    (pets.folder / gone.path).unlink()
    with pytest.raises(DatasetRefused, match="missing or was changed"):
        new_version(pets, Edit(rename={"cats": "felines"}))
    assert catalogue_content() == [pets.id]
    # unless it is the missing one that is left out
    assert readable(new_version(pets, Edit(drop=frozenset([gone.sha256])))) == 13


def test_a_link_that_leads_out_of_the_dataset_is_not_followed(pets, tmp_path):
    (tmp_path / "secret").write_bytes(b"secret")
    path = pets.folder / pets.images[0].path
    path.unlink()
    path.symlink_to(tmp_path / "secret")
    version = new_version(pets, Edit(rename={"dogs": "hounds"}))
    with pytest.raises(DatasetRefused, match="missing or was changed"):
        version.read(version.images[0])
    assert version.read(version.images[1])


def test_what_cannot_teach_is_refused_and_leaves_nothing(pets):
    with pytest.raises(DatasetRefused, match="Fewer than two"):
        new_version(pets, Edit(off=frozenset(["cats"])))
    assert catalogue_content() == [pets.id]


def test_two_people_make_the_same_change_at_once(pets):
    edit = Edit(drop=frozenset([first(pets, "cats")]))
    together = threading.Barrier(4)

    def change(_):
        together.wait(20)
        return new_version(pets, edit)

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(change, range(4)))
    assert made == [get_dataset(made[0].id)] * 4
    assert catalogue_content() == sorted([pets.id, made[0].id])


KILLED = """
import os, signal, sys
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.edits import Edit
from tl_core.datasets.versions import new_version
name, calls = sys.argv[2], int(sys.argv[3])
real, left = getattr(os, name), [calls]
def die_at_last(*args, **keywords):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args, **keywords)
setattr(os, name, die_at_last)
new_version(get_dataset(sys.argv[1]), Edit(rename={"cats": "felines"}))
"""


@pytest.mark.parametrize(
    ("call", "number"), [("link", 0), ("link", 9), ("fsync", 0), ("rename", 0)]
)
def test_a_kill_at_any_moment_leaves_nothing_that_can_be_seen(pets, call, number):
    command = [sys.executable, "-c", KILLED, pets.id, call, str(number)]
    died = subprocess.run(command, cwd=ROOT, timeout=60, check=False)
    assert died.returncode == -signal.SIGKILL
    assert [s.id for s in list_datasets() if not s.built_in] == [pets.id]
    version = new_version(pets, Edit(rename={"cats": "felines"}))
    assert readable(version) == 14
    sweep()
    assert catalogue_content() == sorted([pets.id, version.id])
    assert readable(get_dataset(pets.id)) == 14


def test_versions_are_listed_oldest_first_and_old_ones_know_their_successor(pets):
    second = new_version(pets, Edit(rename={"cats": "felines"}))
    third = new_version(second, Edit(rename={"dogs": "hounds"}))
    branch = new_version(pets, Edit(rename={"dogs": "wolves"}))
    for hours, dataset in enumerate((pets, second, third, branch)):
        os.utime(dataset.folder / INDEX, (hours * 3600 + 1, hours * 3600 + 1))
    other = import_files({"a": members("a", 5, 300), "b": members("b", 5, 400)}, "Other", quiet)
    found = versions_of(third.id)
    assert [one.id for one in found] == [pets.id, second.id, third.id, branch.id]
    assert [one.superseded_by for one in found] == [branch.id, third.id, "", ""]
    assert [one.origin for one in found] == ["", pets.id, second.id, pets.id]
    assert str(found[2].change[0]) == "Renamed: dogs → hounds"
    assert [one.id for one in versions_of(other.id)] == [other.id]
    delete_dataset(second.id)  # the family does not fall apart
    assert [one.id for one in versions_of(pets.id)] == [pets.id, third.id, branch.id]
    delete_dataset(pets.id)
    assert [one.id for one in versions_of(branch.id)] == [third.id, branch.id]
    with pytest.raises(DatasetRefused, match="There is no dataset"):
        versions_of(pets.id)


def test_a_version_that_comes_back_does_not_chase_its_own_tail(pets):
    """Its origin was made from it: each would be newer than the other, and both hidden."""
    version = new_version(pets, Edit(rename={"cats": "felines"}))
    os.utime(version.folder / INDEX, (1, 1))
    delete_dataset(pets.id)
    again = new_version(version, Edit(rename={"felines": "cats"}))
    assert again.id == pets.id and again.origin == version.id
    found = {one.id: one.superseded_by for one in versions_of(again.id)}
    assert found == {version.id: again.id, again.id: ""}


def test_an_index_from_before_versions_is_still_read(pets):
    content = files.read_json(pets.folder / INDEX)
    assert not {"origin", "root", "change"} & set(content)
    version = new_version(pets, Edit(rename={"cats": "felines"}))
    content = files.read_json(version.folder / INDEX)
    for key in ("origin", "root", "change"):
        del content[key]
    files.write_json(version.folder / INDEX, content)
    read = read_index(version.folder)
    assert (read.origin, read.root, read.change) == ("", "", ())
    assert read.id == read.fingerprint[:16]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("origin", 7),
        ("root", None),
        ("change", "text"),
        ("change", [{"template": "{count}", "values": {}}]),
        ("change", [{"template": "{count:>99999999}", "values": {"count": 1}}]),
        ("change", [{"template": "x", "values": {"count": []}}]),
    ],
)
def test_a_damaged_origin_is_a_damaged_index(pets, key, value):
    version = new_version(pets, Edit(rename={"cats": "felines"}))
    content = files.read_json(version.folder / INDEX) | {key: value}
    files.write_json(version.folder / INDEX, content)
    with pytest.raises(DatasetRefused, match="damaged"):
        read_index(version.folder)
    assert [one.id for one in list_datasets() if not one.built_in] == [pets.id]


def test_a_version_of_2000_images_takes_well_under_a_second():
    classes = {name: members(name, 1000, start) for name, start in (("a", 0), ("b", 5000))}
    large = import_files(classes, "Large", quiet)
    with within(1):
        version = new_version(large, Edit(relabel={first(large, "a"): "b"}))
    assert len(version.images) == 2000


def test_images_are_added_to_old_and_new_classes(pets):
    new = {"CATS ": members("new", 2, 50), "foxes": members("f", 5, 200)}
    version = add_in_memory(pets, new, quiet)
    assert version.count_by_class == {"cats": 9, "dogs": 7, "foxes": 5}
    assert readable(version) == 21
    assert version.origin == pets.id
    assert [str(sentence) for sentence in version.change] == ["Added: 7"]
    assert add_in_memory(pets, new, quiet) == version
    assert readable(get_dataset(pets.id)) == 14


def test_images_can_be_added_to_a_built_in_dataset():
    emoji = get_dataset("emoji")
    version = add_in_memory(emoji, {"food": members("f", 1, 0)}, quiet)
    assert len(version.images) == len(emoji.images) + 1
    assert readable(version) == len(version.images)


def test_new_images_of_a_divided_dataset_are_to_learn_from(pets):
    parts = {i.sha256: "train" for i in pets.images} | {pets.images[0].sha256: "validation"}
    divided = new_version(pets, Edit(move=parts))
    version = add_in_memory(divided, {"dogs": members("n", 1, 60)}, quiet)
    (added,) = [i for i in version.images if i.sha256 not in parts]
    assert added.part == "train"
    (undivided,) = [
        i
        for i in add_in_memory(pets, {"dogs": members("n", 1, 60)}, quiet).images
        if i.sha256 not in parts
    ]
    assert undivided.part == ""


def test_pictures_that_are_there_already_are_left_out(pets):
    again = [("again.png", picture(0)), ("other.bmp", picture(1, "BMP")), ("new.png", picture(70))]
    version = add_in_memory(pets, {"dogs": again}, quiet)  # two of them are cats there
    assert version.count_by_class == {"cats": 7, "dogs": 8}
    reasons = [str(skipped.sentence) for skipped in version.skipped]
    assert reasons == [
        "dogs/again.png shows a picture that the class cats has already.",
        "dogs/other.bmp shows a picture that the class cats has already.",
    ]


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ({}, "None of these 0 files"),
        ({"cats": [("a.png", picture(0))]}, "None of these 1 files"),
        ({"cats": [("a.png", b"x")]}, "1 of 1 images cannot be used"),
        ({"foxes": [("a.png", picture(60))]}, "foxes has only 1 of"),
        ({"x" * 81: [("a.png", picture(60))]}, "81 characters"),
        ({" \u202e": [("a.png", picture(60))]}, "needs a name"),
    ],
)
def test_additions_that_cannot_teach_are_refused(pets, new, sentence):
    with pytest.raises(DatasetRefused, match=sentence):
        add_in_memory(pets, new, quiet)
    assert catalogue_content() == [pets.id]


@pytest.mark.parametrize("name", ["train", "test", "../..", ".hidden", "__MACOSX", "readme"])
def test_any_name_may_be_a_class_where_people_say_what_the_class_is(pets, name):
    version = add_in_memory(pets, {name: members("n", 5, 60)}, quiet)
    assert version.count_by_class[name] == 5
    made = import_files({name: members("n", 5, 0), "val": members("v", 5, 50)}, "x", quiet)
    assert set(made.class_names) == {name, "val"}


@pytest.mark.parametrize(
    ("variable", "allowed", "message"),
    [
        ("TL_MAX_CLASSES", 3, "There are 3 classes; at most 2"),
        ("TL_MAX_DATASET_FILES", 19, "There are 19 files; at most 18"),
    ],
)
def test_limits_hold_for_old_and_new_images_together(pets, monkeypatch, variable, allowed, message):
    new = {"foxes": members("f", 5, 200)}
    monkeypatch.setenv(variable, str(allowed - 1))
    with pytest.raises(DatasetRefused, match=message):
        add_in_memory(pets, new, quiet)
    monkeypatch.setenv(variable, str(allowed))
    assert len(add_in_memory(pets, new, quiet).images) == 19


def test_the_size_limit_holds_for_old_and_new_images_together(monkeypatch):
    large = [(f"{n}.jpg", jpeg(photo(n)) + bytes(10**5)) for n in range(20)]
    pets = import_files({"cats": large[:6], "dogs": large[6:12]}, "Pets", quiet)
    monkeypatch.setenv("TL_MAX_DATASET_MB", "2")
    with pytest.raises(DatasetRefused, match="more than 2 MB"):
        add_in_memory(pets, {"cats": large[12:]}, quiet)
    assert len(add_in_memory(pets, {"cats": large[12:16]}, quiet).images) == 16


@pytest.mark.parametrize("call", range(4))
def test_stop_while_images_are_added_leaves_nothing(pets, call):
    with pytest.raises(JobCancelled):
        add_in_memory(pets, {"cats": members("n", 3, 60)}, StopAt(call))
    assert catalogue_content() == [pets.id]


def test_a_full_disk_is_one_sentence(small_disk):
    pets = import_files({"cats": members("c", 7, 0), "dogs": members("d", 7, 100)}, "Pets", quiet)
    small_disk.fill()
    with pytest.raises(DiskUnusable, match="disk is full"):
        new_version(pets, Edit(rename={"cats": "felines"}))
