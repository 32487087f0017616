"""What the modules of the reader do for themselves, where a whole data set would hide it."""

from dataclasses import replace

import pytest

from tests.datasets.reading.listings import listing, placed
from tl_core.datasets.reading.choices import LIKELY, Choices, counts, places
from tl_core.datasets.reading.copies import copied_folders
from tl_core.datasets.reading.doubts import alike_classes, sides_of
from tl_core.datasets.reading.filenames import labels_in_names
from tl_core.datasets.reading.masks import masks, suspects
from tl_core.datasets.reading.plans import Cell
from tl_core.datasets.reading.reader import read_layout
from tl_core.datasets.reading.rows import read_rows
from tl_core.datasets.reading.siblings import siblings
from tl_core.datasets.reading.sorting import by_folder
from tl_core.datasets.reading.tables import read_tables

PETS = ("cats/{i}.jpg *8", "dogs/{i}.jpg *8")


def photos(*lines):
    return list(listing(lines).files)


# Copies


@pytest.mark.parametrize(
    ("lines", "gone"),
    [
        # nothing declares a checksum: names and sizes tell as well
        (("a/cats/{i}.jpg *8 =c", "a/a/cats/{i}.jpg *8 =c"), {("a", "a", "cats")}),
        # the same names with other bytes are other photos
        (("a/cats/{i}.jpg *8", "b/cats/{i}.jpg *8"), set()),
        # the same photos as another class are no copy, but a contradiction, which is said later
        (("cats/{i}.jpg *8 =c", "dogs/{i}.jpg *8 =c"), set()),
    ],
)
@pytest.mark.parametrize("declared", [True, False])
def test_folders_are_copies_by_name_and_content(lines, gone, declared):
    files = [one if declared else replace(one, crc=None) for one in photos(*lines)]
    assert copied_folders(by_folder(files)) == gone


def test_without_checksums_equal_sizes_tell_nothing():
    files = [
        replace(one, crc=None, size=9000)
        for one in photos("train/cats/{i}.bmp *8", "test/cats/{i}.bmp *8")
    ]
    assert copied_folders(by_folder(files)) == set()


# Masks


def test_what_nobody_looked_at_is_a_mask_only_if_its_folder_is_called_so():
    files = photos("images/{i}.png *8", "masks/{i}.png *8", "no_mask/{i}.png *8")
    unseen = [replace(one, flat=None) for one in files]
    assert {one.trail for one in masks(by_folder(unseen))} == {("masks",)}


def test_faces_with_masks_in_one_folder_are_photos_once_somebody_has_looked():
    files = photos("faces/{i}.jpg *8", "faces/{i}_mask.jpg *8")
    assert masks(by_folder(files)) == []
    assert len(masks(by_folder([replace(one, flat=None) for one in files]))) == 8


def test_of_many_folders_only_a_few_files_are_looked_at():
    files = photos(*(f"p{k}/masks/{{i}}.png *9" for k in range(300)), "a/{i}.png *9")
    assert 0 < len(suspects(by_folder(files))) <= 800


# File names


@pytest.mark.parametrize(
    ("lines", "labels"),
    [
        (("고양이{i}.jpg *5", "강아지{i}.jpg *5"), {"고양이", "강아지"}),
        (("cat ({i}).jpg *5", "dog ({i}).jpg *5"), {"cat", "dog"}),
        (("{i}_cat.jpg *5", "{i}_dog.jpg *5 @20"), {"cat", "dog"}),
        (("IMG_{i}_cat.jpg *5", "IMG_{i}_dog.jpg *5 @20"), {"cat", "dog"}),
        # what cameras, parts and days are called is no label
        (("IMG_{i}.jpg *5", "DSC_{i}.jpg *5"), set()),
        (("Train_{i}.jpg *5", "Test_{i}.jpg *5"), set()),
        (("20240511_{i}.jpg *5", "20240512_{i}.jpg *5"), set()),
        (("KakaoTalk_20240511_{i}.jpg *5", "KakaoTalk_Photo_{i}.jpg *5"), set()),
        # fewer than five of one label
        (("cat{i}.jpg *9", "dog{i}.jpg *4"), set()),
    ],
)
def test_labels_in_file_names(lines, labels):
    found = labels_in_names(photos(*lines))
    assert (set(found[0].of.values()) if found else set()) == labels


def test_numbers_as_labels_are_offered_with_a_warning():
    layout = read_layout(listing(("faces/{i}_0.jpg *9 @10", "faces/{i}_1.jpg *9 @30")))
    [warning] = layout.plan.reading().warnings
    assert "numbers" in str(warning)


# Siblings


