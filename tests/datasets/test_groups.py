"""Groups (patients, pupils, folds) are never divided, in whatever classes their images stand."""

import hashlib
from collections import Counter, defaultdict
from itertools import product
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tl_core.datasets.dataset import Dataset, LabeledImage
from tl_core.datasets.kinship import kin_of
from tl_core.datasets.splits import split, unjudged
from tl_core.errors import DatasetRefused

unhurried = examples(deadline=None)
SEEDS = st.integers(-(2**70), 2**70)
SHARES = st.floats(0.05, 0.45)


def digest(text):
    return hashlib.sha256(str(text).encode()).hexdigest()


def dataset(rows, classes=3):
    """Return a dataset of (label, picture, group, part) rows; what is missing at the end is empty."""
    images = []
    for index, row in enumerate(rows):
        label, picture, group, part = (*row, "", "")[:4]
        images.append(
            LabeledImage(
                path=f"{index}.png",
                label=label,
                sha256=digest(("file", index)),
                pixels=digest((label, picture)),
                group=group,
                part=part,
            )
        )
    names = tuple("abcdefghij"[:classes])
    return Dataset(id="x", title="x", class_names=names, images=tuple(images), folder=Path("x"))


def pupils(count, images=4, classes=3):
    """Return rows of pupils who each took as many photos of every class."""
    numbered = product(range(count), range(classes), range(images))
    return [(label, (pupil, n), f"pupil {pupil}") for pupil, label, n in numbered]


def sides_of(data, made):
    named = {"train": made.train, "validation": made.validation, "test": made.test}
    return {index: side for side, indices in named.items() for index in indices}


def labels(data, indices):
    return Counter(data.images[index].label for index in indices)


ROWS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 25),
        st.sampled_from(["", "", "a", "b", "c", "d", "e", "f"]),
        st.sampled_from(["", "", "", "train", "validation", "test"]),
    ),
    max_size=80,
)
UNDIVIDED = ROWS.map(lambda rows: [(label, picture, group) for label, picture, group, _ in rows])


def divided(data, validation, test, seed):
    """Return the split, or None where groups or parts leave nothing to learn from."""
    try:
        return split(data, validation=validation, test=test, seed=seed)
    except DatasetRefused:
        return None


@unhurried
@given(ROWS, SHARES, st.sampled_from([0.0, 0.2]), SEEDS)
def test_no_group_and_no_picture_is_on_two_sides(rows, validation, test, seed):
    data = dataset(rows)
    made = divided(data, validation, test, seed)
    if made:
        found = defaultdict(set)
        for index, side in sides_of(data, made).items():
            found["picture", data.images[index].pixels].add(side)
            if data.images[index].group:
                found["group", data.images[index].group].add(side)
        assert all(len(sides) == 1 for sides in found.values())


@unhurried
@given(ROWS, SHARES, SEEDS)
def test_a_part_that_came_with_the_dataset_stays_and_what_belongs_to_it_is_not_learned(
    rows, validation, seed
):
    data = dataset(rows)
    made = divided(data, validation, 0.0, seed)
    if made:
        came = {index for index, image in enumerate(data.images) if image.part == "test"}
        assert not came or set(made.test) == came
        kin = kin_of(data.images)
        held = {kin[index] for index in came}
        lost = [i for i, image in enumerate(data.images) if kin[i] in held and i not in came]
        assert not set(lost) & {*made.train, *made.validation}
        assert made.dropped >= len(lost)


@unhurried
@given(UNDIVIDED, SHARES, st.sampled_from([0.0, 0.2]), SEEDS)
def test_every_image_is_used_and_every_class_is_learned(rows, validation, test, seed):
    data = dataset([*rows, *pupils(2, 1)])
    made = split(data, validation=validation, test=test, seed=seed)
    assert made.dropped == 0
    assert sorted([*made.train, *made.validation, *made.test]) == list(range(len(data.images)))
    assert set(labels(data, made.train)) == {0, 1, 2}
    assert made.validation


