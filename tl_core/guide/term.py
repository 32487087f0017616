"""What a word of the glossary is."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Term:
    """A word of the field.

    Args:
        name: in the address.
        title: in English, marked with `N_`, as its meaning.
        meaning: two sentences that a first-time student understands.
        page: name of the page where it is seen, on one's own photo or run.
        url: controls of that page that show it.
    """

    name: str
    title: str
    meaning: str
    page: str
    url: Mapping[str, str]
