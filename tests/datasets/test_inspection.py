"""What spoils a result is found, with its images and a fix that mends it; a good dataset is left in peace."""

import io
import json
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.datasets.importing import import_files
from tests.datasets.samples import jpeg, photo, photos, quiet
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.checking.findings import KINDS, Finding, Severity
from tl_core.datasets.checking.inspection import inspect
from tl_core.datasets.dataset import Dataset, LabeledImage, Skipped
from tl_core.datasets.edits import Edit
from tl_core.datasets.splits import Split, parts_of, split
from tl_core.datasets.versions import new_version
from tl_core.errors import JobCancelled
from tl_core.wording import Sentence


def imported(**classes):
    return import_files(classes, "Pets", quiet)


def findings(dataset, validation=0.2, seed=0, divided=None):
    """Return kind -> finding."""
    divided = divided or split(dataset, validation=validation, seed=seed)
    return {one.kind: one for one in inspect(dataset, divided, quiet)}


def sha_of(dataset, data):
    (image,) = {image for image in dataset.images if dataset.read(image) == data}
    return image.sha256


def near(number):
    """Return the same photo as ``photos(1, number)``, saved smaller."""
    return f"near {number}.jpg", jpeg(photo(number, change=lambda one: one.resize((80, 80))), 70)


@pytest.fixture
def pets():
    return imported(cats=photos(20), dogs=photos(20, 100))


def test_a_good_dataset_is_left_in_peace_but_for_its_size(pets):
    found = findings(pets)
    assert list(found) == ["few-to-judge"]
    assert found["few-to-judge"].severity is Severity.DOUBTFUL
    assert "8 images judge the model: 7 right answers" in str(found["few-to-judge"].sentence)
    assert "53 to 98 %" in str(found["few-to-judge"].sentence)


@pytest.mark.parametrize(
    ("judged", "severity"),
    [
        (0, Severity.SERIOUS),
        (37, Severity.DOUBTFUL),
        (38, Severity.NOTE),
        (140, Severity.NOTE),
        (141, None),
        (2000, None),
    ],
)
def test_the_number_of_judging_images_is_weighed_by_its_interval(pets, judged, severity):
    made = Split(train=tuple(range(40)), validation=tuple(range(judged)), test=())
    few = replace(pets, images=pets.images * 60) if judged > 40 else pets
    found = findings(few, divided=made).get("few-to-judge")
    assert (found.severity if found else None) == severity


def test_files_that_cannot_be_read_are_found_and_left_out(pets):
    gone, changed, cut = pets.images[0], pets.images[5], pets.images[30]
    (pets.folder / gone.path).unlink()
    (pets.folder / changed.path).write_bytes(b"another file")
    path = pets.folder / cut.path
    path.write_bytes(path.read_bytes()[:200])
    found = findings(pets)["unreadable"]
    assert found.severity is Severity.SERIOUS
    assert set(found.groups) == {(one.sha256,) for one in (gone, changed, cut)}
    mended = new_version(pets, found.fix)
    assert len(mended.images) == 37 and "unreadable" not in findings(mended)


def test_tiny_images_are_found_and_left_out():
    pets = imported(
        cats=[*photos(9), *photos(1, 50, side=63)], dogs=[*photos(9, 100), *photos(1, 60, side=64)]
    )
    found = findings(pets)["tiny"]
    assert found.groups == ((sha_of(pets, photos(1, 50, side=63)[0][1]),),)
    assert found.sentence.values == {"count": 1, "side": 64}
    assert "tiny" not in findings(new_version(pets, found.fix))


def test_a_thin_image_is_tiny_though_it_is_long():
    long = jpeg(np.asarray(Image.fromarray(photo(70)).resize((900, 30))))
    pets = imported(cats=[*photos(9), ("long.jpg", long)], dogs=photos(9, 100))
    assert findings(pets)["tiny"].groups == ((sha_of(pets, long),),)


