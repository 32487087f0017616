"""What a dataset keeps of each image, through every change: its owner's name for the file, and its group."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.datasets.importing import (
    Classes,
    import_files,
    import_folder,
    import_groups,
    placed_in_groups,
)
from tests.datasets.samples import picture, quiet, write_folder
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.corrections import DROP, PART, edit_of
from tl_core.datasets.dataset import LONGEST_NAME, Dataset
from tl_core.datasets.editing import edited
from tl_core.datasets.index import read_index
from tl_core.datasets.splits import parts_of, split
from tl_core.datasets.versions import Edit, add_placed, new_version
from tl_core.errors import DatasetRefused

PUPILS = ("Ada", "Bo", "Cem", "Dana", "Eva")


def photos_of(pupils: Iterable[str] = PUPILS, count: int = 3, start: int = 0) -> dict[str, Classes]:
    return {
        pupil: {
            name: [
                (f"IMG_{n}.png", picture(start + 1000 * place + 100 * label + n))
                for n in range(count)
            ]
            for label, name in enumerate(("cats", "dogs"))
        }
        for place, pupil in enumerate(pupils)
    }


@pytest.fixture
def pets() -> Dataset:
    """Return a dataset of two classes, to which five pupils brought three pictures each."""
    return import_groups(photos_of(), "Pets")


def kept(dataset: Dataset) -> dict[str, tuple[str, str]]:
    return {image.sha256: (image.name, image.group) for image in dataset.images}


def test_an_import_keeps_names_and_groups(pets: Dataset) -> None:
    assert {image.shown for image in pets.images} == {
        f"{pupil}/{name}/IMG_{n}.png"
        for pupil in PUPILS
        for name in ("cats", "dogs")
        for n in range(3)
    }
    assert all(image.shown.startswith(image.group + "/") for image in pets.images)
    assert all(image.path.startswith("images/") for image in pets.images)
    assert read_index(pets.folder) == pets


@pytest.mark.parametrize("change", ["rename", "relabel", "drop", "move"])
def test_a_change_keeps_names_and_groups(pets: Dataset, change: str) -> None:
    one = pets.images[0].sha256
    edits = {
        "rename": Edit(rename={"cats": "felines"}),
        "relabel": Edit(relabel={one: "dogs"}),
        "drop": Edit(drop=frozenset([one])),
        "move": Edit(move=parts_of(pets, split(pets, validation=0.2, seed=1))),
    }
    version = new_version(pets, edits[change])
    assert version.id != pets.id
    before = kept(pets)
    assert kept(read_index(version.folder)) == {
        sha256: before[sha256] for sha256 in before if change != "drop" or sha256 != one
    }


def test_a_merge_keeps_names_and_groups() -> None:
    three = {
        pupil: {**brought, "hens": [(f"{n}.png", picture(9000 + 10 * place + n)) for n in range(2)]}
        for place, (pupil, brought) in enumerate(photos_of().items())
    }
    pets = import_groups(three, "Pets")
    merged = new_version(pets, Edit(merge={"hens": "dogs"}))
    assert merged.class_names == ("cats", "dogs") and kept(merged) == kept(pets)


def test_a_version_of_what_is_built_in_keeps_its_names() -> None:
    emoji = get_dataset("emoji")
    version = new_version(emoji, Edit(drop=frozenset([emoji.images[0].sha256])))
    assert {image.shown for image in version.images} < {image.path for image in emoji.images}
    assert version.images[0].path.startswith("images/")


def test_other_names_are_the_same_dataset_and_other_groups_are_not(tmp_path: Path) -> None:
    def folder(title: str, prefix: str) -> Dataset:
        files = {
            f"{name}/{prefix}{n}.png": picture(100 * label + n)
            for label, name in enumerate(("cats", "dogs"))
            for n in range(5)
        }
        return import_folder(write_folder(tmp_path / prefix, files), title, quiet)

    first, second = folder("Pets", "IMG_"), folder("Pets", "DSC")
    assert second == first and first.images[0].shown.startswith("cats/IMG_")
    plain = import_files(photos_of(["Ada"], 5)["Ada"], "Pets", quiet)
    grouped = [
        import_groups({"a": photos_of(["Ada"], 5)["Ada"]}, "Pets"),
        import_groups({"b": photos_of(["Ada"], 5)["Ada"]}, "Pets"),
    ]
    assert len({one.fingerprint for one in (plain, *grouped)}) == 3
    assert len({one.id for one in (plain, *grouped)}) == 3


def change_index(dataset: Dataset, **fields: Any) -> Path:
    path = dataset.folder / "dataset.json"
    content = json.loads(path.read_text())
    for name, value in fields.items():
        if value is None:
            for row in content["images"]:
                row.pop(name, None)
        else:
            content["images"][0][name] = value
    path.write_text(json.dumps(content))
    return dataset.folder


def test_an_index_from_before_there_were_names_and_groups_is_read(pets: Dataset) -> None:
    old = read_index(change_index(pets, name=None, group=None))
    assert {(image.name, image.group) for image in old.images} == {("", "")}
    assert [image.shown for image in old.images] == [image.path for image in old.images]
    version = new_version(old, Edit(rename={"cats": "felines"}))
    assert "group" not in (version.folder / "dataset.json").read_text()


@pytest.mark.parametrize("field", ["name", "group"])
@pytest.mark.parametrize(
    "value",
    [
        5,
        ["a"],
        {"a": 1},
        True,
        "x" * (LONGEST_NAME + 1),
        "two\nlines",
        "turned\u202earound",
        "half a character \ud800",
    ],
)
def test_a_name_or_group_that_nobody_wrote_is_refused(
    pets: Dataset, field: str, value: object
) -> None:
    with pytest.raises(DatasetRefused, match="index is missing or damaged"):
        read_index(change_index(pets, **{field: value}))


def test_long_and_foreign_names_are_kept(pets: Dataset) -> None:
    for value in ("사진/고양이 1.jpg", "x" * LONGEST_NAME, "<b>*bold*</b> {name} $x$"):
        assert read_index(change_index(pets, name=value)).images[0].shown == value


def test_a_hostile_group_is_cleaned_when_it_is_imported() -> None:
    hostile = "a\u202eb\n" + "long" * 100
    dataset = import_groups({hostile: photos_of()["Ada"], **photos_of(["Bo"], start=5000)}, "Pets")
    (group,) = {image.group for image in dataset.images} - {"Bo"}
    assert len(group) == LONGEST_NAME and group.isprintable()
    assert read_index(dataset.folder) == dataset


def test_a_file_that_is_gone_is_called_as_its_owner_does(pets: Dataset) -> None:
    image = pets.images[0]
    (pets.folder / image.path).unlink()
    with pytest.raises(DatasetRefused, match=f"The file {image.group}/cats/IMG_"):
        pets.read(image)


# Adding, moving


def sides(dataset: Dataset) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for image in dataset.images:
        found.setdefault(image.group, set()).add(image.part)
    return found


def divided(pets: Dataset) -> Dataset:
    return new_version(pets, Edit(move=parts_of(pets, split(pets, validation=0.2, seed=1))))


def test_added_photos_bring_their_names_and_groups_to_the_side_of_their_group(
    pets: Dataset,
) -> None:
    fixed = divided(pets)
    (held,) = [group for group, parts in sides(fixed).items() if parts == {"validation"}]
    new = placed_in_groups(photos_of([held, "Finn"], 1, start=7000))
    version = add_placed(fixed, new, quiet)
    assert sides(version) == sides(fixed) | {"Finn": {"train"}}
    added = {one.shown for one in version.images} - {one.shown for one in fixed.images}
    assert added == {"Finn/cats/IMG_0.png", "Finn/dogs/IMG_0.png"}  # the others' names are there
    assert len(version.images) == len(fixed.images) + 4


def test_an_edit_that_would_tear_a_group_is_refused(pets: Dataset) -> None:
    fixed = divided(pets)
    learned = next(image for image in fixed.images if image.part == "train")
    with pytest.raises(DatasetRefused, match=rf"one group \({learned.group}\).*Move all of them"):
        new_version(fixed, Edit(move={learned.sha256: "validation"}))
    group = [image.sha256 for image in fixed.images if image.group == learned.group]
    version = new_version(fixed, Edit(move=dict.fromkeys(group, "validation")))
    assert sides(version)[learned.group] == {"validation"}


def changes(pets: Dataset, asked: Mapping[str, str]) -> Dataset:
    made = split(pets, validation=0.2, seed=1)
    return new_version(pets, edit_of(pets, made, asked))


def test_a_photo_that_is_moved_takes_its_group_along(pets: Dataset) -> None:
    made = split(pets, validation=0.2, seed=1)
    moved, dropped = (pets.images[index] for index in made.train[:2])
    version = changes(pets, {moved.sha256: PART + "validation", dropped.sha256: DROP})
    assert sides(version)[moved.group] == {"validation"}
    assert len(version.images) == len(pets.images) - 1
    assert all(len(parts) == 1 for parts in sides(version).values())


def test_photos_of_one_group_cannot_move_apart(pets: Dataset) -> None:
    first, second = [image for image in pets.images if image.group == "Ada"][:2]
    asked = {first.sha256: PART + "train", second.sha256: PART + "validation"}
    with pytest.raises(DatasetRefused, match=r"one group \(Ada\).*stays together"):
        changes(pets, asked)


def test_a_group_that_was_imported_on_two_sides_may_stay_so(pets: Dataset) -> None:
    rows = [("train", "test")[n % 2] for n in range(len(pets.images))]
    torn = Dataset(
        id="x",
        title="x",
        class_names=pets.class_names,
        images=tuple(
            replace(image, part=part) for image, part in zip(pets.images, rows, strict=True)
        ),
        folder=pets.folder,
    )
    _, images = edited(
        torn, Edit(rename={"cats": "felines"}, move={torn.images[0].sha256: rows[0]})
    )
    assert {image.part for image in images} == {"train", "test"}
