"""What a split leaves too little of to judge with is said before anything is trained."""

from dataclasses import replace

import pytest

from tests.datasets.importing import import_groups, placed_in_memory
from tests.datasets.samples import jpeg, photo, photos, quiet
from tl_core.datasets.bringing.importer import import_placed
from tl_core.datasets.checking.copies import find_copies
from tl_core.datasets.checking.findings import Finding, Severity
from tl_core.datasets.checking.inspection import inspect
from tl_core.datasets.checking.lookalikes import look_into
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.splits import split, unjudged
from tl_core.datasets.versions import new_version
from tl_core.images import opened


def in_parts(**classes: tuple[int, int]) -> Dataset:
    """Import classes of so many photos to learn from and to judge with."""
    placed = []
    for number, (name, counts) in enumerate(classes.items()):
        files = photos(sum(counts), 100 * number)
        for place, (entry, where) in enumerate(placed_in_memory({name: files})):
            part = "train" if place < counts[0] else "validation"
            placed.append((entry, replace(where, part=part)))
    return import_placed(placed, "Pets", quiet)


def pupils(count: int, images: int = 4) -> Dataset:
    return import_groups(
        {
            f"pupil {pupil}": {
                name: photos(images, 1000 * label + 20 * pupil)
                for label, name in enumerate(("cats", "dogs"))
            }
            for pupil in range(count)
        },
        "Pets",
    )


def found(dataset: Dataset, validation: float = 0.2) -> dict[str, Finding]:
    made = split(dataset, validation=validation, seed=0)
    return {one.kind: one for one in inspect(dataset, made, quiet)}


def test_a_class_without_validation_photos_is_said_before_training() -> None:
    pets = in_parts(cats=(6, 4), dogs=(6, 4), hens=(6, 0), owls=(6, 0))
    assert unjudged(pets, split(pets, validation=0.2, seed=0)) == ["hens", "owls"]
    finding = found(pets)["unjudged"]
    assert finding.severity is Severity.DOUBTFUL
    assert "without a validation image: hens, owls. " in str(finding.sentence)
    assert "dash" in str(finding.sentence)
    assert "unjudged" not in found(in_parts(cats=(6, 4), dogs=(6, 4)))


def test_without_any_validation_photo_only_that_is_said() -> None:
    kinds = found(in_parts(cats=(6, 0), dogs=(6, 0)), validation=0.0)
    assert "unjudged" not in kinds and kinds["few-to-judge"].severity is Severity.SERIOUS


@pytest.mark.parametrize(
    ("count", "share", "told", "severity"),
    [
        (5, 0.2, "judge the model: 1 of 5.", Severity.DOUBTFUL),
        (10, 0.3, "judge the model: 3 of 10.", Severity.NOTE),
        (10, 0.5, None, None),
    ],
)
def test_few_groups_that_judge_are_told_of(
    count: int, share: float, told: str | None, severity: Severity | None
) -> None:
    finding = found(pupils(count), share).get("few-groups")
    assert (finding and finding.severity) == severity
    assert told is None or (finding and told in str(finding.sentence))


def test_photos_without_groups_are_no_few_groups() -> None:
    assert "few-groups" not in found(in_parts(cats=(6, 2), dogs=(6, 2)))


def test_near_copies_go_to_one_side_with_all_of_their_groups() -> None:
    """Every pupil photographed the scene of the next one too: dropping all of that would leave too little."""

    def frames(scene: int, first: int) -> list[tuple[str, bytes]]:
        whole = photo(scene, side=300)
        starts = range(first, first + 6, 2)
        return [(f"{scene} {start}.jpg", jpeg(whole[:, start : start + 200])) for start in starts]

    pets = import_groups(
        {
            f"pupil {pupil}": {
                name: frames(start + pupil // 2, 10 * (pupil % 2))
                for name, start in (("cats", 0), ("dogs", 50))
            }
            for pupil in range(20)
        },
        "Pets",
    )
    looks = {}
    for image in pets.images:
        with opened(pets.read(image), image.shown) as file:
            looks[image.sha256] = look_into(file)
    made = split(pets, validation=0.3, seed=0)
    leak = {one.kind: one for one in find_copies(pets, made, looks)}["leak"]
    assert leak.fix and leak.fix.move
    mended = new_version(pets, leak.fix)
    part_of: dict[str, set[str]] = {}
    for image in mended.images:
        part_of.setdefault(image.group, set()).add(image.part)
    assert all(len(parts) == 1 for parts in part_of.values())
    for scene in range(10):  # two pupils each
        assert part_of[f"pupil {2 * scene}"] == part_of[f"pupil {2 * scene + 1}"]
    assert "leak" not in {
        one.kind for one in find_copies(mended, split(mended, validation=0.3, seed=0), looks)
    }
