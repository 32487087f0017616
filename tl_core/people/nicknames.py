"""What people want to be called: one small file a person in ``people/``, named by the mark.

A nickname is a courtesy and proves nothing, but two people never have the same one: the second is "Mina (2)".
"""

import functools
import os
import threading
import time
import unicodedata
from contextlib import suppress
from itertools import islice
from pathlib import Path

from tl_core import files, runs, settings
from tl_core.errors import SettingInvalid
from tl_core.machine.refusals import REFUSED
from tl_core.people.person import Person, is_mark
from tl_core.wording import clean_text

LONGEST_NICKNAME = 30
"""Characters."""
MOST_NICKNAMES = 2000
"""Then one that nobody will miss is forgotten for a new one, see `_make_room`."""
KEEP_DAYS = 400
"""A nickname stays so long after its owner was last here: as long as a browser keeps who it is."""
MISSED_DAYS = 60
"""While there is no room for others, that of somebody who came back stays so long at least."""
DAY = 24 * 3600.0
_writing = threading.Lock()


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
        The nickname as it is kept: cleaned, cut at `LONGEST_NICKNAME` characters, and with a number behind it
        if somebody else is called the same.

    Raises:
        SettingInvalid: nobody in particular asks, or there is no room for one more.
        DiskUnusable: the disk does not take it.
    """
    if not is_mark(person.id):
        raise SettingInvalid("This browser keeps nothing, so it cannot keep a nickname either.")
    nickname, path = _clean(text), people_dir() / f"{person.id}.json"
    with _writing:
        if not nickname:
            path.unlink(missing_ok=True)
            return ""
        known = {other: nickname_of(other.stem) for other in people_dir().glob("*.json")}
        since = _since(path) if path in known else time.time()
        if path not in known:
            _make_room(list(known))
        nickname = _unlike(nickname, {name for other, name in known.items() if other != path})
        files.write_json(path, {"nickname": nickname, "since": since})
    return nickname


def _unlike(nickname: str, others: set[str]) -> str:
    """Return a nickname that is none of `others`, however those write capitals, widths and accents."""
    taken = {_folded(other) for other in others}
    wanted, number = nickname, 1
    while _folded(wanted) in taken:
        number += 1
        ending = f" ({number})"
        wanted = nickname[: LONGEST_NICKNAME - len(ending)].rstrip() + ending
    return wanted


def _folded(nickname: str) -> str:
    return unicodedata.normalize("NFKC", nickname).casefold()


def _make_room(known: list[Path]) -> None:
    """Forget nicknames until there is room for one more: of those who will miss theirs the least.

    Whoever never came back on another day goes a day later, in the order in which they came; then whoever was
    not here for `MISSED_DAYS`. So browsers that somebody makes up by the thousand push each other out, and
    nobody else.

    Raises:
        SettingInvalid: everybody will miss theirs.
    """
    surplus = len(known) + 1 - MOST_NICKNAMES
    if surplus <= 0:
        return
    going = list(islice(filter(_is_left, sorted(known, key=_last_here)), surplus))
    if len(going) < surplus:
        raise SettingInvalid(
            "So many people have a nickname here that there is no room for one more today. The lab works "
            "just as well without one; try again tomorrow."
        )
    for path in going:
        with suppress(*REFUSED):  # with the next nickname
            path.unlink(missing_ok=True)


def _is_left(path: Path) -> bool:
    """Whether nobody will miss a nickname: its owner never came back, or was not here for long."""
    last = _last_here(path)
    if (gone := time.time() - last) <= DAY:
        return False
    return gone > MISSED_DAYS * DAY or last - _since(path) <= DAY


def _since(path: Path) -> float:
    """Return when somebody first had a nickname; 0 if that is not known."""
    with suppress(*runs.UNREADABLE):
        return runs.read_time(files.read_json(path)["since"])
    return 0.0


def _last_here(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # forgotten meanwhile
        return 0.0


def _clean(text: str) -> str:
    return clean_text(text)[:LONGEST_NICKNAME].strip()
