"""A scan finds how an archive can be read; the import follows what is chosen, and says so in the dataset."""

import json
from typing import Any

import pytest

from tests.datasets.samples import cats_and_dogs, picture, pictures, quiet, zip_bytes
from tl_core.datasets.bringing.archive import Scan, import_archive, scan_archive
from tl_core.datasets.catalogue import datasets_dir, get_dataset
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.index import read_index
from tl_core.datasets.reading.choices import Choices, counts
from tl_core.datasets.reading.plans import Plan
from tl_core.errors import DatasetRefused, JobCancelled


def scanned(*asked: Any) -> Scan:
    """Return what a look into an archive of photos found."""
    found = scan_archive(*asked)
    assert isinstance(found, Scan)
    return found


@pytest.fixture
def brought(zip_file):
    """Return ``brought(files, choices, dataset)``: what the import of a zip makes, as its scan has said."""

    def bring(content, choices=Choices(), dataset=""):  # noqa: B008 (frozen)
        path = zip_file(zip_bytes(content))
        plan = scanned(path, "Pets", quiet).plan
        made = import_archive(path, "Pets", quiet, choices, dataset)
        if not dataset:
            assert sides(made) == counts(plan, choices)
        return made

    return bring


def sides(dataset: Dataset) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {name: {} for name in dataset.class_names}
    for image in dataset.images:
        side = found[dataset.class_names[image.label]]
        side[image.part] = side.get(image.part, 0) + 1
    return found


def groups(dataset: Dataset) -> set[str]:
    return {image.group for image in dataset.images}


DIVIDED = cats_and_dogs("train/") | {
    f"test/{label}/{n}.png": picture(start + n)
    for label, start in (("cats", 300), ("dogs", 400))
    for n in range(3)
}
PUPILS = {
    f"{pupil}/{label}/{n}.png": picture(1000 * p + 100 * c + n)
    for p, pupil in enumerate(("ada", "kim", "lee"))
    for c, label in enumerate(("cats", "dogs"))
    for n in range(4)
}


def test_a_scan_imports_nothing(zip_file):
    scan = scanned(zip_file(zip_bytes(DIVIDED)), "Pets", quiet)
    assert scan.plan.reading().class_names() == ("cats", "dogs")
    assert scan.plan.files == len(DIVIDED) and len(scan.samples.names) == 8
    assert not datasets_dir().exists()


def test_a_part_of_a_google_download_says_so_in_the_plan(zip_file):
    path = zip_file(zip_bytes(cats_and_dogs()))
    name = "pets-20240101T101010Z-001"
    (note,) = scanned(path, f"{name}.zip", quiet).plan.notes
    assert "Google" in str(note)
    assert scanned(path, "pets", quiet).plan.notes == ()


def test_what_is_likely_is_imported_where_nothing_is_chosen(brought):
    assert sides(brought(DIVIDED)) == {
        "cats": {"train": 5, "test": 3},
        "dogs": {"train": 5, "test": 3},
    }


@pytest.mark.parametrize(
    ("role", "side"),
    [
        ("validation", {"train": 5, "validation": 3}),
        ("train", {"train": 8}),
        ("out", {"train": 5}),
    ],
)
def test_a_folder_is_used_as_is_chosen(brought, role, side):
    assert sides(brought(DIVIDED, Choices(roles=("test", role)))) == {"cats": side, "dogs": side}


def test_parts_that_are_all_to_be_divided_are_no_parts(brought):
    choices = Choices(roles=("train", "divide", "test", "divide"))
    assert sides(brought(DIVIDED, choices)) == {"cats": {"": 8}, "dogs": {"": 8}}


def test_a_class_that_is_switched_off_stays_out(brought):
    content = cats_and_dogs() | pictures("foxes", 6, 700)
    assert brought(content, Choices(off=("cats",))).count_by_class == {"dogs": 5, "foxes": 6}
    assert brought(content).count_by_class == {"cats": 5, "dogs": 5, "foxes": 6}


