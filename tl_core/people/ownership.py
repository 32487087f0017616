"""Whose a thing is: ``people.json`` in its folder lists the marks of those who asked for it, in that order.

The same settings are the same run and the same photos the same dataset, so several people may have asked for
one thing. The first may name it. Who has it alone may stop and delete it; of those who share it each may only
leave it to the others. The teacher may do everything, and so may everybody where no teacher's key is set.
A thing in whose folder nobody is listed, as of earlier versions, is the teacher's.
"""

import functools
import threading
from collections.abc import Sequence
from pathlib import Path

from tl_core import files, runs
from tl_core.errors import NotAllowed
from tl_core.people.nicknames import nickname_of
from tl_core.people.person import Person, is_mark
from tl_core.people.teacher import has_key
from tl_core.wording import N_, Sentence

PEOPLE = "people.json"
MOST = 200
"""People who can share a thing; the others may use it all the same."""
RUN = N_(
    "This run belongs to {nickname}: only they and the teacher may stop, rename or delete it. Ask them, or "
    "the teacher; you can repeat it with your own settings."
)
DATASET = N_(
    "This dataset belongs to {nickname}: only they and the teacher may delete it. Ask them, or the teacher; "
    "your own changes make a version of your own."
)
DRAFT = N_(
    "These photos are collected by {nickname}: you can add some, and only they and the teacher may rename, "
    "remove or import them. Ask them, or the teacher."
)
SHARED = N_(
    "{nickname} has asked for the same, so it is not yours alone: only the teacher may do this. Ask the "
    "teacher."
)
_SOMEBODY = N_("somebody else")
_writing = threading.Lock()


def people_of(folder: Path) -> tuple[str, ...]:
    """Return the marks of those who asked for what is in `folder`, the first one first."""
    path = folder / PEOPLE
    try:
        changed = path.stat()
    except OSError:
        return ()
    return _read(path, changed.st_mtime_ns, changed.st_ino)


@functools.lru_cache(maxsize=8192)
def _read(path: Path, *changed: int) -> tuple[str, ...]:
    """Read a list; `changed` differs once it has been written again."""
    try:
        found = files.read_json(path)["people"]
        return tuple(dict.fromkeys(one for one in found if is_mark(one)))[:MOST]
    except runs.UNREADABLE:
        return ()


def is_own(people: Sequence[str], by: Person) -> bool:
    """Whether a thing is among somebody's own.

    Args:
        people: who asked for it, see `people_of`. Where nobody is listed it is anybody's in a lab without a
            teacher's key, and nobody's in one with it.
        by: who looks.
    """
    return by.id in people or not (people or has_key())


def join(folder: Path, *marks: str) -> None:
    """List people among those who asked for what is in `folder`; nothing happens if there is no folder.

    Raises:
        DiskUnusable: the disk does not take it.
    """
    with _writing:
        before = people_of(folder)
        people = tuple(dict.fromkeys((*before, *filter(is_mark, marks))))[:MOST]
        if people != before and folder.is_dir():
            _write(folder, people)


def give_up(folder: Path, by: Person, thing: str) -> bool:
    """Take somebody off the list of those who asked for what is in `folder`.

    Args:
        folder: of the thing.
        by: who gives it up.
        thing: what is said to others, such as `RUN`.

    Returns:
        Whether it may be deleted: nobody else has asked for it.

    Raises:
        NotAllowed: it belongs to others.
    """
    with _writing:
        if refused := losing(folder, by, thing):
            raise refused
        people = people_of(folder)
        if may_do_all(by) or people == (by.id,):
            return True
        _write(folder, tuple(one for one in people if one != by.id))
        return False


def may_do_all(by: Person) -> bool:
    """Whether somebody may do everything: the teacher, and everybody where no teacher's key is set."""
    return by.teacher or not has_key()


def refusal(folder: Path, by: Person, thing: str, *, alone: bool = False) -> NotAllowed | None:
    """Return why somebody may not change what is in `folder`; None if they may.

    Args:
        folder: of the thing.
        by: who wants to.
        thing: what is said to others, such as `RUN`.
        alone: whether it has to be theirs alone, as for what takes it from whoever else has asked for it.
    """
    people = people_of(folder)
    if may_do_all(by) or (people[:1] == (by.id,) and (len(people) == 1 or not alone)):
        return None
    if by.id not in people or not alone:
        return _not_theirs(people, thing)
    return _refused(SHARED, next(one for one in people if one != by.id))


def losing(folder: Path, by: Person, thing: str) -> NotAllowed | None:
    """Return why `give_up` would refuse; None if it would not."""
    people = people_of(folder)
    return None if may_do_all(by) or by.id in people else _not_theirs(people, thing)


def check(folder: Path, by: Person, thing: str, *, alone: bool = False) -> None:
    """Refuse what somebody may not do; arguments as for `refusal`.

    Raises:
        NotAllowed: tells whom to ask.
    """
    if refused := refusal(folder, by, thing, alone=alone):
        raise refused


def _not_theirs(people: Sequence[str], thing: str) -> NotAllowed:
    if people:
        return _refused(thing, people[0])
    return NotAllowed(
        "Nobody is listed as the owner of this, so only the teacher may do this. Ask the teacher."
    )


def _refused(template: str, mark: str) -> NotAllowed:
    nickname = nickname_of(mark) or _SOMEBODY
    return NotAllowed.restored(Sentence(template=template, values={"nickname": nickname}))


def _write(folder: Path, people: Sequence[str]) -> None:
    files.write_json(folder / PEOPLE, {"people": list(people)})
