"""Correct it: one press adds the photo with its label, and the network is trained again on it."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import address, labels, press, sound, told, words
from tests.app.test_predict import IMAGENET_SAYS
from tests.app.trainings import done, open_run, pets
from tests.datasets.importing import import_files
from tests.datasets.samples import wide_photo
from tl_core import images, runs
from tl_core.datasets.catalogue import delete_dataset, get_dataset, list_datasets, read_photo
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.splits import split
from tl_core.datasets.teaching import taught
from tl_core.engine.questions import IMAGENET
from tl_core.results.answers import ClassScores
from tl_core.runs import Run
from tl_core.training import get_training, list_trainings

Open = Callable[..., AppTest]
PREDICT = "pages/4_predict.py"
OPEN = {"photo": "coffee", "correct": "1"}


@pytest.fixture
def trained(let_answer: Callable[[Any], None]) -> Run:
    """A run of the emoji, whose network takes every photo for an animal."""

    class Engine:
        def ask(self, question: object, /, **more: Any) -> Any:
            if question is IMAGENET:
                return IMAGENET_SAYS
            return ClassScores(shares=(0.7, 0.2, 0.1), logits=(2.0, 1.0, 0.0), milliseconds=1.0)

    let_answer(Engine())
    return done(open_run())


def test_one_press_adds_the_photo_with_its_label(open_page: Open, trained: Run) -> None:
    app = open_page(PREDICT, run=trained.id, **OPEN)
    assert "Right: animals" in labels(app) and "Train again" not in labels(app)
    press(app, "food")
    version = get_dataset(address(app)["taught"])
    counts = get_dataset("emoji").count_by_class
    assert version.count_by_class == counts | {"food": counts["food"] + 1}
    assert read_photo("coffee") in {version.read(image) for image in version.images}
    assert "1 photo more than before" in "".join(one.value for one in app.success)
    assert "Train again" in labels(app) and not list_datasets()[-1].built_in


def test_right_adds_it_as_what_the_network_said(open_page: Open, trained: Run) -> None:
    app = press(open_page(PREDICT, run=trained.id, **OPEN), "Right: animals")
    counts = get_dataset("emoji").count_by_class
    version = get_dataset(address(app)["taught"])
    assert version.count_by_class == counts | {"animals": counts["animals"] + 1}


def test_pressed_twice_it_is_added_once_and_a_reload_keeps_it(
    open_page: Open, trained: Run
) -> None:
    app = press(press(open_page(PREDICT, run=trained.id, **OPEN), "food"), "food")
    assert not app.error
    again = open_page(PREDICT, **address(app))
    assert "1 photo more than before" in again.success[0].value
    assert len([one for one in list_datasets() if not one.built_in]) == 1


def test_a_change_of_mind_gives_it_the_other_label(open_page: Open, trained: Run) -> None:
    app = press(press(open_page(PREDICT, run=trained.id, **OPEN), "food"), "vehicles")
    counts = get_dataset("emoji").count_by_class
    version = get_dataset(address(app)["taught"])
    assert version.count_by_class == counts | {"vehicles": counts["vehicles"] + 1}


def test_train_again_trains_the_new_version_with_the_same_settings(
    open_page: Open, trained: Run
) -> None:
    app = press(press(open_page(PREDICT, run=trained.id, **OPEN), "food"), "Train again")
    again = get_training(address(app)["again"])
    before = get_training(trained.id).settings
    version = get_dataset(address(app)["taught"])
    assert (again.settings.dataset, again.settings.fingerprint) == (version.id, version.fingerprint)
    assert again.settings.epochs == before.epochs and again.settings.seed == before.seed
    assert address(app)["run"] == trained.id, "the page goes on showing this network"
    assert "Waiting for the engine; its state is in the sidebar." in told(app)
    (button,) = [one for one in app.button if one.label == "Train again"]
    assert button.disabled and len(list_trainings()) == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "it takes seconds"),
        ({"unfrozen": 2}, "about as long as before"),
        ({"live": True, "size": 128}, "about as long as before"),  # another title than `trained`
    ],
    ids=str,
)
def test_only_a_head_on_kept_features_is_said_to_learn_in_seconds(
    open_page: Open, trained: Run, changes: dict[str, Any], said: str
) -> None:
    run = done(open_run(**changes)) if changes else trained
    app = press(open_page(PREDICT, run=run.id, **OPEN), "food")
    (button,) = [one for one in app.button if one.label == "Train again"]
    assert said in button.help


def test_what_it_did_is_shown_and_the_page_goes_on_with_it(open_page: Open, trained: Run) -> None:
    app = press(press(open_page(PREDICT, run=trained.id, **OPEN), "food"), "Train again")
    done(runs.get_run(address(app)["again"]))
    later = open_page(PREDICT, **address(app))
    assert "This photo: **animals**" in words(later) and len(later.table) == 1
    assert "proves little" in words(later)
    again = address(app)["again"]
    press(later, "Go on with the new network")
    assert address(later)["run"] == again and "taught" not in address(later)
    assert "Train again" not in labels(later)


def test_a_photo_of_the_dataset_is_one_sentence_and_a_way_on(open_page: Open, trained: Run) -> None:
    dataset = get_dataset("emoji")
    divided = split(dataset, validation=0.2, seed=0)
    image = next(dataset.images[i] for i in divided.train if dataset.images[i].label == 1)
    app = open_page(PREDICT, run=trained.id, correct="1")
    app.session_state["photo_popover"], app.session_state["photo_source"] = True, "upload"
    sound(app.run()).file_uploader[0].upload("again.webp", dataset.read(image))
    press(sound(app.run()), "food")
    (error,) = app.error
    assert "already, as food" in error.value and "taught" not in address(app)
    press(app, "vehicles")
    assert not app.error
    version = get_dataset(address(app)["taught"])
    assert version.class_names[version.by_sha256[image.sha256].label] == "vehicles"


def wide_pets(width: int) -> tuple[Dataset, Run]:
    """Return a dataset of wide photos in three classes, and a run of it whose network is wrong once."""
    classes = {
        name: [(f"{name} {i}.jpg", wide_photo(first + i, width)) for i in range(10)]
        for name, first in (("birds", 0), ("cats", 100), ("dogs", 200))
    }
    dataset = import_files(classes, "Pets", lambda *_: None)
    run = open_run(dataset=dataset.id, fingerprint=dataset.fingerprint)
    return dataset, done(run, {(0, 1): 1})


def judging(dataset: Dataset) -> set[str]:
    validation = split(dataset, validation=0.2, seed=0).validation
    return {dataset.images[index].sha256 for index in validation}


def choose_mistake(app: AppTest) -> AppTest:
    """Choose the first of the run's validation photos, a bird that was taken for a cat."""
    app.session_state["photo_popover"], app.session_state["photo_source"] = True, "run"
    sound(app.run())
    next(one for one in app.button if (one.key or "").startswith("run-photo-")).click()
    return sound(app.run())


