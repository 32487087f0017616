"""The section "data" of the Train page: bring photos in, change them, check them, go back."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import address, components, sound, words
from tests.app.test_train_datasets import FULL, below_title, refuse_all
from tests.datasets.importing import import_files, import_groups
from tests.datasets.samples import picture
from tl_core import runs
from tl_core.datasets.bringing.staging import Staging
from tl_core.datasets.catalogue import BUILT_IN, BuiltInDataset, get_dataset, list_datasets
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.edits import Edit
from tl_core.datasets.jobs import run_import_files, run_inspect
from tl_core.datasets.splits import split
from tl_core.datasets.versions import new_version
from tl_core.errors import DatasetRefused
from tl_core.ui import news
from tl_core.ui.datasets.choice import DEFAULT
from tl_core.ui.datasets.recorder import MOST_BYTES, MOST_FRAMES, _pictures

Open = Callable[..., AppTest]
PAGE = "pages/3_train.py"
NEW_VERSION = "This is a new version now. The one before it is kept under Versions."


def open_data(open_page: Open, look: str = "", **url: str) -> AppTest:
    return open_page(PAGE, section="data", **({"data": look} if look else {}), **url)


def test_the_split_is_the_same_on_data_and_on_train_whoever_was_first(open_page: Open) -> None:
    app = open_data(open_page, "check")
    app.session_state["section"] = "train"
    sound(app.run())
    app.session_state["more"] = True
    sound(app.run()).number_input(key="seed").set_value(5)
    app.slider(key="held").set_value(35)
    sound(app.run())
    for _ in range(3):  # Streamlit lets go of what is not drawn one run later
        app.session_state["section"] = "data"
        assert sound(app.run()).slider(key="held").value == 35
        assert address(app).items() >= {"seed": "5", "held": "35"}.items()
    app.session_state["section"] = "train"
    assert sound(app.run()).number_input(key="seed").value == 5


def pets(first: int = 0, count: int = 6, classes: tuple[str, ...] = ("cats", "dogs")) -> Dataset:
    """Import classes of `count` pictures, with others for another `first`."""
    content = {
        name: [(f"{i}.png", picture(first + 100 * label + i, side=64)) for i in range(count)]
        for label, name in enumerate(classes)
    }
    return import_files(content, "Pets", lambda *_: None)


def press(app: AppTest, label: str) -> AppTest:
    (found,) = [one for one in app.button if one.label == label]
    assert not found.disabled
    found.click()
    return sound(app.run())


def pick_and_press(app: AppTest, places: list[int], label: str, *before: int) -> AppTest:
    """Pick photos, then others instead, and press a button before the page has run for those.

    Args:
        app: shows photos to pick from.
        places: what is picked when the button is pressed.
        label: of the button.
        *before: what was picked when the page ran last.
    """
    sound(run_with_picked(app, list(before)))
    (found,) = [one for one in app.button if one.label == label]
    assert not found.disabled
    found.click()
    return sound(run_with_picked(app, places))


def run_with_picked(app: AppTest, places: list[int]) -> AppTest:
    """Run the page with the state that the browser's component sends; AppTest itself cannot."""
    (component,) = [one for one in app.get("bidi_component") if '"sheet"' in one.proto.json]
    token = json.loads(component.proto.json)["token"]
    states = app._tree.get_widget_states()
    picked = json.dumps({"picked": {"token": token, "places": places}})
    states.widgets.add(id=component.proto.id, json_value=picked)
    return app._run(states)


def can_press(app: AppTest, label: str) -> bool:
    return any(one.label == label and not one.disabled for one in app.button)


def told(app: AppTest) -> list[str]:
    boxes = (*app.success, *app.info, *app.warning, *app.error)
    return [box.value.replace("\\", "") for box in boxes]


def add_class(app: AppTest, name: str) -> AppTest:
    app.text_input(key="collect_new").set_value(name)
    return press(app, "Add class")