@pytest.mark.parametrize(
    ("lines", "groups"),
    [
        (("{i}.jpg *6", "{i}_flip.jpg *6", "{i}_rot90.jpg *6"), 6),
        (("{i}_jpg.rf.0a.jpg *6", "{i}_jpg.rf.0b.jpg *6"), 6),
        (("tile_{i}_0.png *6", "tile_{i}_1.png *6"), 6),
        (("run1 frame{i}.jpg *9", "run2 frame{i}.jpg *9"), 2),
        # ways of counting
        (("img.jpg", "img_{i}.jpg *60"), 0),
        (("cat_{i}.jpg *60",), 0),
        (("IMG_20240511_10{i:04}.jpg *9", "IMG_20240512_10{i:04}.jpg *9"), 0),
        (("100_{i:04}.jpg *20",), 0),
        # fewer than five
        (("{i}.jpg *3", "{i}_flip.jpg *3"), 0),
    ],
)
def test_photos_that_were_made_from_one_photo(lines, groups):
    assert len(set(siblings(photos(*lines)).values())) == groups


# Tables


def table(text, *lines):
    [found] = read_tables({"labels.csv": text.encode()}, photos(*lines)).tables
    return {name: said.label for name, said in found.of.items()}, found


def test_a_name_that_several_photos_have_tells_nothing():
    lines = ("a/1.jpg", "b/1.jpg", "a/{i}.jpg *4 @2")
    found, _ = table("file,label\n1.jpg,x\n2.jpg,y\n3.jpg,y\n4.jpg,x\n5.jpg,x\n", *lines)
    assert found == {"a/2.jpg": "y", "a/3.jpg": "y", "a/4.jpg": "x", "a/5.jpg": "x"}


@pytest.mark.parametrize("between", ["|", ";", " ", ", "])
def test_several_labels_in_one_cell_are_no_class(between):
    rows = ["1.jpg,cat", "2.jpg,cat", "3.jpg,dog", "4.jpg,dog", f'5.jpg,"cat{between}dog"']
    found, told = table("file,label\n" + "\n".join(rows) + "\n", "{i}.jpg *5")
    assert found == {"1.jpg": "cat", "2.jpg": "cat", "3.jpg": "dog", "4.jpg": "dog"}
    assert told.several == {"5.jpg"}


def test_a_label_of_two_words_is_one_label():
    found, _ = table(
        "file,label\n1.jpg,hot dog\n2.jpg,hot dog\n3.jpg,cat\n4.jpg,cat\n", "{i}.jpg *4"
    )
    assert set(found.values()) == {"hot dog", "cat"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949"])
def test_tables_are_read_in_the_encodings_of_spreadsheets(encoding):
    [row] = read_rows("정답.csv", "파일,품종\n1.jpg,푸들\n".encode(encoding))
    assert row == {"파일": "1.jpg", "품종": "푸들"}


# Doubts


@pytest.mark.parametrize(
    ("learned", "judged", "merged"),
    [
        ("dog", "dogs", True),
        ("chihuahua", "chihuaua", True),
        # another number, another meaning
        ("class 1", "class 2", False),
        ("with_mask", "without_mask", False),
        ("positive", "negative", False),
    ],
)
def test_slips_of_the_pen_between_parts_are_merged(learned, judged, merged):
    cells = (
        Cell(class_name=learned, part="train", count=5),
        Cell(class_name=judged, part="validation", count=5),
    )
    _, likely = alike_classes(sides_of(cells))
    assert likely == ({judged: learned} if merged else {})


def test_two_spellings_that_both_are_learned_are_only_offered():
    plan = read_layout(listing(("hot dog/{i}.jpg *5", "hot_dog/{i}.jpg *8", "cat/{i}.jpg *5"))).plan
    reading = plan.reading()
    assert (reading.merge, reading.merged) == ({"hot dog": "hot_dog"}, ())
    assert set(counts(plan, LIKELY)) == {"hot dog", "hot_dog", "cat"}
    assert set(counts(plan, Choices(flipped=("hot dog",)))) == {"hot_dog", "cat"}


def test_empty_folders_are_named_and_braces_in_names_are_harmless():
    warnings = read_layout(listing(PETS, empty=["{owls}"])).plan.reading().warnings
    assert [str(one) for one in warnings] == ["The folder {owls} is empty, so it is no class."]
    assert placed(listing(("{a}/{i}.jpg *2", "{0}/{i}.jpg *2")))["{a}/1.jpg"].class_name == "{a}"


def test_augmented_photos_of_other_parts_share_their_group_with_the_original():
    lines = (
        "train/a/{i}.jpg *9",
        "train/b/{i}.jpg *9",
        "val/a/{i}_flip.jpg *9",
        "val/b/{i}_rot.jpg *9",
    )
    layout = read_layout(listing(lines))
    where = places(layout, LIKELY)
    assert where["train/a/1.jpg"].group == where["val/a/1_flip.jpg"].group != ""
    assert any(
        "made from photos to learn from" in str(one) for one in layout.plan.reading().warnings
    )
