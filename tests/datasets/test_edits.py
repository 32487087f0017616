"""An edit changes what it names, nothing else, and never leaves what cannot teach."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tl_core.datasets.dataset import PARTS, Dataset, LabeledImage
from tl_core.datasets.editing import edited, sentences_about
from tl_core.datasets.edits import Edit
from tl_core.errors import DatasetRefused, SettingInvalid

unhurried = examples(deadline=None)  # a shared machine may pause at any moment
CLASSES = ("cats", "dogs", "foxes")


def digest(text):
    return hashlib.sha256(str(text).encode()).hexdigest()


def file_of(label, number):
    return digest(("file", label, number))


def pets(count=6, part="", extra=()):
    """Return a dataset with `count` images a class; `extra` are (label, file number, picture, part)."""
    rows = [(label, number, number, part) for label in range(3) for number in range(count)]
    images = tuple(
        LabeledImage(
            path=f"{label}/{number}.png",
            label=label,
            sha256=file_of(label, number),
            pixels=digest(("picture", label, picture)),
            part=part,
        )
        for label, number, picture, part in [*rows, *extra]
    )
    return Dataset(
        id="x",
        title="Pets",
        class_names=CLASSES,
        images=tuple(sorted(images, key=LabeledImage.order)),
        folder=Path("x"),
    )


def classes_of(content):
    """Return SHA-256 -> class name, and SHA-256 -> part."""
    names, images = content
    return {i.sha256: names[i.label] for i in images}, {i.sha256: i.part for i in images}


def test_relabelled_images_change_their_class_and_nothing_else():
    before, _ = classes_of((CLASSES, pets().images))
    after, parts = classes_of(edited(pets(), Edit(relabel={file_of(0, 1): "dogs"})))
    assert after == before | {file_of(0, 1): "dogs"}
    assert set(parts.values()) == {""}


def test_copies_of_a_picture_are_relabelled_together():
    copied = pets(extra=[(0, 50, 1, "")])
    after, _ = classes_of(edited(copied, Edit(relabel={file_of(0, 1): "dogs"})))
    assert after[file_of(0, 50)] == after[file_of(0, 1)] == "dogs"
    assert after[file_of(0, 2)] == "cats"


def test_copies_given_to_two_classes_are_refused():
    copied = pets(7, extra=[(0, 50, 1, "")])
    edit = Edit(relabel={file_of(0, 1): "dogs", file_of(0, 50): "foxes"})
    with pytest.raises(DatasetRefused, match="exactly the same picture"):
        edited(copied, edit)


def test_one_of_several_equal_files_is_kept():
    equal = pets(extra=[(0, 1, 1, "")])
    assert len(edited(equal, Edit(drop=frozenset([file_of(0, 1)])))[1]) == 17
    kept, _ = classes_of(edited(equal, Edit(once=frozenset([file_of(0, 1)]))))
    assert len(edited(equal, Edit(once=frozenset([file_of(0, 1)])))[1]) == 18
    assert file_of(0, 1) in kept


def test_merged_and_switched_off_classes_go_and_names_are_in_natural_order():
    names, images = edited(pets(), Edit(merge={"cats": "dogs"}, rename={"dogs": "Zoo 10"}))
    assert names == ("foxes", "Zoo 10")
    assert [sum(i.label == label for i in images) for label in (0, 1)] == [6, 12]
    names, images = edited(pets(), Edit(off=frozenset(["cats"])))
    assert names == ("dogs", "foxes") and len(images) == 12


def test_two_names_can_be_exchanged():
    after, _ = classes_of(edited(pets(), Edit(rename={"cats": "dogs", "dogs": "cats"})))
    assert after[file_of(0, 0)] == "dogs" and after[file_of(1, 0)] == "cats"


def test_an_image_given_to_a_class_that_is_merged_goes_along():
    edit = Edit(relabel={file_of(2, 0): "cats"}, merge={"cats": "dogs"})
    after, _ = classes_of(edited(pets(), edit))
    assert after[file_of(2, 0)] == "dogs"


def test_the_part_of_every_image_can_be_fixed_and_freed():
    fixed = {i.sha256: "train" for i in pets().images} | {file_of(0, 0): "validation"}
    _, parts = classes_of(edited(pets(), Edit(move=fixed)))
    assert parts == fixed
    divided = pets(6, "train", extra=[(0, 70, 70, "validation")])
    freed = Edit(move={i.sha256: "" for i in divided.images})
    assert set(classes_of(edited(divided, freed))[1].values()) == {""}


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (Edit(off=frozenset(["cats", "dogs"])), "Fewer than two classes"),
        (Edit(off=frozenset(CLASSES)), "Fewer than two classes"),
        (Edit(merge={"cats": "dogs", "foxes": "dogs"}), "Fewer than two classes"),
        (Edit(drop=frozenset(file_of(0, n) for n in range(6))), "cats would have 0 training"),
        (Edit(relabel={file_of(0, n): "dogs" for n in (0, 1)}), "cats would have 4 training"),
        (Edit(relabel={file_of(0, 0): "wolves"}), "no class wolves"),
        (Edit(relabel={file_of(0, 0): "Cats"}), "no class Cats"),
        (Edit(off=frozenset(["x" * 10_000])), "no class x"),
        (Edit(rename={"wolves": "x"}), "no class wolves"),
        (Edit(merge={"cats": "wolves"}), "no class wolves"),
        (Edit(merge={"cats": "cats"}), "goes away itself"),
        (Edit(merge={"cats": "dogs", "dogs": "cats"}), "goes away itself"),
        (Edit(merge={"cats": "dogs"}, off=frozenset(["dogs"])), "goes away itself"),
        (Edit(rename={"cats": "dogs"}), "Two classes would be called dogs"),
        # one class to a person, and to the importer
        (Edit(rename={"cats": " DOGS\u202e "}), "Two classes would be called"),
        (Edit(rename={"cats": " \u200b\n"}), "needs a name"),
        (Edit(rename={"cats": "x" * 81}), "81 characters"),
        (Edit(drop=frozenset([digest("elsewhere")])), "does not have one of the images"),
        (Edit(once=frozenset([digest("elsewhere")])), "does not have one of the images"),
        (Edit(move={digest("elsewhere"): "train"}), "does not have one of the images"),
        # the validation part would be this one image
        (Edit(move={file_of(0, 0): "validation"}), "every image, or of none"),
        (Edit(move={i.sha256: "validation" for i in pets().images}), "0 training images"),
    ],
)
def test_what_cannot_be_or_cannot_teach_is_refused_in_one_sentence(edit, sentence):
    with pytest.raises(DatasetRefused, match=sentence) as caught:
        edited(pets(), edit)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "values",
    [
        {"drop": frozenset(["../../etc/passwd"])},
        {"drop": {file_of(0, 0)}},  # a set could still change
        {"relabel": {"x": "cats"}},
        {"relabel": {file_of(0, 0): 3}},
        {"relabel": [file_of(0, 0)]},
        {"move": {file_of(0, 0): "holdout"}},
        {"move": {file_of(0, 0): ["train"]}},
        {"rename": {"cats": None}},
        {"off": "cats"},
        {"off": frozenset([1])},
    ],
)
def test_values_of_another_kind_are_no_edit(values):
    with pytest.raises(SettingInvalid, match="cannot be read"):
        Edit(**values)


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        "drop",
        {"delete": []},
        {"drop": "abc"},
        {"drop": 7},
        {"drop": [["nested"]]},
        {"drop": {file_of(0, 0): "x"}},
        {"relabel": [file_of(0, 0)]},
        {"__class__": {}},
    ],
)
def test_damaged_json_is_no_edit(content):
    with pytest.raises(SettingInvalid, match="cannot be read"):
        Edit.from_json(content)


def test_sentences_tell_what_really_changes():
    edit = Edit(
        relabel={file_of(0, 0): "dogs", file_of(1, 0): "dogs"},  # the second is one already
        drop=frozenset([file_of(1, 1)]),
        rename={"foxes": "wolves", "dogs": "dogs"},
    )
    texts = [str(sentence) for sentence in sentences_about(pets(), edit)]
    assert texts == ["Given another class: 1", "Left out: 1", "Renamed: foxes → wolves"]
    assert sentences_about(pets(), Edit()) == ()
    long = Edit(off=frozenset(str(n) * 30 for n in range(50)))
    (sentence,) = sentences_about(pets(), long)
    assert len(str(sentence)) < 250


FILES = st.sampled_from([file_of(label, number) for label in range(3) for number in range(8)])
NAMES = st.sampled_from([*CLASSES, "wolves", "", "Cats"])
EDITS = st.builds(
    Edit,
    relabel=st.dictionaries(FILES, st.sampled_from(CLASSES), max_size=5),
    drop=st.frozensets(FILES, max_size=4),
    once=st.frozensets(FILES, max_size=4),
    move=st.dictionaries(FILES, st.sampled_from(PARTS), max_size=2),
    rename=st.dictionaries(st.sampled_from(CLASSES), NAMES, max_size=2),
    merge=st.dictionaries(st.sampled_from(CLASSES), NAMES, max_size=1),
    off=st.frozensets(st.sampled_from(CLASSES), max_size=1),
)


@unhurried
@given(EDITS)
def test_an_edit_survives_json(edit):
    assert Edit.from_json(json.loads(json.dumps(edit.to_json()))) == edit


@unhurried
@given(EDITS)
def test_every_edit_leaves_a_dataset_that_can_teach_or_is_refused(edit):
    before = pets(8, "train")
    try:
        names, images = edited(before, edit)
    except DatasetRefused:
        return
    after = Dataset(id="y", title="y", class_names=names, images=images, folder=Path("y"))
    assert len(names) >= 2
    counts = [
        sum(i.label == label and i.part == "train" for i in images) for label in range(len(names))
    ]
    assert min(counts) >= 5
    for image in after.images:
        assert image.sha256 not in edit.drop
        if image.sha256 not in edit.relabel:
            (old,) = [i for i in before.images if i.sha256 == image.sha256]
            name = edit.merge.get(CLASSES[old.label], CLASSES[old.label])
            assert names[image.label] == edit.rename.get(name, name)
            assert image.part == edit.move.get(image.sha256, "train")
