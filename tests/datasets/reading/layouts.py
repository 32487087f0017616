"""Reads ``layouts.txt`` and ``handed.txt``: how data sets are archived, and how a careful person reads them.

# name: why it is here
cats/{i}.jpg *8         files, as `listings.listing` takes them
empty owls              a folder without files
table labels.csv        a table, whose lines follow, each after a |
-> cats: any 8          a class: its parts, and how many photos; ``any`` is to be divided
-- folders, outer       the readings that are offered, the likely one first
-- outer groups         what the outer folders are, if they are anything
-- groups 3             how many groups there are, if there are any
-- warnings 1           how much is said before anything is trained, if anything is
-x Videos: 3            what is left out, by how the reason begins, and how much
-! There are no         or: how the refusal begins
"""

from dataclasses import dataclass, field
from pathlib import Path

from tests.datasets.reading.listings import listing
from tl_core.datasets.reading.listing import Listing

FILES = [Path(__file__).with_name(name) for name in ("layouts.txt", "handed.txt")]


@dataclass(kw_only=True)
class Known:
    """A data set and what is right."""

    files: list[str] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)
    korean_windows: bool = False
    empty: list[str] = field(default_factory=list)
    classes: dict[str, str] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    refusal: str = ""

    def listing(self) -> Listing:
        encoding = "cp949" if self.korean_windows else "utf-8"
        texts = {
            name: "".join(f"{line}\n" for line in lines).encode(encoding)
            for name, lines in self.texts.items()
        }
        return listing(self.files, texts, self.empty)


def read_known() -> dict[str, Known]:
    """Return name -> data set."""
    found: dict[str, Known] = {}
    blocks = [block for file in FILES for block in file.read_text("utf-8").split("\n# ")[1:]]
    for block in blocks:
        head, *lines = block.splitlines()
        known = found[head.partition(":")[0]] = Known()
        for line in filter(None, lines):
            _take(known, line)
    return found


def _take(known: Known, line: str) -> None:
    word, _, rest = line.partition(" ")
    if line.startswith("|"):
        known.texts[list(known.texts)[-1]].append(line[1:])
    elif word == "table":
        known.korean_windows |= rest.startswith("(cp949) ")
        known.texts[rest.removeprefix("(cp949) ")] = []
    elif word == "empty":
        known.empty.append(rest)
    elif word == "->":
        name, _, parts = rest.rpartition(": ")
        known.classes[name] = parts
    elif word == "--" and rest.partition(" ")[0] in ("outer", "groups", "warnings") and known.keys:
        known.facts[rest.partition(" ")[0]] = rest.partition(" ")[2]
    elif word == "--":
        known.keys = tuple(rest.split(", "))
    elif word == "-x":
        template, _, count = rest.rpartition(": ")
        known.left_out[template] = int(count)
    elif word == "-!":
        known.refusal = rest
    else:
        known.files.append(line)