def test_classes_beyond_the_limit_can_be_switched_off(brought, zip_file, monkeypatch):
    monkeypatch.setenv("TL_MAX_CLASSES", "2")
    content = cats_and_dogs() | pictures("foxes", 6, 700)
    with pytest.raises(DatasetRefused, match="There are 3 classes; at most 2"):
        import_archive(zip_file(zip_bytes(content)), "Pets", quiet)
    assert brought(content, Choices(off=("foxes",))).class_names == ("cats", "dogs")


SPELLED = cats_and_dogs("train/") | {
    f"test/{label}/{n}.png": picture(start + n)
    for label, start in (("cat", 300), ("dogs", 400))
    for n in range(3)
}


def test_another_spelling_is_one_class_unless_it_is_chosen_otherwise(brought):
    assert sides(brought(SPELLED)) == {
        "cats": {"train": 5, "test": 3},
        "dogs": {"train": 5, "test": 3},
    }
    apart = Choices(flipped=("cat",), off=("cat",))
    assert sides(brought(SPELLED, apart))["cats"] == {"train": 5}


TABLE = {f"train/{n}.png": picture(n) for n in range(12)}
LABELS = "\n".join(
    f"{n}.png,{'cat' if n % 2 else 'dog'},{'old' if n < 6 else 'new'}" for n in range(12)
)


def test_another_reading_makes_other_classes(brought, zip_file):
    content = TABLE | {"labels.csv": f"file,animal,age\n{LABELS}".encode()}
    plan = scanned(zip_file(zip_bytes(content)), "Pets", quiet).plan
    by_class = {one.key: one.class_names() for one in plan.readings}
    assert {("old", "new"), ("dog", "cat")} <= {tuple(names) for names in by_class.values()}
    for key, names in by_class.items():
        made = brought(content, Choices(reading=key))
        assert set(made.class_names) == set(names)


def test_groups_stay_together_unless_it_is_chosen_otherwise(brought):
    assert groups(brought(PUPILS)) == {"ada", "kim", "lee"}
    assert groups(brought(PUPILS, Choices(together=False))) == {""}


@pytest.mark.parametrize(
    ("content", "choices", "message"),
    [
        (cats_and_dogs(), Choices(off=("cats",)), "Only one class was found: dogs"),
        (cats_and_dogs(), Choices(off=("cats", "dogs")), "No class folders with images"),
        (DIVIDED, Choices(roles=("train", "test")), "class cats has only 0 of the 5"),
    ],
)
def test_choices_that_leave_nothing_to_learn_are_refused(zip_file, content, choices, message):
    with pytest.raises(DatasetRefused, match=message):
        import_archive(zip_file(zip_bytes(content)), "Pets", quiet, choices)
    assert not datasets_dir().exists() or not any(datasets_dir().iterdir())


def test_only_one_class_to_learn_from_is_refused_by_its_name(zip_file):
    content = pictures("train/cats") | pictures("test/cats", 5, 50) | pictures("test/dogs", 5, 90)
    choices = Choices(flipped=("dogs",))
    with pytest.raises(DatasetRefused, match=r"Only the class cats has photos to learn from.*dogs"):
        import_archive(zip_file(zip_bytes(content)), "Pets", quiet, choices)


# More photos for a dataset


MORE = pictures("cats", 6, 500) | pictures("foxes", 6, 700)


def test_an_archive_adds_photos_to_a_dataset_as_a_new_version(brought):
    first = brought(cats_and_dogs())
    second = brought(MORE, dataset=first.id)
    assert second.origin == first.id and second.title == first.title
    assert second.count_by_class == {"cats": 11, "dogs": 5, "foxes": 6}
    assert get_dataset(first.id).count_by_class == {"cats": 5, "dogs": 5}


def test_what_is_added_follows_the_choices_too(brought):
    first = brought(cats_and_dogs())
    content = MORE | pictures("wolves", 6, 900)
    second = brought(content, Choices(off=("foxes",)), dataset=first.id)
    assert second.count_by_class == {"cats": 11, "dogs": 5, "wolves": 6}


def test_a_version_keeps_the_account_of_all_that_was_brought(brought):
    first = brought(cats_and_dogs() | {"cats/first.txt": b"x"})
    second = brought(MORE | {"cats/second.txt": b"x"}, dataset=first.id)
    told = " ".join(map(str, get_dataset(second.id).account))
    assert told.count("first.txt") == told.count("second.txt") == 1
    assert "second.txt" not in " ".join(map(str, get_dataset(first.id).account))


