"""Text that a person will read, in layers that must not translate it themselves."""

import gettext
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from string import Formatter
from typing import Any, Self

LOCALES = Path(__file__).parents[1] / "locales"
DOMAIN = "lab"
LANGUAGES = {"en": "English", "ko": "한국어"}
SOURCE_LANGUAGE = "en"
Value = str | int | float
INVISIBLE = ("Cc", "Cf", "Cs")
"""Categories of characters that nobody sees, and that may turn a line around."""
NO_BREAK = "\N{NO-BREAK SPACE}"
UNIT = re.compile(r"(?<=[\d}]) (?=%|(?:[kMG]B|px|ms)(?![A-Za-z]))")
"""The space before a unit; `in_one_piece` says of what."""
MOST_KEPT = 10_000
"""Messages that are kept as they are said; the lab has about 3,000, and names of classes come through too."""


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Return what translates into a language of `LANGUAGES`: for the UI, and for what leaves the lab."""
    if language == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    return _InOnePiece(gettext.translation(DOMAIN, localedir=LOCALES, languages=[language]))


class _InOnePiece(gettext.NullTranslations):
    """Translations in which no line breaks between a number and its unit, however they are written."""

    def __init__(self, found: gettext.NullTranslations) -> None:
        super().__init__()
        keep = lru_cache(MOST_KEPT)
        self._gettext = keep(lambda message: in_one_piece(found.gettext(message)))
        self._ngettext = found.ngettext

    def gettext(self, message: str) -> str:
        return self._gettext(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return in_one_piece(self._ngettext(msgid1, msgid2, n))


def in_one_piece(text: str) -> str:
    r"""Return `text` with a no-break space between each number, or placeholder, and its unit.

    Example:
        >>> in_one_piece("95 % of {size} MB")
        '95\xa0% of {size}\xa0MB'
    """
    return UNIT.sub(NO_BREAK, text)


def N_(message: str) -> str:  # gettext's own name for a marker
    """Return `message` unchanged; the catalogue tools collect it, the UI translates it when drawn.

    Example:
        >>> N_("Sharpen")
        'Sharpen'
    """
    return message


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A template and its values: can be kept, and said in another language (`say` in `tl_core.ui.text`).

    Args:
        template: English, a literal marked with ``N_``, with ``str.format`` placeholders.
        values: what goes into the placeholders.
        because: what stands behind it, said after it.

    Raises:
        TypeError: the template is no text, or a value is neither text nor a number.
        ValueError: a placeholder has no value, or more than a name in it.

    Example:
        >>> str(Sentence(template="Removed: {count}", values={"count": 3}))
        'Removed: 3'
    """

    template: str
    values: Mapping[str, Value] = field(default_factory=dict, hash=False)
    because: "Sentence | None" = None

    def __post_init__(self) -> None:
        if not isinstance(self.template, str):
            raise TypeError(f"text expected, received {self.template!r}")
        if not all(isinstance(value, Value) for value in self.values.values()):
            raise TypeError("values must be text or numbers")
        for _, placeholder, width, conversion in Formatter().parse(self.template):
            if placeholder is None:
                continue
            # A template that does not fit its values must fail here, not on a page.
            named = placeholder.isidentifier() and placeholder in self.values
            if width or conversion or not named:
                raise ValueError(f"placeholder {placeholder!r} has no value")

    @classmethod
    def of(cls, template: str, values: Mapping[str, Any]) -> Self:
        """Return a sentence with any values: what is neither text nor a number becomes text."""
        kept = {name: one if isinstance(one, Value) else str(one) for name, one in values.items()}
        return cls(template=template, values=kept)

    def __str__(self) -> str:
        return " ".join(one.template.format(**one.values) for one in self.parts())

    def parts(self) -> "Iterator[Sentence]":
        """Yield the sentence and what stands behind it."""
        yield self
        if self.because:
            yield from self.because.parts()

    def to_json(self) -> dict[str, Any]:
        """Return the sentence as JSON values."""
        own = {"template": self.template, "values": dict(self.values)}
        return own | ({"because": self.because.to_json()} if self.because else {})

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Return the sentence that `to_json` described; what does not fit is refused as by the class."""
        because = cls.from_json(value["because"]) if "because" in value else None
        return cls(template=value["template"], values=dict(value["values"]), because=because)


def clean_text(text: str) -> str:
    r"""Return `text` fit to be shown: composed (NFC), one line, nothing invisible, single spaces.

    Example:
        >>> clean_text("  hot\tdog\u202e ")
        'hot dog'
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    spaced = " ".join(unicodedata.normalize("NFC", text).split())
    visible = (c for c in spaced if unicodedata.category(c) not in INVISIBLE)
    return " ".join("".join(visible).split())


def percent(share: float, digits: int = 1) -> str:
    r"""Return a share in percent, in one piece: no line breaks before the sign.

    Example:
        >>> percent(0.8833)
        '88.3\xa0%'
    """
    return f"{share:.{digits}%}".replace("%", f"{NO_BREAK}%")


def in_megabytes(size: float) -> str:
    """Return one amount of bytes in MB, rounded up: what exceeds a limit never looks as if it met it.

    Example:
        >>> in_megabytes(20_000_001)
        '20.1'
    """
    return f"{math.ceil(size / 10**5) / 10:,.1f}"


def megabytes(needed: float, allowed: float) -> tuple[str, str]:
    """Return two amounts of bytes in MB, so that what is said to be missing is what is missing.

    A need that is not met is rounded up and the allowance down: they never look equal. A need that is met
    never looks larger than the allowance. The digits behind the point are as few as tell them apart.

    Example:
        >>> megabytes(1_234_000, 1_000_000)
        ('1.3', '1.0')
        >>> megabytes(2_500_000_000, 2_000_000_000)
        ('2,500', '2,000')
    """
    digits = 0 if min(needed, allowed, abs(needed - allowed)) >= 10**7 else 1
    scale = 10**6 // 10**digits
    if needed > allowed:
        up, down = math.ceil(needed / scale), math.floor(allowed / scale)
    else:
        up, down = round(needed / scale), round(allowed / scale)
    return f"{up / 10**digits:,.{digits}f}", f"{down / 10**digits:,.{digits}f}"
