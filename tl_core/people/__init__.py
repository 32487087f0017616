"""Who somebody is without an account: a browser's secret, its public mark, a nickname, the teacher's key."""

from tl_core.people.nicknames import (
    KEEP_DAYS,
    LONGEST_NICKNAME,
    nickname_of,
    note_visit,
    write_nickname,
)
from tl_core.people.person import NOBODY, THE_LAB, Person, is_mark, is_secret, mark_of, new_secret
from tl_core.people.teacher import has_key, make_key, proof_for, try_key, was_proven

__all__ = [
    "KEEP_DAYS",
    "LONGEST_NICKNAME",
    "NOBODY",
    "THE_LAB",
    "Person",
    "has_key",
    "is_mark",
    "is_secret",
    "make_key",
    "mark_of",
    "new_secret",
    "nickname_of",
    "note_visit",
    "proof_for",
    "try_key",
    "was_proven",
    "write_nickname",
]