@unhurried
@given(UNDIVIDED, SHARES, SEEDS)
def test_the_split_depends_on_content_and_seed_only(rows, validation, seed):
    data = dataset([*rows, *pupils(3, 1)])
    order = sorted(range(len(data.images)), key=lambda index: digest(("other", index)))
    shuffled = Dataset(
        id="y",
        title="y",
        class_names=data.class_names,
        images=tuple(data.images[index] for index in order),
        folder=Path("y"),
    )
    first = split(data, validation=validation, test=0.1, seed=seed)
    second = split(shuffled, validation=validation, test=0.1, seed=seed)
    for side in ("train", "validation", "test"):
        files = {data.images[index].sha256 for index in getattr(first, side)}
        assert files == {shuffled.images[index].sha256 for index in getattr(second, side)}


@unhurried
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 12)), min_size=6, max_size=30),
    SHARES,
    SEEDS,
)
def test_shares_are_met_as_near_as_whole_groups_allow(patients, validation, seed):
    """Where every group is of one class, the share is missed by half of a group at most."""
    patients = [(label, 3) for label in range(3) for _ in range(2)] + patients
    rows = [
        (label, (patient, n), f"patient {patient}")
        for patient, (label, size) in enumerate(patients)
        for n in range(size)
    ]
    data = dataset(rows)
    made = split(data, validation=validation, seed=seed)
    assert not unjudged(data, made)
    for label, wanted in labels(data, range(len(rows))).items():
        sizes = sorted(size for one, size in patients if one == label)
        missed = abs(labels(data, made.validation)[label] - max(1, int(validation * wanted + 0.5)))
        # one group has to be there, and one has to be left
        assert missed <= max(sizes[-1] / 2, sizes[0]) + 1


@unhurried
@given(
    st.lists(st.sets(st.integers(0, 3), min_size=1), min_size=2, max_size=7),
    SHARES,
    st.sampled_from([0.0, 0.2]),
    SEEDS,
)
@example([{2}, {1, 3}, {0, 1, 3}, {0, 2, 3}], 0.2, 0.0, 1)  # one move at a time finds no way
@example([{0}, {1, 2}, {0, 3}, {2, 3}, {1, 3}], 0.2, 0.0, 1)
def test_as_many_classes_are_judged_as_any_choice_of_groups_could(groups, validation, test, seed):
    rows = [
        (label, (name, n), f"group {name}")
        for name, classes in enumerate(groups)
        for label in classes
        for n in range(3 + name)
    ]
    held = Counter(label for classes in groups for label in classes)
    data = dataset(rows, classes=4)
    if len(held) < 4 or min(held.values()) < 2:
        assert divided(data, validation, test, seed) is None
        return
    everything, fewest = {0, 1, 2, 3}, 4
    for chosen in product([False, True], repeat=len(groups)):
        judged = set().union(*(one for one, inside in zip(groups, chosen, strict=True) if inside))
        learned = set().union(
            *(one for one, inside in zip(groups, chosen, strict=True) if not inside)
        )
        if learned == everything:
            fewest = min(fewest, len(everything - judged))
    made = split(data, validation=validation, test=test, seed=seed)
    assert len(unjudged(data, made)) == fewest


def test_pupils_stay_whole_and_another_seed_chooses_others():
    data = dataset(pupils(5))
    chosen = set()
    for seed in range(30):
        made = split(data, validation=0.2, seed=seed)
        (pupil,) = {data.images[index].group for index in made.validation}
        assert labels(data, made.validation) == {0: 4, 1: 4, 2: 4}
        chosen.add(pupil)
    assert len(chosen) == 5
    # written down: another machine or version must not compute another one
    written = [split(data, validation=0.2, seed=seed).validation[0] for seed in (7, 8, 9)]
    assert [data.images[index].group for index in written] == ["pupil 0", "pupil 3", "pupil 3"]


