"""How the names in an archive were meant: old zips and old tars do not say how theirs are encoded."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

Name = str | bytes
"""A name that is known, or the bytes of one whose encoding is not."""


def decoded(names: Sequence[Name], otherwise: str) -> list[str]:
    """Return all names as text; those that are bytes share one encoding.

    Args:
        names: as they stand in one archive.
        otherwise: the encoding of an archive that is neither UTF-8 nor Korean.
    """
    encoding = _encoding(b"\n".join(one for one in names if isinstance(one, bytes)), otherwise)
    return [one if isinstance(one, str) else one.decode(encoding) for one in names]


def _encoding(raw: bytes, otherwise: str) -> str:
    """Guess the encoding of file names: UTF-8 (macOS, Linux), cp949 (Korean Windows), else `otherwise`.

    Western names often happen to be valid cp949 too, but then they hold syllables that Korean does not use.
    """
    with suppress(UnicodeDecodeError):
        raw.decode("utf-8")
        return "utf-8"
    with suppress(UnicodeDecodeError):
        if _is_korean(raw.decode("cp949")):
            return "cp949"
    return otherwise


def _is_korean(text: str) -> bool:
    letters = {one: count for one, count in Counter(text).items() if not one.isascii()}
    common = sum(count for one, count in letters.items() if _is_common_korean(one))
    return 2 * common > sum(letters.values())


def _is_common_korean(character: str) -> bool:
    try:
        two_bytes = (
            len(character.encode("euc_kr")) == 2
        )  # the codec spells rare syllables with eight
    except UnicodeEncodeError:
        return False
    return two_bytes and unicodedata.category(character) in ("Lo", "So", "Po", "Sm")
