"""The names of ImageNet's classes: one each in every language, told apart, in the order of the outputs."""

import csv
import re
import unicodedata

import pytest

from tl_core.prediction.imagenet import (
    CLASSES,
    COLUMNS,
    LANGUAGES,
    imagenet_classes,
    input_size,
)
from tl_core.wording import LANGUAGES as SPOKEN

WRITTEN_IN = {
    "en": re.compile(r"[A-Za-zé][A-Za-zé '()-]*"),
    "ko": re.compile(r"(?=.*[가-힣])[가-힣A-Z0-9 ()]+"),
}
"""Letters that a name has; anything else in one is a slip."""


def test_there_are_names_in_every_language_of_the_lab() -> None:
    assert set(LANGUAGES) == set(SPOKEN) == set(WRITTEN_IN)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_class_has_one_clean_name_that_no_other_has(language: str) -> None:
    names = [one.name(language) for one in imagenet_classes()]
    assert len(names) == len({name.casefold() for name in names}) == 1000
    for name in names:
        assert WRITTEN_IN[language].fullmatch(name), name
        assert name == unicodedata.normalize("NFC", " ".join(name.split()))
        assert len(name) < 40, f"{name}: too long for a label of a bar"


def test_rows_stand_in_the_order_of_the_outputs() -> None:
    with CLASSES.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
    assert tuple(header) == COLUMNS
    assert [row[0] for row in rows] == [str(index) for index in range(1000)]
    synsets = [row[1] for row in rows]
    assert synsets == sorted(synsets) == [one.synset for one in imagenet_classes()]
    assert all(re.fullmatch(r"n\d{8}", synset) for synset in synsets)
    assert all(row[2] for row in rows)


@pytest.mark.parametrize(
    ("label", "synset", "english", "korean"),
    [
        (0, "n01440764", "tench", "텐치"),
        (134, "n02012849", "crane (bird)", "두루미"),
        (264, "n02113186", "Cardigan Welsh corgi", "카디건 웰시코기"),
        (281, "n02123045", "tabby cat", "태비 고양이"),
        (474, "n02963159", "cardigan", "카디건"),
        (517, "n03126707", "crane (machine)", "기중기"),
        (638, "n03710637", "leotard", "레오타드"),
        (639, "n03710721", "one-piece swimsuit", "원피스 수영복"),
        (967, "n07920052", "espresso", "에스프레소"),
        (999, "n15075141", "toilet paper", "화장지"),
    ],
)
def test_known_classes_have_their_names(label: int, synset: str, english: str, korean: str) -> None:
    one = imagenet_classes()[label]
    assert (one.synset, one.name("en"), one.name("ko")) == (synset, english, korean)


def test_a_language_without_names_gets_english() -> None:
    assert imagenet_classes()[963].name("fr") == "pizza"


def test_the_notice_names_every_source_with_its_licence() -> None:
    notice = CLASSES.with_name("NOTICE.md").read_text("utf-8")
    assert all(f"`{column}`" in notice for column in COLUMNS)
    for words in ("timm 1.0.31", "Apache-2.0", "WordNet 3.0 Copyright 2006 by Princeton"):
        assert words in notice


def test_the_network_of_the_usual_trainings_serves_where_only_one_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TL_PROFILE", "cloud")
    assert input_size() == 160
    monkeypatch.setenv("TL_PROFILE", "classroom")
    assert input_size() == 224
