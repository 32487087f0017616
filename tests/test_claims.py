"""docs/claims.md says of each sentence that claims something how it was checked: it must not fall behind."""

import re
from pathlib import Path

import pytest

from scripts.update_catalogue import template

ROOT = Path(__file__).resolve().parents[1]
ROW = re.compile(r"\| (.+?) (?<!\\)\| (.+?) (?<!\\)\|")
FILE = re.compile(r"\b((?:tests|tl_core|pages|docs|benchmarks)/[\w/]+\.(?:py|md|js))(?:::(\w+))?")


def one_line(text: str) -> str:
    return " ".join(text.split())


def claims() -> list[tuple[str, str]]:
    """Return each sentence with how it was checked."""
    found = []
    for line in (ROOT / "docs" / "claims.md").read_text().splitlines():
        match = ROW.fullmatch(line)
        if match and match[1] not in ("sentence", "---"):
            found.append((match[1].replace("\\|", "|"), match[2]))
    return found


def said() -> list[str]:
    """Return every message of the lab."""
    ids = [message.id for message in template() if message.id]
    return [one_line(text) for one in ids for text in ([one] if isinstance(one, str) else one)]


def test_every_sentence_in_the_table_is_still_said() -> None:
    found, whole = claims(), "\n".join(said())
    assert len(found) > 900
    assert [sentence for sentence, _ in found if one_line(sentence) not in whole] == []
    assert "Nobody says this sentence." not in whole


def test_what_the_table_names_exists() -> None:
    missing = []
    for sentence, how in claims():
        for path, test in FILE.findall(how):
            file = ROOT / path
            if not file.exists() or (test and f"def {test}(" not in file.read_text()):
                missing.append((sentence, path, test))
    assert missing == []


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ("| a | b |", ("a", "b")),
        (r"| a \| b | test: c |", (r"a \| b", "test: c")),
        ("a | b", None),
    ],
)
def test_a_row_is_a_sentence_and_how_it_was_checked(
    row: str, cells: tuple[str, str] | None
) -> None:
    match = ROW.fullmatch(row)
    assert (match and (match[1], match[2])) == cells
