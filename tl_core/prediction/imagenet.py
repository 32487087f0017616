"""What ImageNet's own classifier says of a photo, and what its 1,000 classes are called.

The classes are data, in ``imagenet_classes.tsv``; ``imagenet_NOTICE.md`` says where they come from.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tl_core import settings

CLASSES = Path(__file__).with_name("imagenet_classes.tsv")
COLUMNS = ("index", "synset", "wordnet", "en", "ko")
LANGUAGES = COLUMNS[3:]
"""Codes of the languages that the classes have names in; the first is used for any other."""
FIVE = 5
"""Guesses for each photo: with them ImageNet's classifiers have always been judged."""
TRAINED_ON = 1_281_167
"""Photos: https://arxiv.org/abs/1409.0575, table 2."""
SIZES = {"classroom": 224, "cloud": 160}
"""Profile -> side of its input in pixels. The network learned at 224 and is best there. Where only one network
is kept, 160 is better: at the size of the usual trainings one network serves both."""


@dataclass(frozen=True, kw_only=True)
class ImageNetClass:
    """One of the things that the classifier can say.

    Args:
        synset: its id in WordNet 3.0.
        names: its names by language, no two classes with the same.
    """

    synset: str
    names: tuple[str, ...]

    def name(self, language: str) -> str:
        """Return what people who speak `language`, a code such as ``ko``, call it; English for others."""
        known = LANGUAGES.index(language) if language in LANGUAGES else 0
        return self.names[known]


@dataclass(frozen=True, kw_only=True)
class Guess:
    """A class, by its index, and how sure the classifier is of it: 0..1."""

    label: int
    share: float


@dataclass(frozen=True, kw_only=True)
class ImageNetGuesses:
    """What the classifier says of photos.

    Args:
        photos: the `FIVE` best guesses for each, the surest first.
        milliseconds: what the network took for all of them, from pixels to shares.
    """

    photos: tuple[tuple[Guess, ...], ...]
    milliseconds: float


@cache
def imagenet_classes() -> tuple[ImageNetClass, ...]:
    """Return the classes in the order of the classifier's outputs: that of their synsets.

    Example:
        >>> imagenet_classes()[963].name("ko")
        '피자'
    """
    with CLASSES.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return tuple(
            ImageNetClass(synset=row["synset"], names=tuple(row[code] for code in LANGUAGES))
            for row in rows
        )


def input_size() -> int:
    """Return the side in pixels at which photos are shown to the classifier in this profile."""
    return SIZES[settings.current().profile]