def upload(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    (uploader,) = app.file_uploader
    uploader.set_value([(name, data, "image/png") for name, data in files])
    return sound(app.run())


def photos(count: int, first: int = 0) -> list[tuple[str, bytes]]:
    return [(f"{i}.png", picture(first + i, side=64)) for i in range(count)]


def draft_of(app: AppTest) -> Staging:
    return Staging(str(address(app)["draft"]))


def chosen(app: AppTest) -> str:
    return str(app.selectbox(key="dataset").value)


# First paint and links


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
@pytest.mark.parametrize("look", ["photos", "check", "versions", "more", "new"])
def test_every_part_draws_in_both_languages_and_changes_nothing(
    open_page: Open, look: str, locale: str
) -> None:
    app = open_data(open_page, look, locale=locale)
    assert not app.error and not app.warning
    assert chosen(app) == DEFAULT
    assert [one.id for one in list_datasets()] == [one.id for one in BUILT_IN]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("data", "everything"),
        ("class", "<script>"),
        ("class", "../../etc"),
        ("page", "0"),
        ("page", "99"),  # the class has four pages
        ("page", "nan"),
        ("dataset", "0" * 16),
    ],
)
def test_a_bad_value_in_a_link_is_one_sentence(open_page: Open, name: str, value: str) -> None:
    app = open_page(PAGE, section="data", **{name: value})
    assert len(app.warning) == 1 and not app.error
    assert name not in address(app)


@pytest.mark.parametrize("token", ["zzz", "../" * 10, "0" * 31, "A" * 32])
def test_a_link_to_no_collected_photos_is_one_sentence(open_page: Open, token: str) -> None:
    app = open_data(open_page, "new", draft=token)
    assert len(app.warning) == 1 and not app.error
    assert "draft" not in address(app)


# New classes from files


def test_files_for_each_class_become_a_dataset(open_page: Open) -> None:
    app = add_class(open_data(open_page, "new"), "cats")
    assert not can_press(app, "Make the dataset")
    upload(app, *photos(6))
    assert "6 photos were added." in told(app)
    assert not can_press(app, "Make the dataset")
    assert "A second class is missing: name one above." in words(app)
    upload(add_class(app, "dogs"), *photos(6, 100))
    app.text_input(key="collect_title").set_value("My pets")
    press(app, "Make the dataset")  # in one run with the name: a click can overtake it
    (run,) = runs.list_runs("import-files")
    assert address(app)["job"] == run.id
    run.append("state", state="running")
    run_import_files(run)
    run.append("state", state="done")
    press(sound(app.run()), "Use it")
    dataset = get_dataset(chosen(app))
    assert dataset.title == "My pets"
    assert dataset.count_by_class == {"cats": 6, "dogs": 6}
    assert "job" not in address(app)


def test_a_refresh_finds_the_waiting_photos_again(open_page: Open) -> None:
    app = upload(add_class(open_data(open_page, "new"), "cats"), *photos(3))
    again = open_page(PAGE, **address(app))
    assert draft_of(again).counts() == {"cats": 3}
    assert draft_of(open_data(open_page, "new", draft="0" * 32)).counts() == {}


def test_what_an_import_refuses_still_waits_to_be_mended(open_page: Open) -> None:
    damaged = [(f"{i}.png", b"no picture %d" % i) for i in range(9)]
    app = upload(add_class(open_data(open_page, "new"), "cats"), *photos(5))
    upload(add_class(app, "dogs"), *damaged)
    press(app, "Make the dataset")
    (run,) = runs.list_runs("import-files")
    with pytest.raises(DatasetRefused) as refusal:
        run_import_files(run)
    failed = refusal.value.sentence.to_json()
    run.append("state", state="failed", **failed)
    sound(app.run())
    assert any("cannot be used" in sentence for sentence in told(app))
    assert draft_of(app).counts() == {"cats": 5, "dogs": 9}
    upload(app, *photos(12, 100))
    press(app, "Make the dataset")  # other photos wait, so it is another import
    assert len(runs.list_runs("import-files")) == 2


def test_the_same_picture_and_an_empty_file_are_told_of(open_page: Open) -> None:
    same = picture(1, side=64)
    app = upload(
        add_class(open_data(open_page, "new"), "cats"),
        ("a.png", same),
        ("b.png", same),
        ("nothing.png", b""),
    )
    (sentence,) = told(app)
    assert sentence.startswith("1 photo was added. 1 was there already. 1 file was left out:")
    assert "nothing.png is empty" in sentence
    assert draft_of(app).counts() == {"cats": 1}


