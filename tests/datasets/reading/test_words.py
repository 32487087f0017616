import pytest

from tl_core.datasets.reading import part_words, words


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("train", "train"),
        ("Training Data", "train"),
        ("1. Training", "train"),
        ("seg_train", "train"),
        ("trainSet", "train"),
        ("x_train", "train"),
        ("학습용 데이터", "train"),
        ("훈련", "train"),
        ("val2017", "validation"),
        ("valid", "validation"),
        ("검증데이터", "validation"),
        ("Evaluation", "evaluation"),
        ("평가", "evaluation"),
        ("test_set", "test"),
        ("test1", "test"),
        ("시험용", "test"),
        ("seg_pred", "test"),
        # words that only begin or end like one
        ("trains", ""),
        ("invalid", ""),
        ("contest", ""),
        ("test-multiple_fruits", ""),
        ("train_test", ""),
        ("시험지", ""),
        ("", ""),
    ],
)
def test_parts_are_known_by_their_words(name, part):
    assert part_words.part_of(name) == part


@pytest.mark.parametrize(
    ("names", "parts"),
    [
        (("asl_train", "asl_test"), {"asl_train": "train", "asl_test": "test"}),
        # one word that is a part tells nothing of the others
        (("train", "asl_test"), {"train": "train"}),
        # the same part twice is none
        (("train station", "train track"), {}),
        # class and part in one name: several classes
        (("cats_train", "cats_test", "dogs_train", "dogs_test"), {}),
        (("cats", "dogs"), {}),
    ],
)
def test_parts_may_share_a_word(names, parts):
    assert part_words.parts_of(names) == parts


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("cats 2", "cats"),
        ("cats - 복사본", "cats"),
        ("cats - Copy (3)", "cats"),
        ("cats (1)", "cats"),
        ("cats", "cats"),
        ("apollo 13", "apollo 13"),
        ("2", "2"),
    ],
)
def test_the_mark_of_a_copy_is_taken_off(name, bare):
    assert words.without_copy_mark(name) == bare


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Hot-Dogs ", "hot_dog", True),
        ("Cats", "cat", True),
        ("glass", "glas", False),
        ("1", "-1", False),
        ("class 1", "class 2", False),
        ("개", "개 ", True),
    ],
)
def test_spelling_variants_are_alike(one, other, alike):
    assert (words.spelled(one) == words.spelled(other)) == alike


@pytest.mark.parametrize(
    ("names", "pieces"),
    [
        (("images_001", "images_002"), True),
        (("HAM10000_images_part_1", "HAM10000_images_part_2"), True),
        (("100APPLE", "101APPLE"), True),
        (("TS1", "TS2"), True),
        # persons, digits, classes that nobody has named yet
        (("s1", "s2"), False),
        (("0", "1"), False),
        (("Class 1", "Class 2"), False),
        (("patient 1", "patient 2"), False),
        (("images_001",), False),
        (("images", "photos"), False),
    ],
)
def test_pieces_of_many_files_differ_in_a_number_only(names, pieces):
    assert words.are_pieces(names) == pieces


@pytest.mark.parametrize(
    ("name", "nothing"),
    [
        ("images", True),
        ("part 2", True),
        ("새 폴더 (2)", True),
        ("2024-05-01", True),
        ("2024", True),
        ("김민준_40711_assignsubmission_file_", True),
        ("cats", False),
        ("Class 1", False),
        ("7", False),
        ("x", False),
        ("20 cats", False),
    ],
)
def test_some_names_say_nothing_of_what_is_in_a_folder(name, nothing):
    assert words.says_nothing(name) == nothing


@pytest.mark.parametrize(
    ("name", "fold"), [("fold_1", True), ("5-fold", True), ("split2", True), ("folder 1", False)]
)
def test_folds_are_known_by_their_words(name, fold):
    assert words.is_fold(name) == fold
