"""Which class a photo is of by the folder that it lies in."""

import unicodedata
from collections import Counter
from collections.abc import Sequence

from tl_core.datasets.reading.listing import Trail

MOST_NAMED = 5
"""Folders of no class that are named."""


class ClassFolders:
    """The folders that hold photos of a network's classes.

    Args:
        class_names: in the order of the network's outputs.
        titles: what people call these classes, in the same order, any number of times over.

    A folder is of a class when it is called like it: capitals, spaces, hyphens and the composition of letters
    (NFC, NFD) make no difference. A name that two classes share is of neither.

    Example:
        >>> ClassFolders(["cats", "dogs"], ["고양이", "개"]).label(("Pets", "CATS"))
        0
    """

    def __init__(self, class_names: Sequence[str], titles: Sequence[str] = ()) -> None:
        self._labels: dict[str, int | None] = {}
        for names in (
            class_names,
            titles,
        ):  # what somebody calls a class never takes another one's name
            of_names: dict[str, set[int]] = {}
            for place, name in enumerate(names):
                of_names.setdefault(_key(name), set()).add(place % len(class_names))
            for key, found in of_names.items():
                self._labels.setdefault(key, found.pop() if len(found) == 1 else None)

    def label(self, trail: Trail) -> int | None:
        """Return the class of a file in these folders, outermost first: the innermost that fits counts."""
        for step in reversed(trail):
            label = self._labels.get(_key(step))
            if label is not None:
                return label
        return None


def named_folders(counts: Counter[str]) -> list[str]:
    """Return the names of a few folders, those with most photos first."""
    return [name for name, _ in counts.most_common(MOST_NAMED)]


def _key(name: str) -> str:
    spaced = unicodedata.normalize("NFC", name).casefold().replace("_", " ").replace("-", " ")
    return " ".join(unicodedata.normalize("NFC", spaced).split())
