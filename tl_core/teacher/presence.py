"""Who is here: everybody who has opened or changed a page of this web process, and when that was last.

Nothing of it is written down, but for the marks of those who were the teacher (``teacher/marks.json``): what
is theirs is no pupil's, also when they come with another browser the next day.
"""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tl_core import files, runs, settings
from tl_core.machine.refusals import REFUSED
from tl_core.people import Person, has_key, is_mark

MOST_VISITS = 500
MOST_MARKS = 200


@dataclass(frozen=True, kw_only=True)
class Visit:
    """Somebody on a page.

    Args:
        person: who.
        page: title of the page, in English.
        seen: when they last did something there, seconds since the epoch.
    """

    person: Person
    page: str
    seen: float


class Presence:
    """The latest visit of each; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._visits: dict[str, Visit] = {}

    def note(self, person: Person, page: str) -> None:
        """Take down that somebody does something on a page; costs microseconds."""
        if not person.id:
            return
        with self._lock:
            new = self._visits.pop(person.id, None) is None
            self._visits[person.id] = Visit(person=person, page=page, seen=time.time())
            if len(self._visits) > MOST_VISITS:
                del self._visits[next(iter(self._visits))]
        if person.teacher and new and has_key():
            _remember_teacher(person.id)

    def visits(self) -> tuple[Visit, ...]:
        """Return all visits, the latest first."""
        with self._lock:
            return tuple(reversed(self._visits.values()))


PRESENCE = Presence()
"""That of this process."""


def teachers() -> frozenset[str]:
    """Return the marks of those who were the teacher here, the latest of many."""
    return frozenset(_marks())


def _marks() -> list[str]:
    with suppress(*runs.UNREADABLE):
        return [one for one in files.read_json(_path())["marks"] if is_mark(one)]
    return []


def _remember_teacher(mark: str) -> None:
    known = _marks()
    if mark not in known:
        with suppress(*REFUSED):  # at the next start of the server
            files.write_json(_path(), {"marks": [*known, mark][-MOST_MARKS:]})


def _path() -> Path:
    return settings.current().data_dir / "teacher" / "marks.json"