def test_test_images_are_whole_groups_of_their_own():
    data = dataset(pupils(10))
    made = split(data, validation=0.2, test=0.3, seed=1)
    counts = [len({data.images[i].group for i in side}) for side in (made.validation, made.test)]
    assert counts == [2, 3]


def test_a_picture_in_two_groups_joins_them():
    rows = [*pupils(6), (0, "same", "pupil 0"), (0, "same", "pupil 1")]
    data = dataset(rows)
    for seed in range(20):
        side = sides_of(data, split(data, validation=0.3, seed=seed))
        of = defaultdict(set)
        for index, image in enumerate(data.images):
            of[image.group].add(side[index])
        assert of["pupil 0"] == of["pupil 1"]
    assert len(set(kin_of(data.images))) == 5  # and the four others by themselves


@pytest.mark.parametrize("seed", range(5))
def test_a_lost_image_moves_few_others(seed):
    rows = pupils(40, 3)
    data = dataset(rows)
    before = sides_of(data, split(data, validation=0.2, seed=seed))
    moved = []
    for lost in range(0, len(rows), 7):
        fewer = dataset(rows[:lost] + rows[lost + 1 :])
        after = sides_of(fewer, split(fewer, validation=0.2, seed=seed))
        kept = {fewer.images[index].pixels: side for index, side in after.items()}
        changed = [
            i for i, side in before.items() if i != lost and kept[data.images[i].pixels] != side
        ]
        moved.append(len({data.images[i].group for i in changed}))
    assert sum(moved) / len(moved) <= 2 and max(moved) <= 6  # of 40 groups


def test_one_group_alone_is_refused_with_what_to_do():
    data = dataset([(label, n, "Kim") for label in range(3) for n in range(5)])
    with pytest.raises(DatasetRefused, match=r"one group \(Kim\).*images of another group"):
        split(data, validation=0.2, seed=0)
    assert split(data, validation=0.0, seed=0).validation == ()  # nobody asked to judge


def test_a_class_that_one_group_holds_is_refused_with_what_to_do():
    rows = [*pupils(4, classes=2), *((2, n, "pupil 3") for n in range(9))]
    with pytest.raises(DatasetRefused, match=r"class c .* one group \(pupil 3\).*switch it off"):
        split(dataset(rows), validation=0.2, seed=0)
    rows[-1] = (2, 90, "pupil 0")
    rows[-2] = (2, 91, "")  # one photo without a group is enough to judge, or to learn from
    assert unjudged(dataset(rows), split(dataset(rows), validation=0.2, seed=0)) == []


def test_a_class_whose_groups_are_all_held_out_is_refused_with_the_reason():
    rows = [*pupils(4, classes=2)]
    rows += [(2, n, "Lee", "train") for n in range(4)] + [(2, 9, "Lee", "test")]
    rows = [(*row[:3], row[3] if len(row) > 3 else "train") for row in rows]
    with pytest.raises(DatasetRefused, match="others of their groups"):
        split(dataset(rows), validation=0.2, seed=0)


def test_without_groups_everything_is_divided_as_it_always_was():
    """The digest was taken before there were groups: finished runs must find their sides again."""
    found = hashlib.sha256()
    for number in range(300):
        draw = hashlib.shake_256(f"dataset {number}".encode()).digest(400)
        size, pictures, parts = 3 + draw[0] % 90, 3 + draw[1] % 30, draw[2] % 2
        rows = [(label, 0, "", "train" if parts else "") for label in range(3)]
        for n in range(size):
            label, picture, part = draw[3 + n] % 3, draw[100 + n] % pictures, draw[200 + n] % 6
            named = ["", "train", "train", "train", "validation", "test"][part] if parts else ""
            rows.append((label, picture, "", named))
        for validation, test in ((0.2, 0.0), (0.35, 0.2)):
            made = divided(dataset(rows), validation, test, seed=number)
            sides = made and (made.train, made.validation, made.test, made.dropped)
            found.update(repr(sides).encode())
    assert found.hexdigest() == "11f5abcd9d312bb5d4557997ae76304d89790e2dc109b5878583d4fa6d10b38d"