def test_a_file_that_is_no_picture_is_shown_as_one_that_cannot_be_used(open_page: Open) -> None:
    app = upload(
        add_class(open_data(open_page, "new"), "cats"), *photos(2), ("notes.png", b"not a picture")
    )
    (warning,) = app.warning
    assert "1 file (grey) cannot be used: notes.png" in warning.value.replace("\\", "")


@pytest.mark.parametrize(
    "name",
    ["", "   ", "\u202e"],  # the last is invisible
)
def test_a_class_needs_a_name(open_page: Open, name: str) -> None:
    app = open_data(open_page, "new")
    app.text_input(key="collect_new").set_value(name)
    (button,) = [one for one in app.button if one.label == "Add class"]
    button.click()
    sound(app.run())
    assert len(app.error) == 1
    assert any("Name at least two classes" in sentence for sentence in told(app))


def test_a_class_of_the_draft_is_renamed_and_removed(open_page: Open) -> None:
    app = upload(add_class(open_data(open_page, "new"), "cast"), *photos(2))
    app.text_input(key="collect-rename-cast").set_value("cats")
    press(sound(app.run()), "Rename")
    assert draft_of(app).counts() == {"cats": 2}
    press(app, "Remove this class and its photos")
    assert draft_of(app).counts() == {}


def test_hostile_class_names_are_shown_as_they_are(open_page: Open) -> None:
    app = add_class(open_data(open_page, "new"), "<b>*a*</b> [x](http://y)")
    assert draft_of(app).classes() == ("<b>*a*</b> [x](http://y)",)
    assert "http://y" not in words(app).replace("\\", "").replace("<b>*a*</b> [x](http://y)", "")


# More photos


def test_photos_are_added_to_a_dataset_as_a_new_version(open_page: Open) -> None:
    before = pets()
    app = upload(open_data(open_page, "more", dataset=before.id), *photos(2, 500))
    press(app, "Add 2 photos to the dataset")
    (run,) = runs.list_runs("import-files")
    run.append("state", state="running")
    run_import_files(run)
    run.append("state", state="done")
    sound(app.run())
    assert "The new version of Pets is ready." in told(app)
    after = get_dataset(chosen(press(app, "Use it")))
    assert after.count_by_class == {"cats": 8, "dogs": 6}
    assert get_dataset(before.id).count_by_class == {"cats": 6, "dogs": 6}


def test_photos_go_to_the_dataset_that_a_click_finds_chosen(open_page: Open) -> None:
    before, other = pets(), pets(first=300, count=7)
    app = upload(open_data(open_page, "more", dataset=before.id), *photos(2, 500))
    app.selectbox(key="dataset").set_value(other.id)
    press(app, "Add 2 photos to the dataset")  # in one run with the choice: a click can overtake it
    (run,) = runs.list_runs("import-files")
    assert run.config["dataset"] == other.id


