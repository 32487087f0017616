import hashlib
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tl_core.datasets.dataset import Dataset, LabeledImage
from tl_core.datasets.editing import edited
from tl_core.datasets.edits import Edit
from tl_core.datasets.splits import counts_of, parts_of, split
from tl_core.errors import DatasetRefused, SettingInvalid


def digest(text):
    return hashlib.sha256(str(text).encode()).hexdigest()


def dataset(rows):
    """Return a dataset of (label, picture, part) rows; a picture belongs to one class."""
    images = tuple(
        LabeledImage(
            path=f"{index}.png",
            label=label,
            sha256=digest(("file", index)),
            pixels=digest((label, picture)),
            part=part,
        )
        for index, (label, picture, part) in enumerate(rows)
    )
    return Dataset(id="x", title="x", class_names=("a", "b", "c"), images=images, folder=Path("x"))


def balanced(count, part=""):
    return [(label, picture, part) for label in range(3) for picture in range(count)]


def labels(data, indices):
    return Counter(data.images[index].label for index in indices)


def pictures(data, indices):
    return {data.images[index].pixels for index in indices}


def test_the_images_of_each_side_are_counted_class_by_class():
    rows = [*balanced(5, "train"), *balanced(2, "validation"), (1, 9, "test"), (1, 10, "test")]
    data = dataset(rows)  # two of the five to learn from are held out as well
    assert counts_of(data, split(data, validation=0.2, seed=0)) == [(3, 2, 0), (3, 2, 2), (3, 2, 0)]


ROWS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 12),
        st.sampled_from(["", "", "train", "validation", "test"]),
    ),
    max_size=60,
).map(lambda rows: rows + balanced(1, "train"))
UNDIVIDED = ROWS.map(lambda rows: [(label, picture, "") for label, picture, _ in rows])
SHARES = st.floats(0, 0.49)
unhurried = examples(deadline=None)  # a shared machine may pause at any moment
SEEDS = st.integers(-(2**70), 2**70)


def divided(rows, validation, test, seed):
    """Return the dataset and its split; None where all pictures of a class are in other parts."""
    data = dataset(rows)
    try:
        return data, split(data, validation=validation, test=test, seed=seed)
    except DatasetRefused:
        return data, None


@unhurried
@given(ROWS, SHARES, SHARES, SEEDS)
def test_every_image_is_used_once_or_counted_as_dropped(rows, validation, test, seed):
    _, made = divided(rows, validation, test, seed)
    if made:
        used = made.train + made.validation + made.test
        assert len(used) == len(set(used)) == len(rows) - made.dropped
        for side in (made.train, made.validation, made.test):
            assert list(side) == sorted(side)


@unhurried
@given(ROWS, SHARES, SHARES, SEEDS)
def test_no_picture_is_on_two_sides(rows, validation, test, seed):
    data, made = divided(rows, validation, test, seed)
    if made:
        sides = [pictures(data, side) for side in (made.train, made.validation, made.test)]
        assert sum(map(len, sides)) == len(set.union(*sides))


@unhurried
@given(ROWS, SHARES, SHARES, SEEDS)
def test_a_part_that_came_with_the_dataset_is_kept(rows, validation, test, seed):
    data, made = divided(rows, validation, test, seed)
    if made:
        of_part = defaultdict(set)
        for index, image in enumerate(data.images):
            of_part[image.part].add(index)
        if of_part["test"]:
            assert set(made.test) == of_part["test"]
        own = {i for i in of_part["validation"] if i not in made.validation}
        assert pictures(data, own) <= pictures(data, made.test)  # left only for the test's sake
        assert set(made.train) <= of_part[""] | of_part["train"]


@unhurried
@given(UNDIVIDED, st.floats(0.01, 0.49), st.sampled_from([0.0, 0.2]), SEEDS)
def test_every_class_is_on_every_side_if_it_has_enough_pictures(rows, validation, test, seed):
    data, made = divided(rows, validation, test, seed)
    assert made and made.dropped == 0
    for label in range(3):
        groups = len({image.pixels for image in data.images if image.label == label})
        sides = [labels(data, side)[label] for side in (made.train, made.validation, made.test)]
        assert sides[0] > 0
        assert (sides[1] > 0) == (groups >= 2)
        assert (sides[2] > 0) == (groups >= 3 and test > 0)


@unhurried
@given(UNDIVIDED, SHARES, SEEDS)
def test_the_split_depends_on_content_and_seed_only(rows, validation, seed):
    data = dataset(rows)
    order = sorted(range(len(rows)), key=lambda index: digest(index))
    shuffled = Dataset(
        id="y",
        title="y",
        class_names=data.class_names,
        images=tuple(data.images[index] for index in order),
        folder=Path("y"),
    )
    first = split(data, validation=validation, seed=seed)
    second = split(shuffled, validation=validation, seed=seed)
    assert pictures(data, first.validation) == pictures(shuffled, second.validation)
    assert first == split(data, validation=validation, seed=seed)


@unhurried
@given(st.integers(2, 40), st.floats(0, 0.4), st.floats(0, 0.4))
def test_shares_are_met_to_the_nearest_image(count, validation, test):
    data = dataset(balanced(count))
    made = split(data, validation=validation, test=test, seed=1)
    for share, side in ((validation, made.validation), (test, made.test)):
        for number in labels(data, side).values():
            assert abs(number - share * count) <= 0.5 + 1e-9 or number == 1