def test_no_fix_is_offered_that_would_leave_nothing_to_learn_from():
    pets = imported(cats=photos(9, side=32), dogs=photos(9, 100))
    found = findings(pets)["tiny"]
    assert len(found.groups) == 9 and found.fix is None


def test_exact_copies_are_found_and_one_of_each_is_kept():
    twice = photos(1)[0][1]  # the same file twice, and once more in another format
    rows = np.asarray(photo(3))
    drawn = [("a.png", png(rows)), ("b.bmp", png(rows, "BMP"))]
    pets = imported(cats=[*photos(9), ("copy.jpg", twice), *drawn], dogs=photos(9, 100))
    found = findings(pets)["copies"]
    assert found.severity is Severity.NOTE and found.sentence.values == {"count": 2}
    assert sorted(len(group) for group in found.groups) == [2, 2]
    mended = new_version(pets, found.fix)
    assert mended.count_by_class == {"cats": 10, "dogs": 9}
    assert sha_of(mended, twice)
    assert "copies" not in findings(mended)


def png(pixels, kind="PNG"):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def divided(dataset, **judged):
    """Return `dataset` with the part of every image fixed; `judged` are part=files."""
    move = {image.sha256: "train" for image in dataset.images}
    for part, data in judged.items():
        move |= {sha_of(dataset, each): part for each in data}
    return new_version(dataset, Edit(move=move))


def test_near_copies_on_one_side_are_a_note():
    pets = imported(cats=[*photos(9), near(3)], dogs=photos(9, 100))
    pets = divided(pets, validation=[photos(1)[0][1]])
    found = findings(pets)
    assert "leak" not in found and found["near-copies"].severity is Severity.NOTE
    expected = {sha_of(pets, near(3)[1]), sha_of(pets, photos(1, 3)[0][1])}
    assert [set(group) for group in found["near-copies"].groups] == [expected]
    assert "near-copies" not in findings(new_version(pets, found["near-copies"].fix))


def test_near_copies_across_the_split_are_serious_and_the_judging_one_is_kept():
    judged = photos(1, 3)[0][1]
    pets = imported(cats=[*photos(9), near(3)], dogs=photos(9, 100))
    pets = divided(pets, validation=[judged])
    found = findings(pets)
    assert "near-copies" not in found and found["leak"].severity is Severity.SERIOUS
    assert found["leak"].groups == ((sha_of(pets, judged), sha_of(pets, near(3)[1])),)
    assert found["leak"].fix.drop == {sha_of(pets, near(3)[1])}
    assert "leak" not in findings(new_version(pets, found["leak"].fix))


def test_whether_near_copies_leak_depends_on_the_split():
    pets = imported(cats=[*photos(9), near(3)], dogs=photos(9, 100))
    kinds = [set(findings(pets, 0.4, seed)) & {"leak", "near-copies"} for seed in range(12)]
    assert {"leak"} in kinds and {"near-copies"} in kinds
    assert all(len(found) == 1 for found in kinds)


def test_exact_copies_of_near_copies_leak_too():
    """Dropping only one of the copies would leave the other on the wrong side."""
    kept = photos(1, 3)[0][1]
    shrunk = photo(3, change=lambda one: one.resize((80, 80)))
    copies = [("a.png", png(shrunk)), ("b.bmp", png(shrunk, "BMP"))]
    pets = imported(cats=[*photos(9), *copies], dogs=photos(9, 100))
    pets = divided(pets, validation=[kept])
    found = findings(pets)
    assert len(found["leak"].groups[0]) == 3
    mended = new_version(pets, found["leak"].fix)
    assert not {"leak", "near-copies", "copies"} & set(findings(mended))
    assert sha_of(mended, kept)