def test_photos_for_a_dataset_that_is_gone_are_refused(zip_file):
    with pytest.raises(DatasetRefused, match="There is no dataset"):
        import_archive(zip_file(zip_bytes(MORE)), "Pets", quiet, dataset="0" * 16)


@pytest.mark.parametrize("call", range(0, 34, 3))
def test_a_stopped_scan_leaves_nothing_and_a_stopped_addition_no_version(brought, zip_file, call):
    first = brought(cats_and_dogs())
    calls = []

    def stop(done, total, message):
        calls.append(message)
        if len(calls) > call:
            raise JobCancelled("Stopped.")

    path = zip_file(zip_bytes(MORE))
    with pytest.raises(JobCancelled):
        import_archive(path, "Pets", stop, dataset=first.id)
    calls.clear()
    with pytest.raises(JobCancelled):
        scanned(path, "Pets", stop)
    assert [one.name for one in datasets_dir().iterdir()] == [first.id]


# The account


def test_a_dataset_keeps_how_it_was_read(brought):
    made = brought(DIVIDED | {"notes.txt": b"x", "train/film.mov": b"x"})
    told = [str(one) for one in made.account]
    assert any("notes.txt" in one for one in told) and any("film.mov" in one for one in told)
    assert read_index(made.folder).account == made.account
    assert all(one.template for one in made.account)  # can be said in another language


@pytest.mark.parametrize("chosen", [Choices(), Choices(roles=("test", "out"), off=("foxes",))])
def test_a_dataset_keeps_the_plan_and_what_was_chosen(brought, zip_file, chosen):
    content = DIVIDED | pictures("train/foxes", 6, 700)
    made = brought(content, chosen)
    kept = json.loads((made.folder / "plan.json").read_text())
    plan = scanned(zip_file(zip_bytes(content)), "Pets", quiet).plan
    assert Plan.from_json(kept["plan"]) == plan
    assert Choices.from_json(kept["choices"]) == chosen
    assert sides(made) == counts(Plan.from_json(kept["plan"]), chosen)


def index_of(dataset):
    return json.loads((dataset.folder / "dataset.json").read_text())


def test_an_index_without_an_account_is_read(brought):
    made = brought(cats_and_dogs() | {"cats/notes.txt": b"x"})
    old = index_of(made)
    assert old.pop("account")
    (made.folder / "dataset.json").write_text(json.dumps(old))
    assert get_dataset(made.id).account == ()
    assert "account" not in index_of(brought(cats_and_dogs() | pictures("foxes", 5, 700)))


@pytest.mark.parametrize(
    "account",
    [
        7,
        "all",
        {"template": "x"},
        [7],
        ["text"],
        [{}],
        [{"template": 7, "values": {}}],
        [{"template": "{count}", "values": {}}],
        [{"template": "{count.__class__}", "values": {"count": 1}}],
        [{"template": "{count:>99999999}", "values": {"count": 1}}],
        [{"template": "x", "values": {"count": ["a", "b"]}}],
        [{"template": "x", "values": {}, "because": {"template": 7, "values": {}}}],
        [None],
    ],
)
def test_a_hostile_account_is_a_damaged_index(brought, account):
    made = brought(cats_and_dogs())
    content = index_of(made) | {"account": account}
    (made.folder / "dataset.json").write_text(json.dumps(content))
    with pytest.raises(DatasetRefused, match="its index is missing or damaged"):
        get_dataset(made.id)


def test_an_account_that_refers_to_itself_for_ever_is_a_damaged_index(brought):
    made = brought(cats_and_dogs())
    deep = '{"template": "x", "values": {}, "because": ' * 50_000 + "0" + "}" * 50_000
    text = json.dumps(index_of(made))[:-1] + f', "account": [{deep}]}}'
    (made.folder / "dataset.json").write_text(text)
    with pytest.raises(DatasetRefused, match="its index is missing or damaged"):
        get_dataset(made.id)
