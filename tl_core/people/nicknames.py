"""What people want to be called: one small file a person in ``people/``, named by the mark.

A nickname is a courtesy and proves nothing: two people may take the same.
"""

import functools
import os
import time
from contextlib import suppress
from pathlib import Path

from tl_core import files, runs, settings
from tl_core.errors import SettingInvalid
from tl_core.machine.refusals import REFUSED
from tl_core.people.person import Person, is_mark
from tl_core.wording import clean_text

LONGEST_NICKNAME = 30
"""Characters."""
MOST_NICKNAMES = 2000
"""Then that of whoever was last here the longest ago is forgotten."""
KEEP_DAYS = 400
"""A nickname stays so long after its owner was last here: as long as a browser keeps who it is."""
DAY = 24 * 3600.0


def people_dir() -> Path:
    """Return the folder of the nicknames."""
    return settings.current().data_dir / "people"


def nickname_of(mark: str) -> str:
    """Return what the person with this mark wants to be called; empty if nothing is known."""
    if not is_mark(mark):
        return ""
    path = people_dir() / f"{mark}.json"
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        return ""
    return _read(path, changed)


@functools.lru_cache(maxsize=4096)
def _read(path: Path, changed: int) -> str:
    """Read a nickname; `changed` is its file's time of change, so that an old one is not remembered."""
    with suppress(*runs.UNREADABLE):
        return _clean(str(files.read_json(path)["nickname"]))
    return ""


def note_visit(mark: str) -> None:
    """Note that somebody is here, so that the nickname stays; once a day."""
    path = people_dir() / f"{mark}.json"
    with suppress(*REFUSED):
        if is_mark(mark) and path.stat().st_mtime < time.time() - DAY:
            os.utime(path)


def write_nickname(person: Person, text: str) -> str:
    """Call a person something else from now on; no text forgets the nickname.

    Returns:
        The nickname as it is kept: cleaned, and cut at `LONGEST_NICKNAME` characters.

    Raises:
        SettingInvalid: nobody in particular asks.
        DiskUnusable: the disk does not take it.
    """
    if not is_mark(person.id):
        raise SettingInvalid("This browser keeps nothing, so it cannot keep a nickname either.")
    nickname, path = _clean(text), people_dir() / f"{person.id}.json"
    if not nickname:
        with suppress(FileNotFoundError):
            path.unlink()
    else:
        new = not path.exists()
        files.write_json(path, {"nickname": nickname})
        if new:
            _forget_oldest()
    return nickname


def _forget_oldest() -> None:
    with suppress(*REFUSED):  # with the next nickname
        known = list(people_dir().glob("*.json"))
        if len(known) > MOST_NICKNAMES:
            for path in sorted(known, key=_last_here)[:-MOST_NICKNAMES]:
                path.unlink(missing_ok=True)


def _last_here(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # forgotten meanwhile
        return 0.0


def _clean(text: str) -> str:
    return clean_text(text)[:LONGEST_NICKNAME].strip()