def again_from_the_strip(app: AppTest, open_page: Open) -> AppTest:
    name = app.session_state["photo"].name
    app.session_state["photo_popover"], app.session_state["photo_source"] = True, "sample"
    sound(app.run()).button(key="photo-coffee").click()
    sound(app.run()).button(key=f"past-{name}").click()
    return sound(app.run())


def again_after_a_reload(app: AppTest, open_page: Open) -> AppTest:
    return open_page(PREDICT, **address(app))


@pytest.mark.parametrize("back", [None, again_from_the_strip, again_after_a_reload])
@pytest.mark.parametrize(("width", "crop"), [(1500, "whole"), (1500, "centre"), (300, "centre")])
def test_a_validation_photo_is_relabelled_and_goes_on_judging_however_it_was_shrunk_or_cut(
    open_page: Open, trained: Run, width: int, crop: str, back: Callable[..., AppTest] | None
) -> None:
    dataset, run = wide_pets(width)
    app = choose_mistake(open_page(PREDICT, run=run.id, correct="1", crop=crop))
    app = back(app, open_page) if back else app
    press(app, "cats")
    version = get_dataset(address(app)["taught"])
    assert {one.sha256 for one in version.images} == {one.sha256 for one in dataset.images}
    (moved,) = [one for one in version.images if one.label != dataset.by_sha256[one.sha256].label]
    assert version.class_names[moved.label] == "cats" and moved.sha256 in judging(dataset)
    assert judging(version) == judging(dataset), "before and after are judged by the same photos"
    press(app, "cats")
    assert not app.error and address(app)["taught"] == version.id, "pressed twice"


