"""The words by which people name parts: to learn from, to validate, to test; in English and Korean."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from tl_core.datasets.reading.words import AROUND_PARTS, tokens

_PARTS = {
    "train": "train training trainset traindata tr 학습 훈련 트레인 트레이닝",
    "validation": "validation valid val dev valset 검증 밸리데이션",
    "evaluation": "eval evaluation 평가",
    "test": "test testing testset testdata te holdout pred predict prediction unlabeled unlabelled "
    "테스트 시험 예측",
}
PART_OF_WORD = {word: part for part, words in _PARTS.items() for word in words.split()}
_KOREAN_ENDINGS = re.compile(r"(용|데이터셋|데이터|자료|이미지|사진|셋|세트|집합|폴더)+$")


@lru_cache(maxsize=4096)
def part_of(name: str) -> str:
    """Return which part a folder of this name is: train, validation, evaluation, test, or empty.

    Example:
        >>> part_of("seg_train"), part_of("학습용 데이터"), part_of("trains")
        ('train', 'train', '')
    """
    words = [_KOREAN_ENDINGS.sub("", word) or word for word in tokens(name)]
    found = {PART_OF_WORD[word] for word in words if word in PART_OF_WORD}
    rest = [
        word
        for word in words
        if word not in PART_OF_WORD
        and word not in AROUND_PARTS
        and not (len(word) == 1 and word.isascii())  # counts, as in "A. Train"
    ]
    if not rest and len(found) == 1:
        return found.pop()
    whole = "".join(tokens(name))
    return PART_OF_WORD.get(whole, "") if len(found) != 1 else ""


def parts_of(names: Iterable[str]) -> dict[str, str]:
    """Return name -> part of those that are parts, also where all share a word that says nothing of it.

    Example:
        >>> parts_of(["asl_alphabet_train", "asl_alphabet_test", "docs"])
        {'asl_alphabet_train': 'train', 'asl_alphabet_test': 'test'}
    """
    found = list(names)
    plain = {name: part for name in found if (part := part_of(name))}
    if plain:
        return plain
    alike = crossed(found)
    rests = {rest for rest, _ in alike.values()}
    return {name: part for name, (_, part) in alike.items()} if len(rests) == 1 else {}


def crossed(names: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return name -> the rest of it and the part in it, where one rest stands with several parts.

    Example:
        >>> crossed(["cats_train", "cats_test"])
        {'cats_train': ('cats', 'train'), 'cats_test': ('cats', 'test')}
    """
    split = {name: found for name in names if (found := _without_part(name))}
    parts: defaultdict[str, set[str]] = defaultdict(set)
    for rest, part in split.values():
        parts[rest.casefold()].add(part)
    return {name: found for name, found in split.items() if len(parts[found[0].casefold()]) > 1}


def _without_part(name: str) -> tuple[str, str] | None:
    pieces = re.split(r"([\W_]+)", name)
    places = [place for place, piece in enumerate(pieces) if piece.casefold() in PART_OF_WORD]
    if len(places) != 1:
        return None
    part = PART_OF_WORD[pieces.pop(places[0]).casefold()]
    rest = re.sub(r"([\W_])[\W_]+", r"\1", "".join(pieces)).strip(" _-.")
    return (rest, part) if rest else None


def resolved(parts: Mapping[str, str]) -> dict[str, str]:
    """Tell what an evaluation part is: for validation, unless another part is, and then for the test."""
    evaluation = "test" if "validation" in parts.values() else "validation"
    return {
        name: evaluation if part == "evaluation" else part for name, part in parts.items() if part
    }
