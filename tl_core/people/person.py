"""A person, as far as the lab knows one: whoever holds a browser's secret, and is called by its digest.

The secret (128 random bits as hex digits) stays in the browser and in the memory of its session; what others
see, and what is written on disk, is the mark that `mark_of` makes of it, from which nobody gets it back.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass

SECRET_BYTES = 16
MARK_LENGTH = 16
"""Hex digits."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who asks for something.

    Args:
        id: the public mark, 16 hex digits; empty for nobody in particular.
        nickname: what they want to be called, as they typed it (escape it inside Markdown); may be empty.
        teacher: whether they may do everything. Where no teacher's key is set, everybody is.
    """

    id: str = ""
    nickname: str = ""
    teacher: bool = False


NOBODY = Person()
"""For what nobody asked for: it may do nothing to what belongs to others."""
THE_LAB = Person(teacher=True)
"""For what the lab does by itself, such as a job that does what its owner has asked for."""


def new_secret() -> str:
    """Return a secret for a browser that has none."""
    return secrets.token_hex(SECRET_BYTES)


def is_secret(text: object) -> bool:
    """Whether `text` has the form of a secret: a cookie may hold anything."""
    return isinstance(text, str) and bool(re.fullmatch(rf"[0-9a-f]{{{2 * SECRET_BYTES}}}", text))


def is_mark(text: object) -> bool:
    """Whether `text` has the form of a mark; anything else never becomes part of a path."""
    return isinstance(text, str) and bool(re.fullmatch(rf"[0-9a-f]{{{MARK_LENGTH}}}", text))


def mark_of(secret: str) -> str:
    """Return the public mark of whoever holds `secret`."""
    return hashlib.sha256(b"visitor:" + secret.encode()).hexdigest()[:MARK_LENGTH]
