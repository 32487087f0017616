"""Who somebody is without an account: a browser's secret, its public mark, a nickname, the teacher's key."""

from tl_core.people.nicknames import LONGEST_NICKNAME, nickname_of, write_nickname
from tl_core.people.person import NOBODY, THE_LAB, Person, is_mark, is_secret, mark_of, new_secret
from tl_core.people.teacher import has_key, proof_for, try_key, was_proven

__all__ = [
    "LONGEST_NICKNAME",
    "NOBODY",
    "THE_LAB",
    "Person",
    "has_key",
    "is_mark",
    "is_secret",
    "mark_of",
    "new_secret",
    "nickname_of",
    "proof_for",
    "try_key",
    "was_proven",
    "write_nickname",
]
