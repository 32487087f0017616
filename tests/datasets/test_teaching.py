"""A photo joins a dataset with its right label, and nothing that judges moves."""

from collections import Counter
from typing import Any

import numpy as np
import pytest

from tests.datasets.importing import import_files
from tests.datasets.samples import picture
from tl_core import images
from tl_core.datasets import teaching
from tl_core.datasets.catalogue import BUILT_IN, get_dataset
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.splits import Split, split
from tl_core.datasets.teaching import has_photo, taught
from tl_core.datasets.versions import versions_of
from tl_core.errors import DatasetRefused, ImageRefused

PHOTO = images.encode_png(np.random.default_rng(5).integers(0, 256, (50, 70, 3), np.uint8))


@pytest.fixture
def pets() -> Dataset:
    """Return a dataset of two classes, 20 pictures each."""
    classes = {
        name: [(f"{name} {i}.png", picture(1000 * place + i)) for i in range(20)]
        for place, name in enumerate(("cats", "dogs"))
    }
    return import_files(classes, "Pets", lambda *_: None)


def divided(dataset: Dataset) -> Split:
    return split(dataset, validation=0.2, test=0.1, seed=3)


def judging(dataset: Dataset) -> tuple[set[str], set[str]]:
    """Return the photos that judge, validation and test."""
    found = divided(dataset)
    sides = (found.validation, found.test)
    first, second = ({dataset.images[index].sha256 for index in side} for side in sides)
    return first, second


@pytest.mark.parametrize("id", ["pets", *(one.id for one in BUILT_IN)])
def test_a_photo_joins_its_class_to_be_learned_from(pets: Dataset, id: str) -> None:
    dataset = pets if id == "pets" else get_dataset(id)
    name = dataset.class_names[1]
    version = taught(dataset, divided(dataset), PHOTO, "mine.png", name)
    assert version.id != dataset.id and version.origin == dataset.id
    assert version.count_by_class == dataset.count_by_class | {
        name: dataset.count_by_class[name] + 1
    }
    (new,) = {one.sha256 for one in version.images} - {one.sha256 for one in dataset.images}
    image = version.by_sha256[new]
    assert version.read(image) == PHOTO and image.shown == "mine.png"
    assert judging(version) == judging(dataset), "without fixed parts a new photo would deal anew"
    assert new in {version.images[index].sha256 for index in divided(version).train}
    assert get_dataset(dataset.id).images == dataset.images


def test_a_second_photo_joins_the_first(pets: Dataset) -> None:
    other = images.encode_png(np.full((9, 9, 3), 77, np.uint8))
    one = taught(pets, divided(pets), PHOTO, "a", "cats")
    both = taught(one, divided(one), other, "b", "dogs")
    assert both.count_by_class == {"cats": 21, "dogs": 21} and both.root == pets.id
    assert judging(both) == judging(pets)
    assert [len(get_dataset(one.id).images) for one in versions_of(pets.id)] == [40, 41, 42]


def test_the_same_press_twice_is_one_version(pets: Dataset) -> None:
    first, again = (taught(pets, divided(pets), PHOTO, "mine.png", "cats") for _ in range(2))
    assert first.id == again.id and len(versions_of(pets.id)) == 2
    assert has_photo(first, PHOTO, "a", "cats") and not has_photo(first, PHOTO, "a", "dogs")
    assert not has_photo(pets, PHOTO, "a", "cats")


def test_a_photo_that_is_there_already_is_a_sentence(pets: Dataset) -> None:
    image = pets.images[0]
    with pytest.raises(DatasetRefused, match="already, as cats: there is nothing to add"):
        taught(pets, divided(pets), pets.read(image), "a", "cats")
    assert len(versions_of(pets.id)) == 1


@pytest.mark.parametrize("part", ["train", "validation"])
def test_a_photo_that_is_there_as_something_else_is_relabelled_where_it_stands(
    pets: Dataset, part: str
) -> None:
    image = next(pets.images[i] for i in getattr(divided(pets), part) if pets.images[i].label == 0)
    version = taught(pets, divided(pets), pets.read(image), "a", "dogs")
    assert version.count_by_class == {"cats": 19, "dogs": 21}
    assert version.by_sha256[image.sha256].part == part and judging(version) == judging(pets)


def test_the_same_pixels_in_another_file_are_the_same_photo(pets: Dataset) -> None:
    image = pets.images[0]
    with images.opened(pets.read(image), "a") as file:
        other = images.encode_png(file.rgb())
    bitmap = other + b"\0"  # another file, which decoders read as the same picture
    with pytest.raises(DatasetRefused, match="already"):
        taught(pets, divided(pets), bitmap, "a", "cats")


@pytest.mark.parametrize("part", ["train", "validation"])
@pytest.mark.parametrize("known_by", ["source", "whole"])
def test_a_photo_that_was_shrunk_or_cut_is_known_by_the_file_that_it_was_made_from(
    pets: Dataset, part: str, known_by: str
) -> None:
    image = next(pets.images[i] for i in getattr(divided(pets), part) if pets.images[i].label == 0)
    by: dict[str, Any] = (
        {"source": image.sha256} if known_by == "source" else {"forms": (pets.read(image),)}
    )
    version = taught(pets, divided(pets), PHOTO, "a", "dogs", **by)
    assert {one.sha256 for one in version.images} == {one.sha256 for one in pets.images}
    assert version.count_by_class == {"cats": 19, "dogs": 21}
    assert version.by_sha256[image.sha256].part == part and judging(version) == judging(pets)
    assert has_photo(version, PHOTO, "a", "dogs", **by) and not has_photo(
        version, PHOTO, "a", "dogs"
    )


def test_the_file_of_a_photo_that_is_not_there_finds_nothing(pets: Dataset) -> None:
    whole = images.encode_png(np.full((9, 9, 3), 77, np.uint8))
    version = taught(pets, divided(pets), PHOTO, "a", "dogs", source="0" * 64, forms=(whole,))
    (new,) = {one.sha256 for one in version.images} - {one.sha256 for one in pets.images}
    assert version.read(version.by_sha256[new]) == PHOTO and len(version.images) == 41


def test_an_unknown_class_and_a_broken_file_are_refused(pets: Dataset) -> None:
    with pytest.raises(DatasetRefused, match="no class birds"):
        taught(pets, divided(pets), PHOTO, "a", "birds")
    with pytest.raises(ImageRefused, match=r"a\.png"):
        taught(pets, divided(pets), PHOTO[:200], "a.png", "cats")
    assert len(versions_of(pets.id)) == 1


def test_a_full_dataset_says_so(pets: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TL_MAX_DATASET_FILES", "40")
    with pytest.raises(DatasetRefused, match="at most 40 are allowed"):
        taught(pets, divided(pets), PHOTO, "a", "cats")


def test_images_that_a_run_did_not_use_are_not_to_judge_by(pets: Dataset) -> None:
    parted = teaching._with_parts(pets, {})
    assert Counter(image.part for image in parted.images) == {"train": 40}
