"""Corrections of photos are noted as text for a link, and change nothing but what was noted."""

from typing import Any

import pytest

from tests.datasets.importing import import_files
from tests.datasets.samples import picture
from tl_core.datasets.corrections import (
    CLASS,
    DROP,
    MOST_NOTED,
    PART,
    PHOTO_DIGITS,
    check_notes,
    corrected,
    edit_of,
    possible_changes,
    read_notes,
    with_change,
    write_notes,
)
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.splits import split
from tl_core.datasets.versions import new_version
from tl_core.errors import SettingInvalid

RUN = "0123456789abcdef"
NAMES = ("cats", "dogs", "*hens*")
CHANGES = (DROP, PART + "train", PART + "validation", CLASS + "cats", CLASS + "*hens*")


@pytest.fixture
def pets() -> Dataset:
    """Return a dataset of three classes, 30 pictures each."""
    classes = {
        name: [(f"{name} {i}.png", picture(1000 * place + i)) for i in range(30)]
        for place, name in enumerate(NAMES)
    }
    return import_files(classes, "Pets", lambda *_: None)


def photos(count: int, first: int = 0) -> list[str]:
    return [f"{first + number:010x}" for number in range(count)]


def of_class(pets: Dataset, name: str) -> list[str]:
    return [image.sha256 for image in pets.images if pets.class_names[image.label] == name]


def test_what_is_written_is_read_again() -> None:
    noted = dict(zip(photos(5), CHANGES, strict=True)) | {photos(1, 99)[0]: DROP}
    text = write_notes(noted, RUN, NAMES)
    check_notes(text)
    assert text.startswith("012345~d-0000000000-0000000063~t-")
    assert read_notes(text, RUN, NAMES) == noted


def test_another_runs_notes_are_not_this_ones() -> None:
    text = write_notes({photos(1)[0]: DROP}, RUN, NAMES)
    assert read_notes(text, RUN, NAMES)
    assert read_notes(text, RUN[::-1], NAMES) == read_notes("", RUN, NAMES) == {}


def test_a_class_that_the_dataset_does_not_have_is_left_out() -> None:
    text = write_notes({photos(1)[0]: CLASS + "*hens*", photos(1, 5)[0]: DROP}, RUN, NAMES)
    assert read_notes(text, RUN, NAMES[:2]) == {photos(1, 5)[0]: DROP}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        "012345",  # nothing is noted
        "012345~d",
        "012345~x-0123456789",
        "012345~c1234-0123456789",
        "012345~d-012345678",
        "012345~d-0123456789\n",
        "zzzzzz~d-0123456789",
        "012345~d-0123456789~",
        "~" * 99,
    ],
)
def test_text_that_nobody_has_written_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        check_notes(text)


def test_only_changes_that_change_something_are_offered(pets: Dataset) -> None:
    cats, dogs = of_class(pets, "cats"), of_class(pets, "dogs")
    only_cats = possible_changes(pets, cats[:3], "validation")
    assert CLASS + "cats" not in only_cats and CLASS + "dogs" in only_cats
    assert PART + "train" in only_cats and PART + "validation" not in only_cats
    mixed = possible_changes(pets, [cats[0], dogs[0]], "test")
    assert {CLASS + name for name in NAMES} < set(mixed)
    assert {PART + "train", PART + "validation", DROP} < set(mixed)


def test_a_photo_that_has_the_class_already_is_not_noted(pets: Dataset) -> None:
    cat, dog = of_class(pets, "cats")[0], of_class(pets, "dogs")[0]
    noted = with_change({"f" * 10: DROP}, pets, [cat, dog], CLASS + "dogs")
    assert noted == {"f" * 10: DROP, cat[:PHOTO_DIGITS]: CLASS + "dogs"}


def test_the_latest_change_of_a_photo_counts(pets: Dataset) -> None:
    sha256 = pets.images[0].sha256
    noted = with_change({sha256[:PHOTO_DIGITS]: DROP}, pets, [sha256], PART + "train")
    assert noted == {sha256[:PHOTO_DIGITS]: PART + "train"}


def test_more_changes_than_a_link_can_hold_are_refused_and_as_many_as_it_can_are_not(
    pets: Dataset,
) -> None:
    one = [pets.images[0].sha256]
    full = dict.fromkeys(photos(MOST_NOTED - 1), DROP)
    assert len(with_change(full, pets, one, DROP)) == MOST_NOTED
    with pytest.raises(SettingInvalid, match="At most 100 changes"):
        with_change(full | {"f" * 10: DROP}, pets, one, DROP)


@pytest.mark.parametrize(
    ("change", "held"),
    [(CLASS + "dogs", 0), (DROP, -1), (PART + "train", -1), (PART + "validation", 0)],
)
def test_a_correction_leaves_every_other_photo_on_its_side(
    pets: Dataset, change: str, held: int
) -> None:
    """Without fixed parts, one relabelled photo would deal the others anew."""
    shares: dict[str, Any] = {"validation": 0.4, "test": 0.1, "seed": 5}
    old = split(pets, **shares)
    changed = pets.images[old.validation[0]].sha256
    version = new_version(pets, edit_of(pets, old, {changed: change}))
    new = split(version, **shares)

    def hashes(dataset: Dataset, rows: tuple[int, ...]) -> set[str]:
        return {dataset.images[row].sha256 for row in rows}

    for part in ("train", "validation", "test"):
        one, other = hashes(pets, getattr(old, part)), hashes(version, getattr(new, part))
        assert one ^ other <= {changed}
    assert len(new.validation) == len(old.validation) + held


def test_a_corrected_dataset_is_a_version_with_what_was_noted_and_nothing_else(
    pets: Dataset,
) -> None:
    divided = split(pets, validation=0.5, seed=0)
    left_out, dog = of_class(pets, "cats")[0], of_class(pets, "dogs")[0]
    noted = {left_out[:PHOTO_DIGITS]: DROP, dog[:PHOTO_DIGITS]: CLASS + "cats", "f" * 10: DROP}
    version = corrected(pets, divided, noted)

    def labels(dataset: Dataset) -> dict[str, str]:
        return {image.sha256: dataset.class_names[image.label] for image in dataset.images}

    expected = labels(pets) | {dog: "cats"}
    del expected[left_out]
    assert labels(version) == expected
    assert version.origin == pets.id and labels(pets)[dog] == "dogs"
