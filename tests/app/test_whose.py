"""Whose a thing is: none of forty actions of others on one's run or data succeeds, and one's own do."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.testing.v1 import AppTest

from tests.app import trainings
from tests.app.conftest import sound, told
from tests.app.whose import ATTEMPTS, KEY, OWNER, STRANGER, Attempt, Link, contents, owned, person
from tl_core import people
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.edits import Edit
from tl_core.datasets.owners import owners_of
from tl_core.datasets.versions import new_version
from tl_core.people import ownership

PAGES = {
    "train": "pages/3_train.py",
    "predict": "pages/4_predict.py",
    "gap_vs_flatten": "pages/2_gap_vs_flatten.py",
}
Open = Callable[..., AppTest]
USUAL = (
    "stop a training",
    "delete a training",
    "rename a training",
    "delete a dataset",
    "remove collected photos",
)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TL_TEACHER_KEY", KEY)
    yield


@pytest.fixture
def forged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is sent for disabled controls count, though Streamlit does not: the lab has to refuse it."""

    class Enabled(WidgetMetadata[Any]):
        def __init__(self, *values: Any, **named: Any) -> None:
            super().__init__(*values, **{**named, "disabled": False})

    monkeypatch.setattr("streamlit.runtime.state.widgets.WidgetMetadata", Enabled)


@pytest.fixture
def open_as(open_page: Callable[..., AppTest]) -> Open:
    """Return ``open_as(secret, page, link, proof=...)``: a page in the browser that keeps these."""

    def open_at(secret: str, page: str, link: Link, proof: str = "") -> AppTest:
        return open_page(PAGES[page], kept=[secret, proof], **link)

    return open_at


def press(app: AppTest, attempt: Attempt) -> AppTest:
    """Send what a browser sends when the button is pressed; of a disabled one too, as a forger would."""
    for label, text in attempt.typed.items():
        (field,) = [one for one in (*app.text_input, *app.text_area) if one.label == label]
        field.proto.disabled = False
        field.set_value(text)
    (button,) = [one for one in app.button if one.label == attempt.press]
    button.proto.disabled = False
    button.click()
    states = app._tree.get_widget_states()
    if attempt.picks:
        (sheet,) = [one for one in app.get("bidi_component") if '"sheet"' in one.proto.json]
        token = json.loads(sheet.proto.json)["token"]
        picked = json.dumps({"picked": {"token": token, "places": [0]}})
        states.widgets.add(id=sheet.proto.id, json_value=picked)
    return sound(app._run(states))


def disabled(app: AppTest, attempt: Attempt) -> bool:
    (button,) = [one for one in app.button if one.label == attempt.press]
    return bool(button.disabled) and bool(button.help)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name)
def test_what_others_try_changes_nothing_and_is_refused_with_the_reason(
    attempt: Attempt, open_as: Open, forged: None, tmp_path: Path
) -> None:
    link = attempt.prepare()
    before = contents(tmp_path)
    app = open_as(STRANGER, attempt.page, link)
    assert disabled(app, attempt)
    said = told(press(app, attempt))
    assert contents(tmp_path) == before
    assert any("the teacher" in box for box in said), said


@pytest.mark.parametrize(
    "attempt",
    [
        pytest.param(one, marks=() if one.name in USUAL else pytest.mark.slow, id=one.name)
        for one in ATTEMPTS
        if "shares" not in one.name and "among" not in one.name
    ],
)
def test_the_owner_may_do_all_of_it(
    attempt: Attempt, open_as: Open, forged: None, tmp_path: Path
) -> None:
    link = attempt.prepare()
    before = contents(tmp_path)
    app = open_as(OWNER, attempt.page, link)
    assert attempt.picks or not disabled(app, attempt)
    press(app, attempt)
    assert contents(tmp_path) != before


@pytest.mark.parametrize(
    "attempt",
    [
        one
        for one in ATTEMPTS
        if one.name in ("stop a training that one shares", "delete a dataset")
    ],
    ids=lambda attempt: attempt.name,
)
def test_the_teacher_may_do_it_to_everybodys(
    attempt: Attempt, open_as: Open, tmp_path: Path
) -> None:
    link = attempt.prepare()
    before = contents(tmp_path)
    app = open_as(STRANGER, attempt.page, link, proof=people.proof_for(STRANGER))
    press(app, attempt)
    assert contents(tmp_path) != before


def test_a_thing_of_before_is_the_teachers_where_there_is_a_key_and_anybodys_without(
    open_as: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trainings.done(trainings.open_run())
    link = {"section": "book", "runs": run.id}
    assert "Nobody is listed" in delete_button(open_as(STRANGER, "train", link)).help
    teacher = open_as(STRANGER, "train", link, proof=people.proof_for(STRANGER))
    assert not delete_button(teacher).disabled
    monkeypatch.delenv("TL_TEACHER_KEY")
    delete_button(app := open_as(STRANGER, "train", link)).click()
    sound(app.run())
    assert not run.folder.exists()


def test_who_shares_a_training_leaves_it_to_the_others(open_as: Open) -> None:
    run = trainings.done(owned(trainings.open_run(), OWNER, STRANGER))
    link = {"section": "book", "runs": run.id}
    for secret, left in ((STRANGER, [people.mark_of(OWNER)]), (OWNER, None)):
        app = open_as(secret, "train", link)
        delete_button(app).click()
        sound(app.run())
        assert run.folder.exists() == (left is not None)
        assert list(ownership.people_of(run.folder)) == (left or [])


def delete_button(app: AppTest) -> Any:
    return app.button(key="delete_runs")


def test_the_attempts_over_page_and_protocol_are_forty() -> None:
    assert len({one.name for one in ATTEMPTS}) == len(ATTEMPTS) and 2 * len(ATTEMPTS) >= 40


def test_a_version_of_ones_own_stays_in_the_list_whatever_others_make_of_it(open_as: Open) -> None:
    pets = get_dataset(trainings.pets())
    mine = new_version(pets, Edit(rename={"cats": "kittens"}), person(OWNER))
    theirs = new_version(mine, Edit(rename={"dogs": "puppies"}), person(STRANGER))
    link = {"section": "data", "dataset": "emoji"}
    for secret, offered in ((OWNER, True), (STRANGER, False)):
        options = open_as(secret, "train", link).selectbox(key="dataset").options
        assert any("kittens" in one and "puppies" not in one for one in options) == offered
        assert any("puppies" in one for one in options)
    assert owners_of(theirs.id) == (person(STRANGER).id,) and owners_of(pets.id) == ()
    assert new_version(mine, Edit(), person(STRANGER)).id == mine.id
    assert owners_of(mine.id) == (person(OWNER).id,)  # who changes nothing has made nothing