def test_large_groups_do_not_fill_validation():
    # 8 of 10 images are one picture: it must not be what the model is judged by
    rows = [(0, 0, "")] * 8 + [(0, 1, ""), (0, 2, "")] + balanced(10)[10:]
    for seed in range(20):
        data = dataset(rows)
        made = split(data, validation=0.2, seed=seed)
        assert labels(data, made.validation)[0] == 2
        assert digest((0, 0)) not in pictures(data, made.validation)


def test_another_seed_is_another_split():
    data = dataset(balanced(20))
    made = {split(data, validation=0.2, seed=seed).validation for seed in range(10)}
    assert len(made) == 10
    # written down: another machine or version must not compute another one
    assert split(dataset(balanced(5)), validation=0.2, seed=7).validation == (3, 6, 14)


def test_copies_of_judged_images_are_dropped_from_training():
    rows = [*balanced(4, "train"), (0, 0, "validation"), (1, 1, "test"), (2, 9, "validation")]
    rows += [(2, 9, "test")]
    made = split(dataset(rows), validation=0.3, seed=0)
    assert made.validation == (12,)  # 14 shows the same as 15, which is kept for the test
    assert made.test == (13, 15)
    assert set(range(12)) - set(made.train) == {0, 5}
    assert made.dropped == 3


def test_a_class_without_training_images_is_refused():
    rows = [*balanced(1, "train"), (0, 0, "validation")]
    with pytest.raises(DatasetRefused, match="The class a has no image to learn from"):
        split(dataset(rows), validation=0.2, seed=0)


@pytest.mark.parametrize(
    ("validation", "test"),
    [(-0.1, 0), (1, 0), (0.2, -0.1), (0.5, 0.5), (float("nan"), 0), (0.2, float("inf"))],
)
def test_impossible_shares_are_refused(validation, test):
    with pytest.raises(SettingInvalid, match="below 1"):
        split(dataset(balanced(4)), validation=validation, test=test, seed=0)
    assert split(dataset(balanced(4)), validation=0, test=0, seed=0).validation == ()


def sides(data, made):
    """Return file -> side."""
    named = {"train": made.train, "validation": made.validation, "test": made.test}
    return {data.images[i].sha256: side for side, indices in named.items() for i in indices}


def with_edit(data, edit):
    names, images = edited(data, edit)
    return Dataset(id="y", title="y", class_names=names, images=images, folder=Path("y"))


@unhurried
@given(st.integers(8, 40), st.floats(0.05, 0.4), st.sampled_from([0.0, 0.1, 0.3]), SEEDS, st.data())
def test_relabelling_moves_at_most_one_image_over_each_border(count, validation, test, seed, data):
    """The sides keep their sizes: for the one that came or went, at most its neighbour changes sides."""
    before = dataset(balanced(count))
    corrected = data.draw(st.sampled_from([i.sha256 for i in before.images if i.label == 0]))
    after = with_edit(before, Edit(relabel={corrected: "b"}))
    old = sides(before, split(before, validation=validation, test=test, seed=seed))
    new = sides(after, split(after, validation=validation, test=test, seed=seed))
    label = {image.sha256: image.label for image in after.images}
    changed = Counter(label[file] for file in old if old[file] != new[file] and file != corrected)
    assert changed[2] == 0
    assert max(changed[0], changed[1]) <= (2 if test else 1)
    crossed = {(old[file], new[file]) for file in old if file != corrected} - {
        (side, side) for side in ("train", "validation", "test")
    }
    assert all("train" in sides for sides in crossed)  # never from one judge to the other


@unhurried
@given(st.integers(8, 40), st.floats(0.05, 0.4), st.sampled_from([0.0, 0.1, 0.3]), SEEDS, st.data())
def test_with_fixed_parts_relabelling_changes_no_side_at_all(count, validation, test, seed, data):
    before = dataset(balanced(count))
    made = split(before, validation=validation, test=test, seed=seed)
    learned = [before.images[index].sha256 for index in made.train]
    corrected = data.draw(st.sampled_from(learned))
    if min(labels(before, made.train).values()) < 6:
        return  # too small to lose one
    target = "b" if before.images[[i.sha256 for i in before.images].index(corrected)].label else "c"
    edit = Edit(relabel={corrected: target}, move=parts_of(before, made))
    after = with_edit(before, edit)
    # neither the share nor the seed matters any more
    again = split(after, validation=0.5, test=0.0 if not test else 0.4, seed=seed + 1)
    assert sides(after, again) == sides(before, made)


def test_dropping_an_image_leaves_the_other_classes_alone():
    before = dataset(balanced(20))
    old = sides(before, split(before, validation=0.2, seed=3))
    for image in before.images[:20]:
        after = with_edit(before, Edit(drop=frozenset([image.sha256])))
        new = sides(after, split(after, validation=0.2, seed=3))
        changed = [file for file in new if new[file] != old[file]]
        assert len(changed) <= 1


@unhurried
@given(st.integers(5, 60), st.floats(0.02, 0.4), st.floats(0.02, 0.4), SEEDS)
def test_neither_share_changes_the_images_of_the_other(count, validation, test, seed):
    data = dataset(balanced(count))
    made = split(data, validation=validation, test=test, seed=seed)
    assert made.test == split(data, validation=0.0, test=test, seed=seed).test
    assert made.validation == split(data, validation=validation, seed=seed).validation
    for label in range(3):
        assert labels(data, made.test)[label] == max(1, int(test * count + 0.5))
