"""Korean particles sound as the word before them ends; what can be read in two ways keeps both forms."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.update_catalogue import read_catalogue
from tl_core.particles import FORMS, filled

RIEUL = "\N{HANGUL JONGSEONG RIEUL}"
DIGITS = ("영", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구")
UNITS = ("", "십", "백", "천")
TEN_THOUSANDS = ("", "만", "억")


def read_aloud(number: int) -> str:
    """Return a number in Sino-Korean, as a child learns it."""
    told = ""
    for place, digit in enumerate(reversed(str(number))):
        group = number // 10 ** (place - place % 4) % 10_000
        if place % 4 == 0 and group:
            told = TEN_THOUSANDS[place // 4] + told
        if digit != "0":
            told = DIGITS[int(digit)] + UNITS[place % 4] + told
    return told or DIGITS[0]


def expected(word: str, form: str) -> str:
    """Return a form as it sounds after a word in Hangul, by taking its last syllable apart."""
    parts = unicodedata.normalize("NFD", word[-1])
    consonant = len(parts) == 3 and not (form == "(으)로" and parts[-1] == RIEUL)
    return FORMS[form][0 if consonant else 1]


@given(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), st.sampled_from(sorted(FORMS)))
def test_a_particle_sounds_as_the_last_syllable_ends(syllable: str, form: str) -> None:
    told = filled("「{name}」" + form + " 봅니다", {"name": syllable})
    assert told == f"「{syllable}」{expected(syllable, form)} 봅니다"


@given(st.integers(0, 10**12 - 1), st.sampled_from(sorted(FORMS)))
def test_a_particle_sounds_as_a_number_is_read(number: int, form: str) -> None:
    told = filled("{n}" + form, {"n": f"{number:,}"})
    assert told == f"{number:,}{expected(read_aloud(number), form)}"


@pytest.mark.parametrize(
    ("template", "value", "told"),
    [
        ("{name}은(는)", "VGG16", "VGG16은"),
        ("**{name}**(이)라고", "개", "**개**라고"),
        ("**{name}**(이)라고", "곰", "**곰**이라고"),
        ("{name}(으)로", "70.0\xa0%", "70.0\xa0%로"),
        ("{name}(으)로", "0.50", "0.50으로"),
        ("{name}을(를)", "[-1 0 1]", "[-1 0 1]을"),
        ("{name} 클래스(이)라고", "x", "x 클래스라고"),
        # Read in Korean or in English: nobody knows.
        ("{name}은(는)", "photo.zip", "photo.zip은(는)"),
        ("{name}이(가)", "EfficientNet-Lite0", "EfficientNet-Lite0이(가)"),
        ("{name}을(를)", "x²", "x²을(를)"),
        ("{name}은(는)", "", "은(는)"),
        # What somebody calls a thing stays as it is written.
        ("{name}", "고양이은(는)", "고양이은(는)"),
    ],
)
def test_what_is_not_read_is_passed_over(template: str, value: str, told: str) -> None:
    assert filled(template, {"name": value}) == told


def test_the_catalogue_writes_particles_in_one_way() -> None:
    joined = str([message.string for message in read_catalogue()])
    assert sum(joined.count(form) for form in FORMS) > 50
    other = [
        form for form in ("는(은)", "가(이)", "를(을)", "와(과)", "로(으로)") if form in joined
    ]
    assert other == []
