import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.datasets.importing import import_folder
from tests.datasets.samples import cats_and_dogs, pictures, quiet, write_folder
from tests.images.reading import load_rgb
from tl_core import images
from tl_core.datasets import catalogue
from tl_core.datasets.bringing.importer import index_built_in
from tl_core.datasets.catalogue import (
    BUILT_IN,
    datasets_dir,
    delete_dataset,
    discard,
    get_dataset,
    is_drawn,
    list_datasets,
    read_photo,
    sample_photos,
)
from tl_core.datasets.edits import Edit
from tl_core.datasets.index import INDEX, read_index
from tl_core.datasets.versions import new_version
from tl_core.errors import DatasetRefused, SettingInvalid
from tl_core.housekeeping import sweep

BUILT_IN_IDS = [one.id for one in BUILT_IN]


def imported(tmp_path, *more):
    """Import pets, and pets with a further class for each name in `more`."""
    found = []
    for number, name in enumerate(("", *more)):
        content = cats_and_dogs() | (pictures(name, 5, 200 + 10 * number) if name else {})
        folder = write_folder(tmp_path / f"pets{number}", content)
        found.append(import_folder(folder, f"Pets {name}", quiet))
    return found


@pytest.mark.parametrize("built_in", BUILT_IN, ids=BUILT_IN_IDS)
def test_a_committed_index_is_what_its_images_make(built_in):
    fresh = index_built_in(built_in, quiet)
    assert fresh == read_index(catalogue.ASSETS / built_in.id)
    assert fresh.skipped == ()
    assert min(fresh.count_by_class.values()) >= 40


@pytest.mark.parametrize("id", BUILT_IN_IDS)
def test_built_in_images_can_be_read(id):
    dataset = get_dataset(id)
    assert dataset.notice
    assert all(dataset.read(image) for image in dataset.images)


def test_built_in_datasets_come_first_then_the_newest(tmp_path):
    assert [one.id for one in list_datasets()] == BUILT_IN_IDS
    first, second, third = imported(tmp_path, "foxes", "owls")
    for age, dataset in ((100, first), (50, third), (0, second)):
        os.utime(dataset.folder / INDEX, (10**9 - age, 10**9 - age))
    listed = list_datasets()
    assert [one.id for one in listed] == [*BUILT_IN_IDS, second.id, third.id, first.id]
    assert listed[0].built_in and not listed[-1].built_in
    assert listed[-1].title == "Pets"
    assert listed[-1].count_by_class == {"cats": 5, "dogs": 5}
    assert listed[-1].image_count == 10


def test_what_is_not_a_dataset_is_not_listed(tmp_path):
    pets, broken = imported(tmp_path, "foxes")
    (broken.folder / INDEX).write_bytes(b"{")
    write_folder(
        datasets_dir(), {".tmp-x/dataset.json": b"{}", "notes.txt": b"", "mine/a.png": b""}
    )
    assert [one.id for one in list_datasets()] == [*BUILT_IN_IDS, pets.id]
    with pytest.raises(DatasetRefused, match="import it again"):
        get_dataset(broken.id)
    delete_dataset(broken.id)
    assert not broken.folder.exists()


def test_listing_reads_an_index_only_when_it_has_changed(tmp_path, monkeypatch):
    (pets,) = imported(tmp_path)
    before = list_datasets()
    read = []

    def counted(folder):
        read.append(folder)
        return read_index(folder)

    monkeypatch.setattr(catalogue, "read_index", counted)
    assert list_datasets() == before
    assert read == []
    index = pets.folder / INDEX
    index.write_bytes(index.read_bytes().replace(b'"Pets"', b'"Cats and dogs"'))
    assert list_datasets()[-1].title == "Cats and dogs"
    assert read == [pets.folder]


def test_a_dataset_is_deleted_at_once_and_completely(tmp_path):
    pets, foxes = imported(tmp_path, "foxes")
    delete_dataset(pets.id)
    assert [path.name for path in datasets_dir().iterdir()] == [foxes.id]
    assert get_dataset(foxes.id) == foxes
    with pytest.raises(DatasetRefused, match="There is no dataset"):
        get_dataset(pets.id)
    with pytest.raises(DatasetRefused, match="There is no dataset"):
        delete_dataset(pets.id)


def test_a_folder_discarded_by_two_at_once_is_gone_without_an_error(data_dir):
    folder = datasets_dir() / ("0" * 16)
    with ThreadPoolExecutor(2) as pool:
        for _ in range(50):  # most of these collide
            write_folder(folder, {INDEX: b"{}"})
            together = threading.Barrier(2)
            for one in [pool.submit(discard_with, together, folder) for _ in range(2)]:
                one.result()
            assert list(datasets_dir().iterdir()) == []


def discard_with(together, folder):
    together.wait()
    discard(folder)


def test_discarding_what_is_not_there_does_nothing(data_dir):
    discard(datasets_dir() / "nothing")
    assert not data_dir.exists()


@pytest.mark.parametrize("id", BUILT_IN_IDS)
def test_a_built_in_dataset_is_not_deleted(id):
    with pytest.raises(DatasetRefused, match="comes with the app"):
        delete_dataset(id)
    assert get_dataset(id).images


@pytest.mark.parametrize(
    "id",
    [
        "",
        ".",
        "..",
        "../datasets/{id}",
        "{id}/",
        "{id}/../{id}",
        "/{id}",
        "{id}\n",
        "{id}\0",
        "{upper}",
        "emoji/../../assets/emoji",
        "Emoji",
        ".tmp-x",
        "x" * 100_000,
        "0" * 16,  # well formed, and not there
    ],
)
def test_hostile_ids_are_refused(tmp_path, id):
    pets = imported(tmp_path)[0]
    hostile = id.format(id=pets.id, upper=pets.id.upper())
    for use in (get_dataset, delete_dataset):
        with pytest.raises(DatasetRefused, match="There is no dataset") as caught:
            use(hostile)
        assert len(str(caught.value)) < 200
    assert get_dataset(pets.id) == pets


def test_an_empty_data_folder_is_no_fault(data_dir):
    assert not data_dir.exists()
    assert sweep() == 0
    assert [one.id for one in list_datasets()] == BUILT_IN_IDS


def test_every_sample_photo_is_an_image_and_every_image_is_listed():
    photos = sample_photos()
    for photo in photos:
        assert load_rgb(read_photo(photo.name), photo.name).shape[2] == 3
    on_disk = {
        p.name for p in (catalogue.ASSETS / "photos").iterdir() if p.suffix in images.SUFFIXES
    }
    assert {photo.path.name for photo in photos} == on_disk
    assert (
        len({photo.name for photo in photos})
        == len({photo.title for photo in photos})
        == len(photos)
    )


@pytest.mark.parametrize("name", ["", "chelsea.jpg", "../photos/chelsea", "Chelsea"])
def test_an_unknown_photo_is_answered_with_the_known_ones(name):
    with pytest.raises(SettingInvalid, match="chelsea, coffee"):
        read_photo(name)


def test_datasets_know_whether_they_are_drawn(tmp_path):
    (pets,) = imported(tmp_path)
    version = new_version(get_dataset("emoji"), Edit(off=frozenset({"food"})))
    assert is_drawn("emoji") and is_drawn(version.id)
    assert not is_drawn("real_photos") and not is_drawn(pets.id) and not is_drawn("0" * 16)


@pytest.mark.parametrize("built_in", BUILT_IN, ids=lambda one: one.id)
def test_the_class_names_to_translate_are_those_of_the_images(built_in):
    assert get_dataset(built_in.id).class_names == built_in.classes