@pytest.mark.parametrize("crop", ["whole", "centre"])
def test_a_large_photo_of_the_dataset_that_is_uploaded_is_known_too(
    open_page: Open, trained: Run, crop: str
) -> None:
    _, run = wide_pets(1500)
    app = open_page(PREDICT, run=run.id, correct="1", crop=crop)
    app.session_state["photo_popover"], app.session_state["photo_source"] = True, "upload"
    sound(app.run()).file_uploader[0].upload("mine.jpg", wide_photo(103))
    press(sound(app.run()), "cats")
    (error,) = app.error
    assert "already, as cats" in error.value and "taught" not in address(app)


@pytest.mark.parametrize(("first", "second"), [("centre", "whole"), ("whole", "centre")])
def test_a_photo_that_joined_in_one_form_is_known_in_the_other(
    open_page: Open, trained: Run, first: str, second: str
) -> None:
    dataset, run = wide_pets(300)
    app = press(open_page(PREDICT, run=run.id, crop=first, **OPEN), "dogs")
    version = get_dataset(address(app)["taught"])
    app.segmented_control(key="crop").set_value(second).run()
    press(sound(app), "dogs")
    assert address(app)["taught"] == version.id, "it is not there twice"
    press(app, "cats")
    relabelled = get_dataset(address(app)["taught"])
    assert len(relabelled.images) == len(version.images) == len(dataset.images) + 1


def test_of_a_new_photo_the_middle_joins_if_that_is_what_the_network_sees(
    open_page: Open, trained: Run
) -> None:
    dataset, run = wide_pets(300)
    app = press(open_page(PREDICT, run=run.id, crop="centre", **OPEN), "dogs")
    version = get_dataset(address(app)["taught"])
    (new,) = {one.sha256 for one in version.images} - {one.sha256 for one in dataset.images}
    with images.opened(version.read(version.by_sha256[new]), "new") as file:
        assert file.height == file.width
    assert judging(version) == judging(dataset) and version.by_sha256[new].part == "train"


def test_a_limit_is_said_and_nothing_is_lost(
    open_page: Open, trained: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = len(get_dataset("emoji").images)
    monkeypatch.setenv("TL_MAX_DATASET_FILES", str(most))
    app = press(open_page(PREDICT, run=trained.id, **OPEN), "food")
    assert f"at most {most} are allowed" in app.error[0].value and "Right: animals" in labels(app)
    assert "taught" not in address(app)


def test_what_was_added_can_be_forgotten(open_page: Open, trained: Run) -> None:
    app = press(press(open_page(PREDICT, run=trained.id, **OPEN), "food"), "Forget what was added")
    assert "taught" not in address(app) and "Train again" not in labels(app)


@pytest.mark.parametrize("bad", [{"taught": "../x"}, {"again": "0" * 16}, {"taught": "0" * 16}])
def test_a_version_or_run_that_is_not_there_is_a_sentence(
    open_page: Open, trained: Run, bad: dict[str, str]
) -> None:
    app = open_page(PREDICT, run=trained.id, **OPEN, **bad)
    assert len(app.warning) == 1 and "Right: animals" in labels(app)


def test_a_version_of_another_dataset_is_let_be(open_page: Open, trained: Run) -> None:
    app = open_page(PREDICT, run=trained.id, taught=pets(), **OPEN)
    assert "Train again" not in labels(app)
    press(app, "food")
    assert get_dataset(address(app)["taught"]).root == "emoji"


def test_a_dataset_that_is_gone_is_said_in_its_place(open_page: Open, trained: Run) -> None:
    emoji = get_dataset("emoji")
    divided = split(emoji, validation=0.2, seed=0)
    dataset = taught(emoji, divided, read_photo("coffee"), "coffee.jpg", "food")
    run = done(open_run(dataset=dataset.id, fingerprint=dataset.fingerprint))
    delete_dataset(dataset.id)
    app = open_page(PREDICT, run=run.id, **OPEN)
    assert any(dataset.id in one.value for one in app.error) and not app.success
