"""Collect every message into the Korean catalogue and compile it: python scripts/update_catalogue.py.

Translations are kept. New messages are added empty; messages that are gone from the code are dropped.
Prints what still needs a translation, and ends with status 1 while anything does.
"""

import ast
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("streamlit_app.py", "pages/**/*.py", "tl_core/**/*.py")
PO = ROOT / "locales" / "ko" / "LC_MESSAGES" / "lab.po"
MO = PO.with_suffix(".mo")
WIDTH = 110
DATE = datetime(2000, 1, 1, tzinfo=UTC)

sys.path.insert(0, str(ROOT))

from tl_core import errors  # noqa: E402


def keywords() -> dict[str, int]:
    """Return what marks a message, and how many arguments are messages.

    t, tn, N_, and every LabError, whose first argument is its template.
    """
    kinds = [
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.LabError)
    ]
    return {"t": 1, "N_": 1, "tn": 2, **dict.fromkeys(kinds, 1)}


def source_files() -> list[Path]:
    """Return every file whose messages are collected, in a fixed order."""
    return sorted(path for pattern in SOURCES for path in ROOT.glob(pattern))


def messages_of(code: str) -> Iterator[str | tuple[str, ...]]:
    """Yield the messages in a Python source: a text, or (singular, plural).

    Babel's own extraction does not look inside f-strings, so this reads the syntax tree.
    """
    counts = keywords()
    for call in ast.walk(ast.parse(code)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            found = call.args[: counts.get(call.func.id, 0)]
            constants = [each.value for each in found if isinstance(each, ast.Constant)]
            texts = [each for each in constants if isinstance(each, str)]
            if texts:
                yield texts[0] if len(texts) == 1 else tuple(texts)


def template() -> Catalog:
    """Return a catalogue of all messages in the code, with the files they are in."""
    catalogue = Catalog()
    for path in source_files():
        place = path.relative_to(ROOT).as_posix()
        for message in messages_of(path.read_text()):
            catalogue.add(message, locations=[(place, 1)])
    return catalogue


def read_catalogue() -> Catalog:
    """Return the committed Korean catalogue; an empty one if there is none yet."""
    if not PO.exists():
        return Catalog(locale="ko", domain="lab")
    with PO.open("rb") as file:
        return read_po(file, locale="ko", domain="lab")


def updated() -> Catalog:
    """Return the committed catalogue brought in line with the code, its translations kept."""
    catalogue = read_catalogue()
    catalogue.update(template(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return catalogue


def po_bytes(catalogue: Catalog) -> bytes:
    """Return the catalogue as a ``.po`` file without dates and line numbers: they are noise in diffs."""
    file = io.BytesIO()
    write_po(file, catalogue, width=WIDTH, sort_by_file=True, include_lineno=False)
    header, blank, rest = file.getvalue().decode().partition("\n\n")
    kept = ("msgid", "msgstr", '"Language:', '"MIME', '"Content', '"Plural')
    lines = [line for line in header.splitlines() if line.startswith(kept)]
    return ("\n".join(lines) + blank + rest).encode()


def mo_bytes(catalogue: Catalog) -> bytes:
    """Return the catalogue compiled, with a fixed date: the same messages, the same bytes."""
    plain = Catalog(locale="ko", domain="lab", creation_date=DATE, revision_date=DATE)
    for message in catalogue:
        if message.id:
            plain.add(message.id, message.string)
    file = io.BytesIO()
    write_mo(file, plain)
    return file.getvalue()


def untranslated(catalogue: Catalog) -> list[str]:
    """Return the messages that have no Korean yet."""
    return [
        str(message.id) for message in catalogue if message.id and not _complete(message.string)
    ]


def _complete(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return all(string) if isinstance(string, tuple | list) else bool(string)


def main() -> int:
    """Update both files; return 1 while something is untranslated."""
    catalogue = updated()
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(po_bytes(catalogue))
    MO.write_bytes(mo_bytes(read_catalogue()))
    missing = untranslated(catalogue)
    print(f"{len(catalogue)} messages, {len(missing)} without a translation")
    for message in missing:
        print(f"  {message}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
