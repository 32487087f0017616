"""Korean particles that follow the sound of the word before: ``{name}은(는)`` is ``고양이는`` or ``사진은``.

A translator writes both forms, as print does; which one is right is known only when the value is there.
"""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

FORMS = {
    "은(는)": ("은", "는"),
    "이(가)": ("이", "가"),
    "을(를)": ("을", "를"),
    "과(와)": ("과", "와"),
    "(으)로": ("으로", "로"),
    "(이)": ("이", ""),
}
"""As written -> after a consonant, and after a vowel."""
_FORM = "|".join(map(re.escape, FORMS))
_PARTICLE = re.compile(_FORM)
_AFTER_WORD = re.compile(rf"(?P<word>[\w%]+)(?P<closing>[^\w%\s]*)(?P<form>{_FORM})")
"""A word, marks that close it and are not read, such as a quotation mark, and its particle."""
_SYLLABLES = range(0xAC00, 0xD7A4)
_ENDINGS = 28
"""Final consonants of a syllable, none among them: its number modulo this is which."""
_RIEUL = 8


class Sound(Enum):
    """How a word ends, as far as particles care."""

    VOWEL = 0
    CONSONANT = 1
    RIEUL = 2
    """A consonant too, but ``(으)로`` takes it for a vowel."""


_READ = dict(
    zip(
        "0123456789%",
        # 영, 일, 이, 삼, 사, 오, 육, 칠, 팔, 구, 퍼센트; whole tens to hundred millions end like zero.
        map(Sound, (1, 2, 0, 1, 0, 0, 1, 2, 2, 0, 0)),
        strict=True,
    )
)


def filled(template: str, values: Mapping[str, Any]) -> str:
    """Return ``template.format(**values)``, each particle of the template as it sounds after its word.

    Numbers are read in Sino-Korean. Both forms stay after what may be read in more than one way: Latin
    letters, and a zero behind them. The arithmetic of syllables is that of the Unicode Standard, 3.12.

    Args:
        template: a translated message.
        values: what goes into its placeholders.

    Example:
        >>> filled("{a}은(는) {n}을(를) 모르고 {b}은(는) 안다", {"a": "고양이", "n": 16, "b": "VGG"})
        '고양이는 16을 모르고 VGG은(는) 안다'
    """
    text = template.format(**values)
    return _AFTER_WORD.sub(_fit, text) if _PARTICLE.search(template) else text


def _fit(found: re.Match[str]) -> str:
    sound = _sound(found["word"])
    if sound is None:
        return found[0]
    consonant = sound is Sound.CONSONANT or (sound is Sound.RIEUL and found["form"] != "(으)로")
    form = FORMS[found["form"]][0 if consonant else 1]
    return f"{found['word']}{found['closing']}{form}"


def _sound(word: str) -> Sound | None:
    last = word[-1]
    if ord(last) in _SYLLABLES:
        ending = (ord(last) - _SYLLABLES.start) % _ENDINGS
        return Sound.RIEUL if ending == _RIEUL else Sound(min(ending, 1))
    if last == "0" and not word.isdecimal():
        # "Lite0" is read with 영, 공 or 제로; "ResNet50" with 오십 or as in English.
        return None
    return _READ.get(last)
