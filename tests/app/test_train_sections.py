"""The sections of the Train page: each opens by its link, and keeps what the others have set."""

import shutil
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import address, labels, press, sound, told, words
from tests.app.trainings import done, only_run, open_run, pets, usual
from tl_core import runs
from tl_core.checks import JobConfig
from tl_core.datasets.catalogue import delete_dataset
from tl_core.lessons.skip import SkipConfig
from tl_core.lessons.transfer import TransferConfig
from tl_core.ui.datasets.choice import DEFAULT

Open = Callable[..., AppTest]
PAGE = "pages/3_train.py"
SECTIONS = ("train", "data", "inside", "skip", "transfer", "book")
WAITING = "Waiting for the engine; its state is in the sidebar."


def go(app: AppTest, section: str) -> AppTest:
    app.segmented_control(key="section").set_value(section)
    return sound(app.run())


def set_value(app: AppTest, kind: str, key: str, value: Any) -> AppTest:
    getattr(app, kind)(key=key).set_value(value)
    return sound(app.run())


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_opens_by_its_link_and_nothing_else_is_in_it(
    open_page: Open, section: str
) -> None:
    app = open_page(PAGE, section=section)
    assert address(app) == {"section": section}
    assert app.segmented_control(key="section").value == section
    assert not app.warning and not app.error


def test_a_link_to_a_section_that_does_not_exist_is_the_training_with_one_sentence(
    open_page: Open,
) -> None:
    app = open_page(PAGE, section="<b>")
    assert len(app.warning) == 1 and "section" in app.warning[0].value
    assert "Train" in labels(app) and address(app) == {}


def test_settings_are_kept_through_every_other_section(open_page: Open) -> None:
    app = set_value(open_page(PAGE), "slider", "epochs", 5)
    set_value(app, "segmented_control", "strategy", "top")
    wanted = {"epochs": "5", "unfrozen": "6"}
    assert address(app) == wanted
    for section in ("data", "inside", "skip", "transfer", "book", "train"):
        go(app, section)
    assert app.slider(key="epochs").value == 5
    assert address(app) == wanted
    press(app, "Train")
    assert only_run().config == usual(epochs=5, unfrozen=6)


def test_settings_are_the_same_inside_the_network(open_page: Open) -> None:
    app = set_value(open_page(PAGE), "slider", "epochs", 5)
    go(app, "inside")
    assert app.slider(key="epochs").value == 5
    assert address(app) == {"section": "inside", "epochs": "5"}
    set_value(app, "slider", "epochs", 7)
    go(app, "train")
    assert app.slider(key="epochs").value == 7
    assert address(app) == {"epochs": "7"}


@pytest.mark.parametrize("through", ["data", "inside", "transfer"])
def test_the_dataset_is_the_same_in_every_section_that_has_one(
    open_page: Open, through: str
) -> None:
    identifier = pets()
    app = open_page(PAGE, section=through)
    set_value(app, "selectbox", "dataset", identifier)
    go(app, "train")
    assert app.selectbox(key="dataset").value == identifier
    assert address(app) == {"dataset": identifier}


@pytest.mark.parametrize("section", SECTIONS)
def test_the_run_is_still_shown_after_a_visit_to_another_section(
    open_page: Open, section: str
) -> None:
    run = done(open_run())
    app = go(open_page(PAGE, run=run.id), section)
    assert address(app)["run"] == run.id
    assert go(app, "train").metric[0].value == "86.0\xa0%"


@pytest.mark.parametrize("section", SECTIONS)
def test_a_link_with_a_deleted_dataset_is_one_sentence(open_page: Open, section: str) -> None:
    identifier = pets()
    delete_dataset(identifier)
    app = open_page(PAGE, section=section, dataset=identifier)
    sentences = [one for one in told(app) if identifier in one]
    # Two sections have no dataset of their own to miss.
    assert len(sentences) == (section not in ("skip", "book"))
    assert not app.error


@pytest.mark.parametrize("section", SECTIONS)
def test_a_link_with_a_deleted_run_is_one_sentence(open_page: Open, section: str) -> None:
    run = done(open_run())
    shutil.rmtree(run.folder)
    app = open_page(PAGE, section=section, run=run.id)
    assert len([one for one in told(app) if run.id in one]) == 1
    assert not app.error and "run" not in address(app)


@pytest.mark.parametrize("section", ["train", "inside"])
def test_a_run_that_somebody_deletes_meanwhile_is_one_sentence(
    open_page: Open, section: str
) -> None:
    run = done(open_run())
    app = open_page(PAGE, section=section, run=run.id)
    shutil.rmtree(run.folder)
    app = sound(app.run())
    assert len([one for one in told(app) if run.id in one]) == 1
    go(app, "train")
    press(app, "Train")
    assert WAITING in told(app)


def test_a_dataset_that_somebody_deletes_meanwhile_leaves_a_page_that_works(
    open_page: Open,
) -> None:
    identifier = pets()
    app = open_page(PAGE, dataset=identifier)
    delete_dataset(identifier)
    for section in SECTIONS:
        go(app, section)
        assert not app.error
    assert go(app, "train").selectbox(key="dataset").value == DEFAULT


def test_a_deleted_run_in_the_link_of_a_lesson_is_one_sentence(open_page: Open) -> None:
    for section in ("skip", "transfer"):
        app = open_page(PAGE, **{"section": section, section: "0" * 16})
        assert len([one for one in told(app) if "0" * 16 in one]) == 1
        assert section not in address(app)
    assert runs.list_runs("skip") == () and "What transfer buys" not in words(app)


@pytest.mark.parametrize(
    ("job", "settings"),
    [
        (SkipConfig, {"blocks": "a"}),
        (SkipConfig, {"epochs": None}),
        (TransferConfig, {"dataset": "emoji", "seeds": 3}),
        (TransferConfig, {"steps": 3}),  # of no dataset
    ],
)
def test_a_lesson_with_damaged_settings_is_one_sentence_and_no_fault(
    open_page: Open, job: type[JobConfig], settings: dict[str, Any]
) -> None:
    run = runs.open_run(job.KIND, settings)
    app = open_page(PAGE, section=job.KIND, **{job.KIND: run.id})
    assert len(app.error) == 1 and "Start it again" in app.error[0].value