def test_one_picture_with_two_labels_is_found():
    pets = imported(cats=photos(9), dogs=[*photos(9, 100), near(3)])
    found = findings(pets)
    pair = {sha_of(pets, near(3)[1]), sha_of(pets, photos(1, 3)[0][1])}
    assert [set(group) for group in found["two-labels"].groups] == [pair]
    assert not {"leak", "near-copies"} & set(found)
    assert found["two-labels"].fix.drop == pair


def burst(number, count, name):
    """Return frames of a camera that moves over one scene."""
    scene = photo(number, side=300)
    return [
        (f"{name} {start}.jpg", jpeg(scene[:, 2 * start : 2 * start + 200]))
        for start in range(count)
    ]


def test_bursts_of_a_camera_are_kept_on_one_side_each():
    """Dropping all frames but one would leave five images of a hundred."""
    classes = {
        name: [frame for scene in range(10) for frame in burst(start + scene, 5, f"{scene}")]
        for name, start in (("cats", 0), ("dogs", 50))
    }
    pets = imported(**classes)
    found = findings(pets, 0.3)["leak"]
    assert found.fix.move and not found.fix.drop
    mended = new_version(pets, found.fix)
    assert len(mended.images) == 100
    made = split(mended, validation=0.3, seed=0)
    assert 20 <= len(made.validation) <= 40
    for label in (0, 1):
        assert any(mended.images[index].label == label for index in made.validation)
    assert "leak" not in findings(mended)


def test_one_burst_a_class_has_no_fix():
    pets = imported(cats=burst(0, 20, "a"), dogs=burst(50, 20, "b"))
    found = findings(pets)["leak"]
    assert found.fix is None and len(found.groups) == 2


def test_classes_that_are_each_others_mirror_images_are_told():
    left = [(f"{n}.jpg", jpeg(photo(n))) for n in range(10)]
    right = [(f"{n}.jpg", jpeg(photo(n)[:, ::-1])) for n in range(10)]
    found = findings(import_files({"left": left, "right": right}, "Arrows", quiet))
    assert found["mirrored"].severity is Severity.DOUBTFUL
    assert found["mirrored"].sentence.values == {"count": 20}
    assert "two-labels" not in found  # they do not look alike without a mirror
    others = [(f"{n}.jpg", jpeg(photo(n))) for n in range(20, 30)]
    assert "mirrored" not in findings(import_files({"left": left, "right": others}, "Two", quiet))


