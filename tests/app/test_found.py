"""What a look into an archive found, on the page: counts, every doubtful choice, and the import."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import labels, press, sound, told
from tests.app.test_train_datasets import looked_into, taken
from tests.datasets.samples import cats_and_dogs, pictures, zip_bytes
from tl_core import files, runs
from tl_core.datasets.bringing.importer import PLAN
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.jobs import read_imported, run_import
from tl_core.datasets.reading.choices import Choices
from tl_core.datasets.reading.plans import Plan
from tl_core.errors import DatasetRefused

Open = Callable[..., AppTest]
Found = Callable[[dict[str, bytes]], AppTest]
PAGE = "pages/3_train.py"
GROUPS = pictures("kim/cats") | pictures("kim/dogs", start=10)
GROUPS |= pictures("lee/cats", start=20) | pictures("lee/dogs", start=30)


@pytest.fixture
def found(open_page: Open) -> Found:
    """Open the page with what was found in a zip of these files."""

    def found(files: dict[str, bytes]) -> AppTest:
        app = open_page(PAGE, section="data", data="new", source="zip")
        looked_into(app, zip_bytes(files))
        return app

    return found


def captions(app: AppTest) -> list[str]:
    return [one.value for one in app.caption]


def chosen(app: AppTest, kind: str, label: str) -> Any:
    """Return the control with this label."""
    drawn: list[Any] = list(app.get(kind))
    (one,) = [one for one in drawn if one.label.startswith(label)]
    return one


def imported(app: AppTest, button: str) -> Dataset:
    """Press the button of the import and do what the worker does."""
    press(app, button)
    run = taken(runs.get_run(app.session_state["job"]))
    run_import(run)
    run.append("state", state="done")
    return read_imported(run)


def sides(dataset: Dataset) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {name: {} for name in dataset.class_names}
    for image in dataset.images:
        side = counts[dataset.class_names[image.label]]
        side[image.part] = side.get(image.part, 0) + 1
    return counts


def test_parts_are_shown_as_parts_with_the_likely_role_and_nothing_is_imported(
    found: Found,
) -> None:
    app = found(cats_and_dogs("Training Data/") | cats_and_dogs("Testing Data/"))
    # The second ten repeat the first ten: only what is new may judge.
    assert not runs.list_runs("import")
    assert "cats · 5 photos" in captions(app)
    assert "10 files are left out" in [box.label for box in app.expander]


def test_a_folder_can_be_given_another_role(found: Found) -> None:
    files = cats_and_dogs("Training Data/") | pictures("Testing Data/cats", start=50)
    app = found(files | pictures("Testing Data/dogs", start=60))
    assert "cats · Training 5 · Test 5" in captions(app)
    role = chosen(app, "selectbox", "The folder Testing Data is for")
    assert role.value == "test"
    sound(role.set_value("validation").run())
    assert "cats · Training 5 · Validation 5" in captions(app)
    expected = {"train": 5, "validation": 5}
    assert sides(imported(app, "Import 20 photos")) == {"cats": expected, "dogs": expected}


def test_a_refresh_keeps_what_was_chosen(found: Found, open_page: Open) -> None:
    files = cats_and_dogs("train/") | pictures("test/cats", start=50)
    app = found(files | pictures("test/dogs", start=60))
    sound(chosen(app, "selectbox", "The folder test is for").set_value("out").run())
    again = open_page(PAGE, section="data", data="new", source="zip", job=app.session_state["job"])
    assert chosen(again, "selectbox", "The folder test is for").value == "out"
    assert "Import 10 photos" in labels(again)


def test_pupils_are_groups_and_the_other_reading_is_offered(found: Found) -> None:
    app = found(GROUPS)
    assert any("the same names repeat" in caption for caption in captions(app))
    reading = chosen(app, "radio", "The classes are taken from")
    assert reading.options[:2] == ["Folders", "Outer folders"]
    sound(reading.set_value("outer").run())
    assert "kim · 10 photos" in captions(app)
    sound(chosen(app, "radio", "The classes are taken from").set_value("folders").run())
    dataset = imported(app, "Import 20 photos")
    assert dataset.class_names == ("cats", "dogs")
    assert {image.group for image in dataset.images} == {"kim", "lee"}


def test_groups_can_be_let_go_and_the_dataset_knows_how_it_came_about(found: Found) -> None:
    app = found(GROUPS)
    sound(chosen(app, "checkbox", "Keep together").uncheck().run())
    dataset = imported(app, "Import 20 photos")
    assert {image.group for image in dataset.images} == {""}
    kept = files.read_json(dataset.folder / PLAN)
    assert Plan.from_json(kept["plan"]).reading().outers() == ("kim", "lee")
    assert Choices.from_json(kept["choices"]) == Choices(reading="folders", together=False)


def test_a_likely_spelling_is_merged_and_can_be_kept_apart(found: Found) -> None:
    files = pictures("train/cat") | pictures("train/dog", start=10)
    app = found(files | pictures("val/cat", start=20) | pictures("val/dogs", start=30))
    merge = chosen(app, "checkbox", "dogs is another spelling of dog")
    assert merge.value and "dog · Training 5 · Validation 5" in captions(app)
    sound(merge.uncheck().run())
    assert "dog · Training 5 · Validation –" in captions(app)


def test_a_class_can_be_left_out_and_one_class_alone_cannot_be_imported(found: Found) -> None:
    app = found(cats_and_dogs() | pictures("owls", start=50))
    sound(chosen(app, "multiselect", "Classes to leave out").set_value(["owls"]).run())
    assert "Import 10 photos" in labels(app)
    sound(chosen(app, "multiselect", "Classes to leave out").set_value(["owls", "cats"]).run())
    assert any("Only one class was found: dogs." in one for one in told(app))
    (button,) = [one for one in app.button if one.label.startswith("Import")]
    assert button.disabled


def test_too_many_classes_are_said_and_can_be_left_out(
    found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TL_MAX_CLASSES", "2")
    app = found(cats_and_dogs() | pictures("owls", start=50))
    assert any("There are 3 classes; at most 2 are allowed." in one for one in told(app))
    sound(chosen(app, "multiselect", "Classes to leave out").set_value(["owls"]).run())
    assert set(imported(app, "Import 10 photos").class_names) == {"cats", "dogs"}


def test_a_class_without_validation_photos_is_said_before_training(found: Found) -> None:
    app = found(cats_and_dogs("train/") | pictures("val/cats", start=70))
    assert any("The class dogs has no validation photos" in one for one in told(app))
    assert "dogs · Training 5 · Validation –" in captions(app)


def test_many_warnings_are_few_boxes(found: Found) -> None:
    app = found(
        {
            name: data
            for n in range(9)
            for name, data in pictures(f"train/class {n}", start=10 * n).items()
        }
        | pictures("val/class 0", start=200)
    )
    boxes = [box for box in app.warning if "has no validation photos" in box.value]
    assert len(boxes) == 5 and "and 3 more" in captions(app)


def test_a_refused_import_leads_back_to_what_was_found(found: Found) -> None:
    app = found(pictures("cats", 3) | pictures("dogs", 5, start=10))
    press(app, "Import 8 photos")
    run = taken(runs.get_run(app.session_state["job"]))
    with pytest.raises(DatasetRefused) as refused:
        run_import(run)
    run.append("state", state="failed", **refused.value.sentence.to_json())
    sound(app.run())
    assert not {"Resume", "Start again"} & set(labels(app))
    press(app, "Back to what was found")
    assert "cats · 3 photos" in captions(app)


def test_photos_of_a_zip_are_added_to_the_dataset_that_is_chosen(
    found: Found, open_page: Open
) -> None:
    first = imported(found(cats_and_dogs()), "Import 10 photos")
    app = open_page(PAGE, section="data", data="more", source="zip", dataset=first.id)
    looked_into(app, zip_bytes(pictures("cats", start=70) | pictures("owls", start=80)))
    version = imported(app, "Add 10 photos to the dataset")
    assert version.origin == first.id
    assert version.count_by_class == {"cats": 10, "dogs": 5, "owls": 5}


def test_one_class_can_be_added_to_a_dataset_and_makes_none_by_itself(
    found: Found, open_page: Open
) -> None:
    more = zip_bytes(pictures("cats", start=70))
    app = found(pictures("cats", start=70))
    assert any("as a class it would be the only one" in one for one in told(app))
    (button,) = [one for one in app.button if one.label.startswith("Import")]
    assert button.disabled
    first = imported(found(cats_and_dogs()), "Import 10 photos")
    app = open_page(PAGE, section="data", data="more", source="zip", dataset=first.id)
    looked_into(app, more)
    version = imported(app, "Add 5 photos to the dataset")
    assert version.count_by_class == {"cats": 10, "dogs": 5}


def test_the_dataset_says_how_its_files_were_read(found: Found, open_page: Open) -> None:
    dataset = imported(found(GROUPS | {"kim/notes.txt": b"cute"}), "Import 20 photos")
    app = open_page(PAGE, dataset=dataset.id)
    assert any("kim/notes.txt" in text.value for text in app.text)
    assert any("the same names repeat" in text.value for text in app.text)


def test_not_this_one_forgets_it(found: Found) -> None:
    app = press(found(cats_and_dogs()), "Not this one")
    assert not app.session_state["job"] and "Import 10 photos" not in labels(app)