def test_a_full_queue_refuses_a_dataset_where_it_is_made(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = upload(add_class(open_data(open_page, "new"), "cats"), *photos(6))
    upload(add_class(app, "dogs"), *photos(6, 100))
    refuse_all(monkeypatch)
    press(app, "Make the dataset")
    assert [box.value for box in app.error] == [FULL]
    assert below_title(app, FULL)
    assert "job" not in address(app)
    assert draft_of(app).counts() == {"cats": 6, "dogs": 6}
    monkeypatch.setattr(news, "LEAST_SECONDS", 0.0)
    assert not sound(app.run()).error


# Selected photos


def test_what_is_selected_when_the_button_is_pressed_is_left_out(open_page: Open) -> None:
    before = pets(count=8)
    app = open_data(open_page, dataset=before.id)
    pick_and_press(app, [1, 2], "Leave out", 0)
    left = {image.sha256 for image in get_dataset(chosen(app)).images}
    assert [image.sha256 for image in before.images if image.sha256 not in left] == [
        before.images[place].sha256 for place in (1, 2)
    ]


def test_what_is_selected_when_the_button_is_pressed_is_moved(open_page: Open) -> None:
    before = pets()
    pick_and_press(app := open_data(open_page, dataset=before.id), [5], "Move", 0, 1)
    after = get_dataset(chosen(app))
    assert after.count_by_class == {"cats": 5, "dogs": 7}
    assert after.by_sha256[before.images[5].sha256].label == 1


def test_nothing_changes_when_nothing_is_selected_any_more(open_page: Open) -> None:
    before = pets()
    pick_and_press(app := open_data(open_page, dataset=before.id), [], "Leave out", 0, 1)
    assert told(app) == ["Nothing changed: the dataset is already like this."]
    assert chosen(app) == before.id


def test_what_is_selected_of_the_waiting_photos_is_removed(open_page: Open) -> None:
    app = upload(add_class(open_data(open_page, "new"), "cats"), *photos(4))
    oldest, _, third, newest = draft_of(app).numbers("cats")
    pick_and_press(app, [2], "Remove the selected photos", 0, 1)  # the newest is shown first
    assert draft_of(app).numbers("cats") == (oldest, third, newest)


def test_another_class_is_shown_from_its_first_page(open_page: Open) -> None:
    app = open_data(open_page, dataset="emoji", page="3")
    assert address(app)["page"] == "3"
    sound(app.run())
    assert address(app)["page"] == "3"
    app.selectbox(key="class").set_value("food")
    assert "page" not in address(sound(app.run()))


# Changing classes


def test_a_renamed_class_is_a_new_version_and_stays_chosen(open_page: Open) -> None:
    before = pets()
    app = open_data(open_page, dataset=before.id, **{"class": "dogs"})
    app.text_input(key=f"rename-{before.id}-dogs").set_value("wolves")
    press(app, "Rename")
    for _ in range(2):  # the page may draw itself again at once
        assert told(app) == [f"Renamed: dogs → wolves · {NEW_VERSION}"]
        sound(app.run())
    after = get_dataset(chosen(app))
    assert after.class_names == ("cats", "wolves")
    assert app.selectbox(key="class").value == "wolves"
    assert after.fingerprint != before.fingerprint
    assert get_dataset(before.id).class_names == ("cats", "dogs")


def test_a_name_that_another_class_has_is_refused(open_page: Open) -> None:
    before = pets()
    app = open_data(open_page, dataset=before.id)
    app.text_input(key=f"rename-{before.id}-cats").set_value("dogs")
    press(app, "Rename")
    assert len(app.error) == 1 and not app.success
    assert chosen(app) == before.id
    assert len(list_datasets()) == len(BUILT_IN) + 1


def test_a_class_is_switched_off_and_merged(open_page: Open) -> None:
    before = pets(classes=("cats", "dogs", "mice"))
    app = press(open_data(open_page, dataset=before.id), "Switch this class off")
    assert get_dataset(chosen(app)).class_names == ("dogs", "mice")
    app = press(open_data(open_page, dataset=before.id), "Merge")
    assert get_dataset(chosen(app)).count_by_class == {"dogs": 12, "mice": 6}


def test_the_last_but_one_class_cannot_be_switched_off(open_page: Open) -> None:
    before = pets()
    app = press(open_data(open_page, dataset=before.id), "Switch this class off")
    assert len(app.error) == 1
    assert chosen(app) == before.id


# Versions


def test_versions_say_what_changed_and_lead_back(open_page: Open) -> None:
    before = pets(classes=("cats", "dogs", "mice"))
    app = press(open_data(open_page, dataset=before.id), "Switch this class off")
    after = chosen(app)
    app = open_data(open_page, "versions", dataset=after)
    text = words(app)
    assert "**Version 2** · Switched off: cats" in text and "**Version 1** · as it came" in text
    assert f"`{after[:8]}`" in text and f"`{before.id[:8]}`" in text
    assert chosen(press(app, "Go back to this version")) == before.id


def test_the_choice_offers_the_first_and_the_newest_version(open_page: Open) -> None:
    first = pets(classes=("cats", "dogs", "mice", "owls"))
    second = chosen(press(open_data(open_page, dataset=first.id), "Switch this class off"))
    third = chosen(press(open_data(open_page, dataset=second), "Switch this class off"))
    assert len(list_datasets()) == len(BUILT_IN) + 3
    offered = open_data(open_page).selectbox(key="dataset").options
    assert len(offered) == len(BUILT_IN) + 2
    assert chosen(open_data(open_page, dataset=second)) == second  # a link still finds it
    assert chosen(open_data(open_page, dataset=third)) == third


def test_a_dataset_is_deleted_with_all_its_versions(open_page: Open) -> None:
    before = pets(classes=("cats", "dogs", "mice"))
    after = chosen(press(open_data(open_page, dataset=before.id), "Switch this class off"))
    app = press(open_data(open_page, "versions", dataset=after), "Delete this version")
    assert chosen(app) == before.id
    app = press(open_data(open_page, "versions", dataset=before.id), "Delete this version")
    assert told(app) == ["Pets was deleted."]
    assert chosen(app) == DEFAULT
    assert [one.id for one in list_datasets()] == [one.id for one in BUILT_IN]


def test_what_comes_with_the_app_cannot_be_deleted(open_page: Open) -> None:
    app = open_data(open_page, "versions")
    assert "This dataset comes with the app and cannot be deleted." in words(app)
    assert not any(one.label.startswith("Delete") for one in app.button)


# Check and split


def checked(app: AppTest) -> AppTest:
    """Press the button and do what the worker does."""
    press(app, "Check the dataset")
    run = runs.list_runs("inspect")[0]
    run.append("state", state="running")
    run_inspect(run)
    run.append("state", state="done")
    return sound(app.run())


@pytest.mark.parametrize("built_in", BUILT_IN, ids=lambda one: one.id)
def test_a_dataset_without_faults_gets_a_green_line(
    open_page: Open, built_in: BuiltInDataset
) -> None:
    app = checked(open_data(open_page, "check", dataset=built_in.id))
    count = len(get_dataset(built_in.id).images)
    assert app.success[0].value == f"Nothing wrong was found in {count} images."
    assert not app.warning and not app.error


def test_what_is_found_is_shown_with_its_images_and_mended_with_a_click(open_page: Open) -> None:
    classes = {
        "cats": [(f"{i}.png", picture(i, side=64 if i else 8)) for i in range(30)],
        "dogs": [(f"{i}.png", picture(100 + i, side=64)) for i in range(30)],
    }
    before = import_files(classes, "Pets", lambda *_: None)
    app = checked(open_data(open_page, "check", dataset=before.id))
    assert not any("Nothing wrong" in sentence for sentence in told(app))
    assert any("smaller than" in sentence for sentence in told(app))
    assert len(app.image) == 1
    press(app, "Leave 1 image out")
    assert len(get_dataset(chosen(app)).images) == 59
    assert can_press(app, "Check the dataset")  # of the new version nothing is known yet
    (sentence,) = told(checked(app))
    assert sentence.startswith("Only 12 images judge the model")


def test_what_was_found_is_kept_for_these_settings(open_page: Open) -> None:
    checked(open_data(open_page, "check"))
    assert not can_press(open_data(open_page, "check"), "Check the dataset")
    assert can_press(open_data(open_page, "check", held="30"), "Check the dataset")


def test_the_shares_are_counted_for_each_class(open_page: Open) -> None:
    app = open_data(open_page, "check", held="30", test="20")
    dataset = get_dataset(DEFAULT)
    parts = split(dataset, validation=0.3, test=0.2, seed=0)
    table = app.table[0].value
    for column, indices in (("Training", parts.train), ("Test", parts.test)):
        expected = [0, 0, 0]
        for index in indices:
            expected[dataset.images[index].label] += 1
        assert list(table[column])[:3] == [str(n) for n in expected]
    assert "Test" not in open_data(open_page, "check").table[0].value


def grouped(pupils: int, count: int = 3) -> Dataset:
    """Import photos that pupils took, `count` of each class."""
    return import_groups(
        {
            f"*Kim* {pupil}": {
                name: [
                    (f"IMG_{n}.png", picture(1000 * pupil + 100 * label + n, side=64))
                    for n in range(count)
                ]
                for label, name in enumerate(("cats", "dogs"))
            }
            for pupil in range(pupils)
        },
        "Pets",
    )


def test_groups_are_told_of_where_the_dataset_is_divided(open_page: Open) -> None:
    app = open_data(open_page, "check", dataset=grouped(5).id)
    captions = [one.value for one in app.caption]
    assert any(
        one.startswith("Kept together by: 5 groups. All images of a group") for one in captions
    )
    assert list(app.table[0].value["Validation"])[:2] == ["3", "3"]
    assert not told(app)
    plain = open_data(open_page, "check", dataset=pets().id)
    assert not any("Kept together" in one.value for one in plain.caption)


def test_one_group_is_one_sentence_wherever_it_would_be_divided(open_page: Open) -> None:
    alone = grouped(1, count=6)
    for section in (
        "data",
        "train",
        "inside",
        "transfer",
        "skip",
    ):  # the last two ask when they begin
        url = {"data": "check"} if section == "data" else {}
        app = open_page(PAGE, section=section, dataset=alone.id, **url)
        said = [one for one in told(app) if "kept together as one group" in one]
        assert len(said) == (section in ("data", "train")), section  # "inside" divides nothing
        assert all("(*Kim* 0)" in one and "Add images of another group" in one for one in said)
        assert not app.exception


def test_a_class_without_a_judge_is_said_where_the_dataset_is_divided(open_page: Open) -> None:
    divided = pets(count=10, classes=("cats", "dogs", "*hens*"))
    part = {
        image.sha256: "validation"
        if n % 10 == 0 and divided.class_names[image.label] != "*hens*"
        else "train"
        for n, image in enumerate(divided.images)
    }
    version = new_version(divided, Edit(move=part))
    app = open_data(open_page, "check", dataset=version.id)
    (sentence,) = told(app)
    assert sentence.startswith("Without a validation image: *hens*.") and "dash" in sentence
    assert "\\*hens\\*" in app.warning[0].value
    assert sentence in told(open_page(PAGE, dataset=version.id))  # and above the button that trains
    assert not told(open_data(open_page, "check", dataset=divided.id))
    assert sentence not in told(open_page(PAGE, dataset=divided.id))


def test_photos_are_called_as_their_owner_calls_them(open_page: Open) -> None:
    (component,) = components(open_data(open_page, dataset=grouped(2).id))
    names = json.loads(component.proto.json)["names"]
    assert len(names) == 6
    assert sorted(name.partition(": ")[2] for name in names) == [
        f"*Kim* {pupil}/cats/IMG_{n}.png" for pupil in range(2) for n in range(3)
    ]


def test_a_finding_names_its_files(open_page: Open) -> None:
    classes = {
        "cats": [(f"*{i}*.png", picture(i, side=64 if i else 8)) for i in range(30)],
        "dogs": [(f"{i}.png", picture(100 + i, side=64)) for i in range(30)],
    }
    before = import_files(classes, "Pets", lambda *_: None)
    app = checked(open_data(open_page, "check", dataset=before.id))
    assert "cats/\\*0\\*.png" in [one.value for one in app.caption]


def test_a_file_that_cannot_be_drawn_is_called_as_in_this_dataset(open_page: Open) -> None:
    """The pictures are cached by content: another dataset's names for them must not be told."""
    for title in ("mine", "yours"):
        content = {
            name: [(f"{title} {i}.png", picture(77_000 + 100 * label + i)) for i in range(6)]
            for label, name in enumerate(("cats", "dogs"))
        }
        dataset = import_files(content, title, lambda *_: None)
        image = dataset.images[0]
        (dataset.folder / image.path).unlink()
        app = open_data(open_page, dataset=dataset.id)
        (said,) = [one for one in told(app) if "cannot be used" in one]
        assert f"cats/{title} " in said


# What the camera sends


@pytest.mark.parametrize(
    ("frames", "kept"),
    [
        (["aGVsbG8="], [b"hello"]),
        ([], []),
        (None, []),
        ("aGVsbG8=", []),  # a text is no list of texts
        ([7, None, {"a": 1}], []),
        (["*"], []),
        (["A" * (MOST_BYTES + 1)], []),
        (["aGVsbG8="] * 50, [b"hello"] * MOST_FRAMES),
    ],
)
def test_only_what_a_recorder_sends_is_taken(frames: Any, kept: list[bytes]) -> None:
    assert _pictures(frames) == kept