def test_classes_that_differ_in_a_detail_are_not_dropped_by_one_click():
    scene = photo(7)
    marked = scene.copy()
    marked[:6, :6] = 255
    noise = [
        np.random.default_rng(n).integers(0, 9, scene.shape, dtype=np.uint8) for n in range(12)
    ]
    pets = imported(
        empty=[(f"{n}.jpg", jpeg(scene // 2 + noise[n])) for n in range(6)],
        marked=[(f"{n}.jpg", jpeg(marked // 2 + noise[6 + n])) for n in range(6)],
    )
    found = findings(pets)["two-labels"]
    assert found.severity is Severity.DOUBTFUL and found.fix is None
    assert sum(map(len, found.groups)) == 12


@pytest.mark.parametrize(("most", "told"), [(14, False), (15, True)])
def test_imbalance_is_told_from_three_to_one(most, told):
    pets = imported(cats=photos(most), dogs=photos(5, 100), foxes=photos(8, 200))
    assert ("imbalance" in findings(pets)) == told


def test_imbalance_is_mended_and_compared_with_the_largest_class():
    pets = imported(cats=photos(40), dogs=photos(6, 100), foxes=photos(14, 200))
    found = findings(pets)["imbalance"]
    assert found.sentence.values == {
        "largest": "cats",
        "most": 40,
        "smallest": "dogs",
        "fewest": 6,
        "share": 67,
    }
    mended = new_version(pets, found.fix)
    assert mended.count_by_class == {"cats": 12, "dogs": 6, "foxes": 12}
    assert "imbalance" not in findings(mended)
    assert found.fix == findings(pets)["imbalance"].fix


def test_imbalance_counts_what_is_learned_from():
    pets = imported(cats=photos(12), dogs=photos(12, 100))
    judged = [data for _, data in photos(7)]
    uneven = divided(pets, validation=judged)
    assert uneven.count_by_class == {"cats": 12, "dogs": 12}
    found = findings(uneven)
    assert "imbalance" not in found  # 5 to 12
    judged = [data for _, data in photos(8)]
    made = {image.sha256: image for image in pets.images}
    parts = {sha_of(pets, data): "validation" for data in judged}
    images = tuple(replace(one, part=parts.get(key, "train")) for key, one in made.items())
    uneven = replace(pets, images=tuple(sorted(images, key=LabeledImage.order)))
    assert "imbalance" in findings(uneven)  # 4 to 12


def test_one_class_is_serious(pets):
    cats = tuple(image for image in pets.images if image.label == 0)
    one = replace(pets, class_names=("cats",), images=cats)
    found = findings(one)
    assert found["one-class"].severity is Severity.SERIOUS
    assert "one-class" not in findings(pets)


def test_skipped_files_are_told_of():
    pets = imported(cats=[*photos(9), ("cut.jpg", b"\xff\xd8\xff")], dogs=photos(9, 100))
    found = findings(pets)["skipped"]
    assert str(found.sentence).startswith("Files that were left out when the dataset was made: 1")
    assert "cats/cut.jpg" in str(found.sentence) and found.fix is None


def test_a_hostile_name_cannot_break_a_sentence(pets):
    evil = Skipped(name="{0.__class__} {count!r:>999999}", sentence=Sentence(template="x"))
    found = findings(replace(pets, skipped=(evil,)))["skipped"]
    assert "{0.__class__}" in str(found.sentence)


def test_an_empty_dataset_is_no_fault_of_the_program():
    empty = Dataset(id="x", title="x", class_names=(), images=(), folder=Path("x"))
    assert "one-class" in findings(empty)


def test_findings_come_in_the_order_of_their_kinds_and_survive_json():
    pets = imported(
        cats=[*photos(20), near(3), *photos(1, 50, side=40), ("cut.jpg", b"\xff\xd8\xff")],
        dogs=[*photos(5, 100), ("again.jpg", photos(1, 100)[0][1])],
    )
    found = inspect(pets, split(pets, validation=0.2, seed=0), quiet)
    kinds = [one.kind for one in found]
    assert kinds == sorted(kinds, key=KINDS.index) and len(set(kinds)) == len(kinds) >= 5
    restored = [Finding.from_json(json.loads(json.dumps(one.to_json()))) for one in found]
    assert restored == list(found)


def test_every_image_is_counted_and_stop_is_heard_at_once(pets):
    calls = []
    inspect(pets, split(pets, validation=0.2, seed=0), lambda *call: calls.append(call))
    assert calls[0][:2] == (0, 40) and calls[-1][:2] == (40, 40)
    seen = []

    def stop(done, total, message):
        seen.append(done)
        if len(seen) == 3:
            raise JobCancelled("Stopped.")

    with pytest.raises(JobCancelled):
        inspect(pets, split(pets, validation=0.2, seed=0), stop)
    assert len(seen) == 3
    assert not [each for each in threading.enumerate() if each.name.startswith("look")]


def test_the_built_in_dataset_has_nothing_to_mend():
    emoji = get_dataset("emoji")
    found = findings(emoji)
    assert list(found) == ["few-to-judge"]
    assert found["few-to-judge"].severity is Severity.NOTE


def test_a_divided_dataset_keeps_its_parts_in_a_fix(pets):
    made = split(pets, validation=0.3, seed=1)
    fixed = new_version(pets, Edit(move=parts_of(pets, made)))
    again = split(fixed, validation=0.9, seed=7)
    judged = {pets.images[index].sha256 for index in made.validation}
    assert {fixed.images[index].sha256 for index in again.validation} == judged
