"""The same images imported again: everybody finds their own title and list, and the disk holds them once."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.datasets.importing import import_folder
from tests.datasets.samples import (
    cats_and_dogs,
    names_on_disk,
    picture,
    pictures,
    quiet,
    write_folder,
)
from tl_core import files
from tl_core.datasets.bringing import publishing
from tl_core.datasets.catalogue import datasets_dir, delete_dataset, get_dataset, list_datasets
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.edits import Edit
from tl_core.datasets.versions import new_version
from tl_core.machine.quotas import folder_bytes

DAMAGED = {"cats/cut.png": picture(9)[:-30]}
"""A file that an import leaves out."""


@pytest.fixture
def brought(tmp_path):
    """Return ``brought(title, files)``: the dataset that an import of these files makes."""

    def bring(title, content=None):
        folder = write_folder(tmp_path / title / str(len(content or {})), content or {})
        return import_folder(write_folder(folder, cats_and_dogs()), title, quiet)

    return bring


def readable(dataset):
    return sum(1 for image in dataset.images if dataset.read(image))


def imported():
    return {one.id: one.title for one in list_datasets() if not one.built_in}


def test_a_second_import_keeps_its_own_title(brought):
    first, second = brought("Pets"), brought("My pets")
    assert imported() == {first.id: "Pets", second.id: "My pets"}
    assert first.fingerprint == second.fingerprint  # so that features are computed once
    assert first.id[:6] != second.id[:6]  # by which a list tells them apart
    assert readable(second) == 10


def test_a_second_import_keeps_its_own_list_of_what_was_left_out(brought):
    first, second = brought("Pets"), brought("Pets", DAMAGED)
    assert first.skipped == ()
    assert [one.name for one in second.skipped] == ["cats/cut.png"]
    assert get_dataset(first.id).skipped == ()
    assert get_dataset(second.id).skipped == second.skipped


def test_a_second_import_keeps_its_own_account_of_how_it_was_read(brought):
    first, second = brought("Pets"), brought("Pets", {"cats/notes.txt": b"cute"})
    assert first.account == () and first.id != second.id
    assert ["cats/notes.txt" in str(one) for one in second.account] == [True]
    assert get_dataset(first.id).account == ()
    assert get_dataset(second.id).account == second.account
    assert brought("Pets", {"cats/notes.txt": b"cute"}) == second and brought("Pets") == first
    assert len(imported()) == 2


def test_the_same_title_and_list_are_one_dataset_also_when_it_came_second(brought):
    first, second = brought("Pets"), brought("My pets", DAMAGED)
    assert brought("My pets", DAMAGED) == second
    assert brought("Pets") == first
    assert len(imported()) == 2


def test_images_are_stored_once(brought):
    first = brought("Pets")
    once = folder_bytes(datasets_dir())
    second = brought("My pets")
    images = sum((first.folder / image.path).stat().st_size for image in first.images)
    index = sum((second.folder / name).stat().st_size for name in ("dataset.json", "plan.json"))
    assert images > 0 and folder_bytes(datasets_dir()) == once + index
    for image in second.images:
        assert (second.folder / image.path).samefile(first.folder / image.path)
    assert not [name for name in names_on_disk(datasets_dir()) if files.TEMPORARY in name]


@pytest.mark.parametrize("number", [0, 1])
def test_deleting_one_leaves_the_other_whole(brought, number):
    both = [brought("Pets"), brought("My pets")]
    delete_dataset(both[number].id)
    left = both[1 - number]
    assert imported() == {left.id: left.title}
    assert readable(get_dataset(left.id)) == 10
    third = brought("Third")  # it shares with whichever is there
    assert (third.folder / third.images[0].path).samefile(left.folder / left.images[0].path)
    again = brought(both[number].title)
    assert imported() == {left.id: left.title, third.id: "Third", again.id: again.title}


def test_a_damaged_file_is_not_shared(brought):
    first = brought("Pets")
    (first.folder / first.images[3].path).write_bytes(b"damaged")
    second = brought("My pets")
    assert readable(second) == 10
    assert (second.folder / second.images[4].path).samefile(first.folder / first.images[4].path)


def test_two_titles_at_once_are_two_datasets(brought, tmp_path):
    folder = write_folder(tmp_path / "pets", cats_and_dogs())
    together = threading.Barrier(4)

    def bring(number):
        def wait(done, total, message):
            if done == total:
                together.wait(20)

        return import_folder(folder, f"Pets {number}", wait)

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(bring, range(4)))
    assert [one.title for one in made] == [f"Pets {number}" for number in range(4)]
    assert imported() == {one.id: one.title for one in made}
    assert sorted(path.name for path in datasets_dir().iterdir()) == sorted(imported())


def test_a_title_that_was_published_since_the_look_is_not_taken_for_ones_own(brought, monkeypatch):
    original, others = publishing._place_of, list[Dataset]()

    def place(draft, twins, taken):
        found = original(draft, twins, taken)
        if draft.title == "My pets" and not others:
            others.append(brought("Pets"))  # in that very moment
        return found

    monkeypatch.setattr(publishing, "_place_of", place)
    mine = brought("My pets")
    assert mine.title == "My pets"
    assert imported() == {mine.id: "My pets", others[0].id: "Pets"}


def test_a_dataset_whose_index_somebody_has_edited_is_not_in_the_way(brought):
    first, second = brought("Pets"), brought("My pets")
    for edited in (first, second):
        index = json.loads((edited.folder / "dataset.json").read_text())
        index["images"].pop()
        (edited.folder / "dataset.json").write_text(json.dumps(index))
    made = [brought("Our pets"), brought("Pets"), brought("My pets")]
    assert len({first.id, second.id, *(one.id for one in made)}) == 5
    assert [(one.title, len(one.images)) for one in made] == [
        ("Our pets", 10),
        ("Pets", 10),
        ("My pets", 10),
    ]
    assert len(get_dataset(first.id).images) == 9  # as it was left


def test_each_has_versions_of_its_own_and_a_change_taken_back_is_the_one_before(brought):
    first, second = brought("Pets"), brought("My pets")
    rename, back = Edit(rename={"cats": "felines"}), Edit(rename={"felines": "cats"})
    of_first, of_second = new_version(first, rename), new_version(second, rename)
    assert (of_first.title, of_second.title) == ("Pets", "My pets")
    assert (of_first.root, of_second.root) == (first.id, second.id)
    assert new_version(second, rename) == of_second
    assert new_version(of_first, back) == first
    assert new_version(of_second, back) == second
    assert len(imported()) == 4


def test_an_import_of_what_a_version_holds_is_no_version(brought, tmp_path):
    version = new_version(brought("Pets"), Edit(rename={"cats": "felines"}))
    content = pictures("felines") | pictures("dogs", start=100)
    fresh = import_folder(write_folder(tmp_path / "fresh", content), "Pets", quiet)
    assert fresh.fingerprint == version.fingerprint
    assert fresh.id != version.id and fresh.origin == fresh.root == "" and fresh.change == ()
    assert [replace(one, name="") for one in fresh.images] == [
        replace(one, name="") for one in version.images
    ]
    assert {one.shown.split("/")[0] for one in fresh.images} == {"felines", "dogs"}
    assert {one.shown.split("/")[0] for one in version.images} == {"cats", "dogs"}  # as they came
